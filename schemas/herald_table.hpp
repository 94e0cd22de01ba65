#pragma once

#include "schemas/herald_scalar.hpp"

#include <deque>

// Table functions: any number of rows for a row. See herald_function.hpp.
//
//   void split(herald::udf::rows<std::string_view, std::int32_t>& to,
//              std::string_view text) {
//     to.add(text.substr(0, 3), 1);
//   }
//   HERALD_LIBRARY(herald::udf::table<split>("split", {"part", "place"}))

namespace herald::udf {

/// Takes the rows that a function gives; a column of each type, which may be
/// an optional.
template <class... C>
class rows {
public:
  explicit rows(const herald_batch& batch)
      : rows_left_(batch.rows_max), bytes_left_(batch.bytes_max) {}

  /// One more row. Texts are copied. Throws when Herald takes no more.
  void add(const C&... x) {
    bytes_left_
        -= (static_cast<std::int64_t>(sizeof row_) + (... + size_of(x)));
    if (--rows_left_ < 0 || bytes_left_ < 0)
      throw too_many();
    number_.push(row_);
    add_all(std::index_sequence_for<C...>{}, x...);
  }

  /// What comes is for row `row` of the batch.
  void begin(std::int64_t row) {
    row_ = static_cast<std::int32_t>(row);
  }

  /// Hands everything over.
  void finish(ArrowArray* out) {
    finish_all(out, std::index_sequence_for<C...>{});
  }

private:
  struct storage {
    ArrowArray arrays[1 + sizeof...(C)] = {};
    ArrowArray* children[1 + sizeof...(C)] = {};
    const void* buffers[1] = {};
  };

  template <class T>
  static std::int64_t size_of(const T& x) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
      return static_cast<std::int64_t>(std::string_view(x).size())
             + static_cast<std::int64_t>(sizeof(std::int32_t));
    else
      return static_cast<std::int64_t>(sizeof(T));
  }

  template <class T>
  static std::int64_t size_of(const std::optional<T>& x) {
    return x ? size_of(*x) : static_cast<std::int64_t>(sizeof(T));
  }

  template <std::size_t... I>
  void add_all(std::index_sequence<I...>, const C&... x) {
    (std::get<I>(columns_).push(x), ...);
  }

  template <std::size_t... I>
  void finish_all(ArrowArray* out, std::index_sequence<I...>) {
    auto made = std::make_unique<storage>();
    number_.finish(&made->arrays[0]);
    (std::get<I>(columns_).finish(&made->arrays[1 + I]), ...);
    for (std::size_t i = 0; i <= sizeof...(C); ++i)
      made->children[i] = &made->arrays[i];
    *out = {};
    out->length = made->arrays[0].length;
    out->n_buffers = 1;
    out->buffers = made->buffers;
    out->n_children = 1 + sizeof...(C);
    out->children = made->children;
    out->private_data = made.release();
    out->release = [](ArrowArray* x) {
      auto* of = static_cast<storage*>(x->private_data);
      for (auto& child : of->arrays)
        if (child.release != nullptr)
          child.release(&child);
      delete of;
      x->release = nullptr;
    };
  }

  std::int64_t rows_left_;
  std::int64_t bytes_left_;
  std::int32_t row_ = 0;
  writer<std::int32_t> number_{0};
  std::tuple<writer<typename value_of<C>::type>...> columns_{
      writer<typename value_of<C>::type>(0)...};
};

template <class F>
struct table_code;

template <class... C, class... A>
struct table_code<void (*)(rows<C...>&, A...)> {
  static constexpr std::size_t columns = sizeof...(C);

  template <auto f, std::size_t... I>
  static void run(const herald_batch& batch, ArrowArray* out,
                  std::index_sequence<I...>) {
    std::tuple<reader<std::remove_cvref_t<A>>...> in{
        reader<std::remove_cvref_t<A>>(batch.arguments[I])...};
    rows<C...> to(batch);
    for (std::int64_t row = 0; row < batch.rows; ++row) {
      to.begin(row);
      if (!(std::get<I>(in).is_null(row) || ...))
        f(to, std::get<I>(in)[row]...);
    }
    to.finish(out);
  }

  template <auto f>
  static std::int32_t call(void*, const herald_batch* batch, ArrowArray* out,
                           herald_error* error) {
    return guarded(
        error, [&] { run<f>(*batch, out, std::index_sequence_for<A...>{}); });
  }

  static const char* arguments() {
    static const auto text = types_text<std::remove_cvref_t<A>...>();
    return text.c_str();
  }

  static std::string result(const char* const (&names)[columns]) {
    const char* const types[] = {sql<C>::text...};
    std::string text;
    for (std::size_t i = 0; i < columns; ++i)
      text
          += std::string(i == 0 ? "ROW<`" : ", `") + names[i] + "` " + types[i];
    return text + ">";
  }
};

/// The entry of function `f`, called `name`, with the names of its columns.
template <auto f>
herald_function
table(const char* name,
      const char* const (&names)[table_code<decltype(f)>::columns],
      std::uint32_t flags = 0) {
  using code = table_code<decltype(f)>;
  static std::deque<std::string> results; // whose texts stay where they are
  results.push_back(code::result(names));
  return {name,  code::arguments(), results.back().c_str(),  HERALD_TABLE,
          flags, nullptr,           &code::template call<f>, nullptr};
}

} // namespace herald::udf
