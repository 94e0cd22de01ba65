#include "engine/plan/explain_order.hpp"

#include "engine/plan/explain.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

using names = std::vector<std::string>;

std::string columns_text(const std::vector<int>& columns, const names& inputs) {
  names parts;
  for (const int column : columns)
    parts.push_back(inputs[static_cast<std::size_t>(column)]);
  return joined(parts);
}

std::string order_text(const std::vector<sort_key>& keys, const names& inputs) {
  names parts;
  for (const auto& key : keys) {
    auto text = inputs[static_cast<std::size_t>(key.column)];
    if (key.descending)
      text += " DESC";
    if (key.nulls_first == key.descending)
      text += key.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    parts.push_back(std::move(text));
  }
  return joined(parts);
}

std::string window_text(const std::vector<int>& keys,
                        const std::vector<sort_key>& order,
                        const names& inputs) {
  std::string result;
  if (!keys.empty())
    result += fmt::format(" by {}", columns_text(keys, inputs));
  if (!order.empty())
    result += fmt::format(" in order of {}", order_text(order, inputs));
  return result;
}

std::string bound_text(const over_bound& x) {
  using kind_type = over_bound::kind_type;
  switch (x.kind) {
  case kind_type::unbounded_preceding:
    return "UNBOUNDED PRECEDING";
  case kind_type::preceding:
    return to_string(x.offset) + " PRECEDING";
  case kind_type::current_row:
    return "CURRENT ROW";
  case kind_type::following:
    return to_string(x.offset) + " FOLLOWING";
  case kind_type::unbounded_following:
    break;
  }
  return "UNBOUNDED FOLLOWING";
}

std::string function_text(const over_function& x) {
  using kind_type = over_function::kind_type;
  auto result = to_string(x.call);
  if (x.kind == kind_type::lag && x.offset != 1 && x.offset != -1)
    result += fmt::format(" of {} rows", x.offset < 0 ? -x.offset : x.offset);
  if (x.kind == kind_type::aggregate)
    result += fmt::format(" {} {} .. {}", x.frame.rows ? "ROWS" : "RANGE",
                          bound_text(x.frame.start), bound_text(x.frame.end));
  return result;
}

/// "; rows 3 .. 7"
std::string limit_text(std::int64_t offset, std::optional<std::int64_t> limit) {
  if (limit)
    return fmt::format("; rows {} .. {}", offset + 1, offset + *limit);
  return offset == 0 ? "" : fmt::format("; rows from {}", offset + 1);
}

std::string ttl_text(const std::optional<std::int64_t>& ms) {
  return ms.value_or(0) > 0
             ? fmt::format("; keeps a key {}", duration_text(*ms))
             : "";
}

} // namespace

std::string describe_top_n(const top_n_spec& x, const names& inputs) {
  constexpr std::string_view ranks[] = {"ROW_NUMBER", "RANK", "DENSE_RANK"};
  return fmt::format(
      "top {}{}{}; {}{}{}",
      x.first == 1 ? fmt::format("{}", x.last)
                   : fmt::format("{} .. {}", x.first, x.last),
      window_text(x.keys, x.order, inputs),
      x.window_end ? " once a window" : "", ranks[static_cast<int>(x.rank)],
      x.rank_output ? "" : " not in the output", ttl_text(x.ttl_ms));
}

std::string describe_deduplicate(const deduplicate_spec& x,
                                 const names& inputs) {
  return fmt::format(
      "keep the {} row by {} in order of {}{}", x.keep_last ? "last" : "first",
      x.keys.empty() ? "nothing" : columns_text(x.keys, inputs),
      x.processing_time ? "arrival"
                        : inputs[static_cast<std::size_t>(x.time_column)],
      ttl_text(x.ttl_ms));
}

std::string describe_over(const over_spec& x, const names& inputs) {
  constexpr std::string_view modes[]
      = {"with the watermark", "as rows arrive", "with changes", "at the end"};
  names calls;
  for (const auto& call : x.calls)
    calls.push_back(function_text(call));
  return fmt::format("over{}: {}; {}{}", window_text(x.keys, x.order, inputs),
                     joined(calls), modes[static_cast<int>(x.mode)],
                     ttl_text(x.ttl_ms));
}

std::string describe_sort(const sort_spec& x, const names& inputs) {
  return fmt::format("sort{}{}{}{}", x.order.empty() ? "" : " by ",
                     order_text(x.order, inputs),
                     x.at_end ? " at the end" : " with the watermark",
                     limit_text(x.offset, x.limit));
}

std::string describe_limit(const limit_spec& x) {
  return "limit" + limit_text(x.offset, x.limit);
}

} // namespace herald
