#include "engine/plan/explain.hpp"
#include "engine/plan/explain_order.hpp"
#include "engine/plan/settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace herald {

std::string duration_text(std::int64_t ms) {
  struct unit {
    std::int64_t ms;
    std::string_view name;
  };

  constexpr std::array<unit, 4> units
      = {{{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1'000, "s"}}};
  for (const auto& x : units)
    if (ms != 0 && ms % x.ms == 0)
      return fmt::format("{} {}", ms / x.ms, x.name);
  return ms == 0 ? "0" : fmt::format("{} ms", ms);
}

std::string joined(const std::vector<std::string>& parts,
                   std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string path_text(const std::vector<std::string>& path) {
  return joined(path, ".");
}

namespace {

/// Writes the line of each kind of operator.
struct describer {
  const std::vector<std::string>& inputs;
  const std::vector<std::string>& names;

  const std::string& input(int column) const {
    return inputs[static_cast<std::size_t>(column)];
  }

  std::string key_list(const std::vector<int>& keys) const {
    std::vector<std::string> result;
    for (const int key : keys)
      result.push_back(input(key));
    return joined(result);
  }

  static std::string call_list(const std::vector<aggregate_call>& calls) {
    std::vector<std::string> result;
    for (const auto& call : calls)
      result.push_back(to_string(call));
    return joined(result);
  }

  std::string window_text(const window_spec& x) const {
    auto result = fmt::format("TUMBLE {}", duration_text(x.size_ms));
    if (x.kind == window_kind::session)
      result = fmt::format("SESSION gap {}", duration_text(x.size_ms));
    else if (x.kind == window_kind::cumulate)
      result = fmt::format("CUMULATE {} by {}", duration_text(x.size_ms),
                           duration_text(x.slide_ms));
    else if (x.size_ms != x.slide_ms)
      result = fmt::format("HOP {} every {}", duration_text(x.size_ms),
                           duration_text(x.slide_ms));
    if (x.offset_ms != 0)
      result += fmt::format(" offset {}", duration_text(x.offset_ms));
    if (x.processing_time)
      result += " of processing time";
    if (!x.zone.empty())
      result += fmt::format(" in {}", x.zone);
    return result;
  }

  std::string grouping(const std::vector<int>& keys,
                       const std::vector<aggregate_call>& calls) const {
    std::string result;
    if (!keys.empty())
      result += fmt::format(" by {}", key_list(keys));
    if (!calls.empty())
      result += fmt::format(": {}", call_list(calls));
    return result;
  }

  std::string operator()(const filter_spec& x) const {
    return "filter " + to_string(*x.condition);
  }

  std::string operator()(const project_spec& x) const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < x.columns.size(); ++i) {
      auto text = to_string(*x.columns[i]);
      const bool same
          = x.columns[i]->kind == expr_kind::column && text == names[i];
      parts.push_back(same ? text : fmt::format("{} AS {}", text, names[i]));
    }
    return "project " + joined(parts);
  }

  std::string operator()(const window_assign_spec& x) const {
    return fmt::format("window {} on {}{}", window_text(x.window),
                       input(x.time_column), grouping(x.keys, {}));
  }

  static std::string emit_text(const window_aggregate_spec& x) {
    const auto pace = [](std::int64_t ms) {
      return ms == 0 ? "with every batch" : "every " + duration_text(ms);
    };
    std::string result;
    if (x.emit.early_ms)
      result += "; early " + pace(*x.emit.early_ms);
    if (x.emit.lateness_ms > 0)
      result += fmt::format("; late {} for {}", pace(x.emit.late_ms),
                            duration_text(x.emit.lateness_ms));
    if (x.input_retracts)
      result += "; takes rows back";
    if (x.emit.updates() && !x.emit_update_before)
      result += "; without -U";
    return result;
  }

  std::string operator()(const local_aggregate_spec& x) const {
    std::string result = "local aggregate";
    if (!x.keys.empty())
      result += fmt::format(" by {}", key_list(x.keys));
    if (x.window)
      result += fmt::format(" in panes of {} on {}", window_text(*x.window),
                            input(x.time_column));
    return result + grouping({}, x.calls);
  }

  std::string operator()(const window_aggregate_spec& x) const {
    constexpr std::array<std::string_view, 3> outputs
        = {"window_start", "window_end", "window_time"};
    auto result = fmt::format("window aggregate {}", window_text(x.window));
    if (x.merges)
      result = "global " + result + grouping({}, x.calls);
    else if (x.time_column)
      result += fmt::format(" on {}", input(*x.time_column));
    else
      result += fmt::format(" ending at {}", input(*x.window_end_column));
    if (!x.merges)
      result += grouping(x.keys, x.calls);
    for (std::size_t i = 0; i < x.outputs.size(); ++i)
      result += fmt::format("{}{}", i == 0 ? "; gives " : ", ",
                            outputs[static_cast<std::size_t>(x.outputs[i])]);
    return result + emit_text(x);
  }

  std::string operator()(const expand_spec& x) const {
    std::vector<std::string> sets;
    for (const auto& set : x.sets) {
      std::vector<std::string> kept;
      for (std::size_t i = 0; i < set.size(); ++i)
        if (set[i])
          kept.push_back(input(x.keys[i]));
      sets.push_back(fmt::format("({})", joined(kept)));
    }
    return "grouping sets " + joined(sets);
  }

  std::string operator()(const unnest_spec& x) const {
    if (x.kind == unnest_spec::kind_type::repeat)
      return fmt::format("repeat {} times", to_string(*x.value));
    return fmt::format(
        "{}{} {}{}", x.keep_empty ? "left " : "",
        x.kind == unnest_spec::kind_type::table ? "table function" : "unnest",
        to_string(*x.value), x.ordinality ? " with ordinality" : "");
  }

  std::string operator()(const changelog_spec& x) const {
    using kind = changelog_spec::kind_type;
    if (x.kind == kind::check)
      return fmt::format("one row for each {} of {}, or an error",
                         key_list(x.keys), x.table);
    std::vector<std::string> codes;
    for (const auto& [text, change] : x.codes)
      codes.push_back(x.kind == kind::tell
                          ? fmt::format("{} as '{}'", to_string(change), text)
                          : fmt::format("'{}' as {}", text, to_string(change)));
    return x.kind == kind::tell ? "tell changes: " + joined(codes)
                                : fmt::format("take changes of {}: {}",
                                              input(x.column), joined(codes));
  }

  std::string operator()(const normalize_spec& x) const {
    auto result = "normalize by " + key_list(x.keys);
    if (x.ttl_ms > 0)
      result += fmt::format("; keeps a key {}", duration_text(x.ttl_ms));
    return result;
  }

  std::string operator()(const group_aggregate_spec& x) const {
    auto result = "group aggregate" + grouping(x.keys, x.calls);
    if (x.merges)
      result = "global aggregate" + grouping({}, x.calls);
    if (!x.emit_update_before)
      result += "; without -U";
    if (x.ttl_ms.value_or(0) > 0)
      result += fmt::format("; keeps a key {}", duration_text(*x.ttl_ms));
    if (x.mini_batch && x.mini_batch->latency_ms == settings::batch_latency_ms)
      result += "; at the end";
    else if (x.mini_batch)
      result += fmt::format("; a change in {} or {} rows",
                            duration_text(x.mini_batch->latency_ms),
                            x.mini_batch->rows);
    return result;
  }

  /// The name of a join's input column, with its side where both have one.
  std::string sided(int column) const {
    const auto& name = input(column);
    if (std::count(inputs.begin(), inputs.end(), name) == 1)
      return name;
    const auto left_count = static_cast<int>(inputs.size()) - right_columns;
    return fmt::format("{}.{}", column < left_count ? "left" : "right", name);
  }

  std::string operator()(const join_spec& x) const {
    const auto left_count = static_cast<int>(inputs.size()) - right_columns;
    return describe_join(x, left_count,
                         [this](int column) { return sided(column); });
  }

  std::string operator()(const lookup_join_spec& x) const {
    return describe_lookup(x, static_cast<int>(inputs.size()),
                           [this](int column) { return input(column); });
  }

  std::string operator()(const top_n_spec& x) const {
    return describe_top_n(x, inputs);
  }

  std::string operator()(const deduplicate_spec& x) const {
    return describe_deduplicate(x, inputs);
  }

  std::string operator()(const sort_spec& x) const {
    return describe_sort(x, inputs);
  }

  std::string operator()(const limit_spec& x) const {
    return describe_limit(x);
  }

  std::string operator()(const over_spec& x) const {
    return describe_over(x, inputs);
  }

  std::string operator()(const custom_spec& x) const {
    return x.name;
  }

  int right_columns = 0;
};

} // namespace

std::string describe_operator(const operator_spec& spec,
                              const std::vector<std::string>& inputs,
                              const std::vector<std::string>& names,
                              int right_columns) {
  auto result = std::visit(describer{inputs, names, right_columns}, spec);
  if (const auto* late = late_rows_of(spec))
    result += fmt::format("; late rows to {}", late->table->name);
  return result;
}

} // namespace herald
