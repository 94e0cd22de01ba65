#pragma once

#include "schemas/herald_function.hpp"

// Scalar functions and the table of a library. See herald_function.hpp.
//
//   std::int64_t length(std::string_view x) { return x.size(); }
//   HERALD_LIBRARY(herald::udf::scalar<length>("length"))

namespace herald::udf {

template <class F>
struct scalar_code;

template <class R, class... A>
struct scalar_code<R (*)(A...)> {
  template <R (*f)(A...), std::size_t... I>
  static void run(const herald_batch& batch, ArrowArray* out,
                  std::index_sequence<I...>) {
    std::tuple<reader<std::remove_cvref_t<A>>...> in{
        reader<std::remove_cvref_t<A>>(batch.arguments[I])...};
    writer<typename value_of<R>::type> to(batch.rows);
    for (std::int64_t row = 0; row < batch.rows; ++row)
      if (!(std::get<I>(in).is_null(row) || ...))
        to.set(row, f(std::get<I>(in)[row]...));
    to.finish(out);
  }

  template <R (*f)(A...)>
  static std::int32_t call(void*, const herald_batch* batch, ArrowArray* out,
                           herald_error* error) {
    return guarded(
        error, [&] { run<f>(*batch, out, std::index_sequence_for<A...>{}); });
  }

  static const char* arguments() {
    static const auto text = types_text<std::remove_cvref_t<A>...>();
    return text.c_str();
  }

  static constexpr const char* result = sql<R>::text;
};

/// The entry of function `f`, called `name`.
template <auto f>
herald_function scalar(const char* name, std::uint32_t flags = 0) {
  using code = scalar_code<decltype(f)>;
  return {name,    code::arguments(),       code::result, HERALD_SCALAR, flags,
          nullptr, &code::template call<f>, nullptr};
}

/// What `herald_functions` answers.
inline const herald_library*
library_of(std::uint32_t abi, const std::vector<herald_function>& functions) {
  static const herald_library result{HERALD_FUNCTION_ABI,
                                     sizeof(herald_function), functions.size(),
                                     functions.data()};
  return abi == HERALD_FUNCTION_ABI ? &result : nullptr;
}

} // namespace herald::udf

/// Defines the library's one symbol, with the entries that are listed.
#define HERALD_LIBRARY(...)                                                    \
  extern "C" __attribute__((visibility("default"))) const herald_library*      \
  herald_functions(std::uint32_t abi) {                                        \
    static const std::vector<herald_function> functions{__VA_ARGS__};          \
    return herald::udf::library_of(abi, functions);                            \
  }
