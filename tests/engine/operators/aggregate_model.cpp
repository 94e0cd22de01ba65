#include "tests/engine/operators/aggregate_model.hpp"

#include "engine/common/check.hpp"

#include <algorithm>
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

} // namespace herald::testing
