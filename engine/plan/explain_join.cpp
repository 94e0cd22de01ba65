#include "engine/plan/explain.hpp"

#include <array>

#include <fmt/format.h>

namespace herald {

namespace {

std::string_view type_text(join_type x) {
  constexpr std::array<std::string_view, 6> names = {
      "join", "left join", "right join", "full join", "semi join", "anti join"};
  return names[static_cast<std::size_t>(x)];
}

std::string limit_text(const std::optional<std::int64_t>& ms,
                       std::string_view unlimited) {
  return ms ? duration_text(*ms) : std::string(unlimited);
}

/// "expires", "placed + 1 h".
std::string life_text(const row_life& x, const std::string& column) {
  if (x.shift_ms == 0)
    return column;
  return fmt::format("{} {} {}", column, x.shift_ms < 0 ? '-' : '+',
                     duration_text(std::abs(x.shift_ms)));
}

/// The condition with its columns named so.
std::string named(const expr_ptr& x,
                  const std::function<std::string(int)>& name) {
  std::vector<int> columns;
  collect_columns(*x, columns);
  std::vector<expr_ptr> places;
  for (const int column : columns) {
    const auto at = static_cast<std::size_t>(column);
    places.resize(std::max(places.size(), at + 1));
    places[at] = make_column(column, {}, name(column));
  }
  return to_string(*substitute(x, places));
}

} // namespace

std::string describe_join(const join_spec& x, int left_count,
                          const std::function<std::string(int)>& name) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < x.left_keys.size(); ++i)
    keys.push_back(fmt::format(
        "{} {} {}", name(x.left_keys[i]),
        !x.null_safe.empty() && x.null_safe[i] ? "IS NOT DISTINCT FROM" : "=",
        name(left_count + x.right_keys[i])));
  std::string result(type_text(x.type));
  if (!keys.empty())
    result += " on " + joined(keys, " AND ");
  else if (x.type == join_type::inner && !x.residual && !x.bound)
    result = "cross join";
  if (x.versions)
    result += fmt::format("; {} as of {}",
                          name(left_count + x.versions->right_time),
                          name(x.versions->left_time));
  if (x.broadcast || x.place == join_place::right_everywhere)
    result += ", right side broadcast";
  const auto life = [&](std::string_view side, const row_life& l, int first) {
    result += fmt::format("; {} until {}", side,
                          life_text(l, name(first + l.column)));
  };
  if (x.bound) {
    const auto& bound = *x.bound;
    result += fmt::format(
        "; {} - {} in [{}, {}]", name(left_count + bound.right_time),
        name(bound.left_time), limit_text(bound.lower_ms, "-"),
        limit_text(bound.upper_ms, "-"));
  }
  // What two limits say already is not said again.
  const bool by_bound = x.bound && x.bound->lower_ms && x.bound->upper_ms;
  if (x.left_life && !by_bound)
    life("left", *x.left_life, 0);
  if (x.right_life && !by_bound)
    life("right", *x.right_life, left_count);
  const auto ttl = [&](std::string_view side,
                       const std::optional<std::int64_t>& ms) {
    if (ms.value_or(0) > 0)
      result += fmt::format("; keeps {} rows {}", side, duration_text(*ms));
  };
  ttl("left", x.left_ttl_ms);
  ttl("right", x.right_ttl_ms);
  if (x.residual)
    result += "; if " + named(x.residual, name);
  return result;
}

std::string describe_lookup(const lookup_join_spec& x, int left_count,
                            const std::function<std::string(int)>& name) {
  const auto& table = x.target.table->name;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < x.left_keys.size(); ++i) {
    const auto at = static_cast<std::size_t>(x.target.keys[i]);
    keys.push_back(fmt::format("{} = {}.{}", name(x.left_keys[i]), table,
                               x.target.layout->fields[at].name));
  }
  auto result
      = fmt::format("{}lookup join {} on {}", x.keeps_left ? "left " : "",
                    table, joined(keys, " AND "));
  if (x.residual)
    result += "; if " + named(x.residual, [&](int column) {
                if (column < left_count)
                  return name(column);
                const auto at = static_cast<std::size_t>(column - left_count);
                return fmt::format("{}.{}", table,
                                   x.columns_layout->fields[at].name);
              });
  if (x.policy.cache_rows_max > 0)
    result += fmt::format("; keeps {} rows", x.policy.cache_rows_max);
  if (x.policy.miss_attempts_max > 1)
    result += fmt::format("; a miss is asked again {} times after {}",
                          x.policy.miss_attempts_max - 1,
                          duration_text(x.policy.miss_delay_ms));
  if (!x.policy.ordered)
    result += "; in any order";
  return result;
}

} // namespace herald
