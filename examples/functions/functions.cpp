#include "schemas/herald_aggregate.hpp"
#include "schemas/herald_table.hpp"

#include <cmath>
#include <stdexcept>

// A library of functions for Herald's SQL (docs/functions.md).

namespace {

/// How often the first byte of `wanted` stands in `text`: Nexmark's q14.
std::int64_t count_char(std::string_view text, std::string_view wanted) {
  std::int64_t result = 0;
  for (const char c : text)
    result += !wanted.empty() && c == wanted[0] ? 1 : 0;
  return result;
}

/// The host of a URL; NULL without one.
std::optional<std::string> host_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos)
    return std::nullopt;
  url.remove_prefix(begin + 3);
  return std::string(url.substr(0, url.find_first_of("/?#:")));
}

double square_root(double x) {
  if (x < 0)
    throw std::domain_error("the root of a negative number");
  return std::sqrt(x);
}

/// The words of a text, with their places from 1.
void words(herald::udf::rows<std::string_view, std::int32_t>& to,
           std::string_view text) {
  constexpr std::string_view spaces = " \t\n";
  std::int32_t place = 0;
  for (auto begin = text.find_first_not_of(spaces);
       begin != std::string_view::npos;
       begin = text.find_first_not_of(spaces)) {
    text.remove_prefix(begin);
    const auto word = text.substr(0, text.find_first_of(spaces));
    to.add(word, ++place);
    text.remove_prefix(word.size());
  }
}

/// The numbers from `first` to `last`.
void series(herald::udf::rows<std::int64_t>& to, std::int64_t first,
            std::int64_t last) {
  for (auto x = first; x <= last; ++x)
    to.add(x);
}

/// The geometric mean of positive numbers; takes rows back, too.
struct geometric_mean {
  using state = std::tuple<double, std::int64_t>; ///< sum of logs, count

  static state empty() {
    return {0.0, 0};
  }

  static void add(state& to, double x) {
    std::get<0>(to) += std::log(x);
    ++std::get<1>(to);
  }

  static void retract(state& from, double x) {
    std::get<0>(from) -= std::log(x);
    --std::get<1>(from);
  }

  static void merge(state& to, const state& x) {
    std::get<0>(to) += std::get<0>(x);
    std::get<1>(to) += std::get<1>(x);
  }

  static std::optional<double> result(const state& x) {
    if (std::get<1>(x) == 0)
      return std::nullopt;
    return std::exp(std::get<0>(x) / static_cast<double>(std::get<1>(x)));
  }
};

} // namespace

HERALD_LIBRARY(herald::udf::scalar<count_char>("count_char"),
               herald::udf::scalar<host_of>("host_of"),
               herald::udf::scalar<square_root>("square_root"),
               herald::udf::aggregate<geometric_mean>("geometric_mean"),
               herald::udf::table<words>("words", {"word", "place"}),
               herald::udf::table<series>("series", {"x"}))
