#pragma once

#include "schemas/herald_scalar.hpp"

#include <new>

// Aggregate functions, one state a group. See herald_function.hpp. A type says
// what they do; its state is a tuple of what a column can hold:
//
//   struct product {
//     using state = std::tuple<double>;
//     static state empty() { return {1.0}; }
//     static void add(state& to, double x) { std::get<0>(to) *= x; }
//     static void merge(state& to, const state& x) { … }
//     static std::optional<double> result(const state& x) { … }
//     static void retract(state& from, double x);  // if rows can go again
//   };
//   HERALD_LIBRARY(herald::udf::aggregate<product>("product"))

namespace herald::udf {

template <class T>
concept can_retract = requires {
  &T::retract;
};

template <class T, class Add, class State>
struct aggregate_code;

template <class T, class... A, class... S>
struct aggregate_code<T, void (*)(std::tuple<S...>&, A...), std::tuple<S...>> {
  using state = std::tuple<S...>;
  using result_type = decltype(T::result(std::declval<const state&>()));
  using groups = std::vector<state>;

  static groups& of(void* x) {
    return *static_cast<groups*>(x);
  }

  static const groups& of(const void* x) {
    return *static_cast<const groups*>(x);
  }

  static std::int32_t resize(void* x, std::int64_t count, herald_error* error) {
    return guarded(error, [&] {
      of(x).resize(static_cast<std::size_t>(count), T::empty());
    });
  }

  template <std::size_t... I>
  static void add_rows(groups& to, const herald_batch& batch,
                       const std::int32_t* group, const std::int8_t* sign,
                       std::index_sequence<I...>) {
    std::tuple<reader<std::remove_cvref_t<A>>...> in{
        reader<std::remove_cvref_t<A>>(batch.arguments[I])...};
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      auto& x = to[static_cast<std::size_t>(group[row])];
      if constexpr (can_retract<T>) {
        if (sign != nullptr && sign[row] < 0) {
          T::retract(x, std::get<I>(in)[row]...);
          continue;
        }
      }
      T::add(x, std::get<I>(in)[row]...);
    }
  }

  static std::int32_t add(void* x, const herald_batch* batch,
                          const std::int32_t* group, const std::int8_t* sign,
                          herald_error* error) {
    return guarded(error, [&] {
      add_rows(of(x), *batch, group, sign, std::index_sequence_for<A...>{});
    });
  }

  template <std::size_t... I>
  static void save_groups(const groups& from, const std::int32_t* group,
                          std::int64_t count, ArrowArray* out,
                          std::index_sequence<I...>) {
    std::tuple<writer<S>...> to{writer<S>(count + 0 * static_cast<int>(I))...};
    for (std::int64_t i = 0; i < count; ++i)
      (std::get<I>(to).set(
           i, std::get<I>(from[static_cast<std::size_t>(group[i])])),
       ...);
    (std::get<I>(to).finish(&out[I]), ...);
  }

  static std::int32_t save(const void* x, const std::int32_t* group,
                           std::int64_t count, ArrowArray* out,
                           herald_error* error) {
    return guarded(error, [&] {
      save_groups(of(x), group, count, out, std::index_sequence_for<S...>{});
    });
  }

  template <std::size_t... I>
  static void merge_rows(groups& to, const herald_batch& batch,
                         const std::int32_t* group, std::index_sequence<I...>) {
    std::tuple<reader<S>...> in{reader<S>(batch.arguments[I])...};
    for (std::int64_t row = 0; row < batch.rows; ++row)
      T::merge(to[static_cast<std::size_t>(group[row])],
               state{std::get<I>(in)[row]...});
  }

  static std::int32_t merge(void* x, const herald_batch* batch,
                            const std::int32_t* group, herald_error* error) {
    return guarded(error, [&] {
      merge_rows(of(x), *batch, group, std::index_sequence_for<S...>{});
    });
  }

  static std::int32_t result(const void* x, const std::int32_t* group,
                             std::int64_t count, ArrowArray* out,
                             herald_error* error) {
    return guarded(error, [&] {
      writer<typename value_of<result_type>::type> to(count);
      for (std::int64_t i = 0; i < count; ++i)
        to.set(i, T::result(of(x)[static_cast<std::size_t>(group[i])]));
      to.finish(out);
    });
  }

  static std::int32_t clear(void* x, const std::int32_t* group,
                            std::int64_t count, herald_error* error) {
    return guarded(error, [&] {
      for (std::int64_t i = 0; i < count; ++i)
        of(x)[static_cast<std::size_t>(group[i])] = T::empty();
    });
  }

  static const herald_aggregate* calls() {
    static const auto types = types_text<S...>();
    static const herald_aggregate table{
        types.c_str(),
        [](void*) -> void* { return new (std::nothrow) groups; },
        [](void* x) { delete static_cast<groups*>(x); },
        resize,
        add,
        save,
        merge,
        result,
        clear,
        [](const void* x) {
          return static_cast<std::int64_t>(of(x).capacity() * sizeof(state));
        }};
    return &table;
  }

  static const char* arguments() {
    static const auto text = types_text<std::remove_cvref_t<A>...>();
    return text.c_str();
  }
};

/// The entry of aggregate `T`, called `name`.
template <class T>
herald_function aggregate(const char* name, std::uint32_t flags = 0) {
  using code = aggregate_code<T, decltype(&T::add), typename T::state>;
  if constexpr (can_retract<T>)
    flags |= HERALD_RETRACTS;
  return {name,
          code::arguments(),
          sql<typename code::result_type>::text,
          HERALD_AGGREGATE,
          flags,
          nullptr,
          nullptr,
          code::calls()};
}

} // namespace herald::udf
