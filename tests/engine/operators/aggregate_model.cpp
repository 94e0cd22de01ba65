#include "tests/engine/operators/aggregate_model.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/shared_sets.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace herald::testing {

namespace {

expr_ptr stream_column(int index) {
  const auto& field = stream_layout()->fields[static_cast<std::size_t>(index)];
  return make_column(index, field.type, field.name);
}

aggregate_call call(std::string_view name, std::vector<expr_ptr> args,
                    bool distinct = false, expr_ptr filter = nullptr) {
  auto result = make_aggregate(name, std::move(args), distinct,
                               std::move(filter), true);
  HERALD_CHECK(result.ok(), result.status().ToString());
  return *std::move(result);
}

} // namespace

std::vector<aggregate_call> model_calls() {
  auto value = stream_column(value_column);
  auto positive
      = make_call(">", {value, make_literal({bigint_type(), std::int64_t{0}})});
  HERALD_CHECK(positive.ok(), positive.status().ToString());
  return {call("COUNT", {}),
          call("COUNT", {value}, true),
          call("SUM", {value}),
          call("MIN", {value}),
          call("MAX", {stream_column(text_column)}),
          call("SUM", {value}, false, *positive)};
}

std::vector<field> result_fields() {
  std::vector<field> result;
  for (const auto& x : model_calls())
    result.push_back({fmt::format("a{}", result.size()), x.type});
  return result;
}

literal_values aggregate_by_hand(const std::vector<literal_values>& rows) {
  std::vector<std::int64_t> values;
  std::vector<std::string> texts;
  for (const auto& row : rows) {
    if (auto* v = std::get_if<std::int64_t>(&row[value_column].value))
      values.push_back(*v);
    if (auto* s = std::get_if<std::string>(&row[text_column].value))
      texts.push_back(*s);
  }
  literal_values result;
  for (const auto& x : result_fields())
    result.push_back({x.type, {}});
  result[0].value = static_cast<std::int64_t>(rows.size());
  result[1].value = static_cast<std::int64_t>(
      std::set<std::int64_t>(values.begin(), values.end()).size());
  if (!values.empty()) {
    std::int64_t sum = 0;
    for (auto v : values)
      sum += v;
    result[2].value = sum;
    result[3].value = *std::min_element(values.begin(), values.end());
  }
  if (!texts.empty())
    result[4].value = *std::max_element(texts.begin(), texts.end());
  for (auto v : values)
    if (v > 0)
      result[5].value
          = v
            + (result[5].is_null() ? 0
                                   : std::get<std::int64_t>(result[5].value));
  return result;
}

namespace {

/// Of the two phases of `spec`, which becomes the second.
local_aggregate_spec first_of(group_aggregate_spec& spec) {
  local_aggregate_spec result{spec.keys, spec.calls};
  result.input_retracts = spec.input_retracts;
  spec.merges = true;
  std::iota(spec.keys.begin(), spec.keys.end(), 0);
  return result;
}

local_aggregate_spec first_of(window_aggregate_spec& spec) {
  local_aggregate_spec result{spec.keys, spec.calls, spec.window};
  const auto behind = static_cast<int>(spec.keys.size());
  result.time_column = std::exchange(spec.time_column.value(), behind);
  spec.merges = true;
  std::iota(spec.keys.begin(), spec.keys.end(), 0);
  return result;
}

schema_ptr layout_of(const local_aggregate_spec& x, const schema& input) {
  auto result = std::make_shared<schema>();
  for (const auto key : x.keys)
    result->fields.push_back(input.fields[static_cast<std::size_t>(key)]);
  if (x.window)
    result->fields.push_back({"pane", data_type::timestamp(3)});
  for (const auto& type : partial_types(x.calls, x.input_retracts))
    result->fields.push_back({"part", type});
  result->fields.push_back({"rows", bigint_type()});
  return result;
}

} // namespace

job_graph in_two_phases(job_graph job) {
  auto& global = job.stages.back().operators[0].spec;
  auto* windows = std::get_if<window_aggregate_spec>(&global);
  const auto spec = windows ? first_of(*windows)
                            : first_of(std::get<group_aggregate_spec>(global));
  auto& scan = job.stages[0];
  stage_operator local;
  local.spec = spec;
  local.layout = layout_of(spec, *scan.scan->layout);
  local.targets = scan.scan->targets;
  scan.scan->targets = {{target::kind::operation, 0, 0}};
  auto& edge = job.edges[0];
  edge.layout = local.layout;
  std::iota(edge.keys.begin(), edge.keys.end(), 0);
  scan.operators.push_back(std::move(local));
  return job;
}

} // namespace herald::testing
