#include "tests/engine/operators/join_model.hpp"

#include "engine/common/check.hpp"

namespace herald::testing {

expr_ptr smaller_value() {
  auto left = make_column(value_column, bigint_type(), "v");
  auto right = make_column(4 + value_column, bigint_type(), "v2");
  auto result = make_call("<", {left, right});
  HERALD_CHECK(result.ok(), result.status().ToString());
  return *result;
}

join_spec planned(join_spec spec) {
  spec.left_retracts = true;
  spec.right_retracts = true;
  if (!spec.bound)
    return spec;
  if (spec.bound->upper_ms)
    spec.left_life = row_life{spec.bound->left_time, *spec.bound->upper_ms};
  if (spec.bound->lower_ms)
    spec.right_life = row_life{spec.bound->right_time, -*spec.bound->lower_ms};
  return spec;
}

namespace {

bool keys_meet(const join_spec& spec, const literal_values& left,
               const literal_values& right) {
  for (std::size_t i = 0; i < spec.left_keys.size(); ++i) {
    const auto& a = left[static_cast<std::size_t>(spec.left_keys[i])];
    const auto& b = right[static_cast<std::size_t>(spec.right_keys[i])];
    const bool null_safe = !spec.null_safe.empty() && spec.null_safe[i];
    if (!null_safe && (a.is_null() || b.is_null()))
      return false;
    if (a.value != b.value)
      return false;
  }
  return true;
}

} // namespace

bool rows_meet(const join_spec& spec, const literal_values& left,
               const literal_values& right) {
  if (!keys_meet(spec, left, right))
    return false;
  if (spec.bound) {
    const auto distance = time_of(right) - time_of(left);
    if (distance < spec.bound->lower_ms.value_or(distance)
        || distance > spec.bound->upper_ms.value_or(distance))
      return false;
  }
  if (!spec.residual)
    return true;
  const auto& a = left[value_column];
  const auto& b = right[value_column];
  return !a.is_null() && !b.is_null()
         && std::get<std::int64_t>(a.value) < std::get<std::int64_t>(b.value);
}

namespace {

literal_values nulls_like(const std::vector<literal_values>& rows) {
  literal_values result;
  if (!rows.empty())
    for (const auto& x : rows[0])
      result.push_back({x.type, {}});
  return result;
}

std::string line_of_both(const literal_values& left,
                         const literal_values& right) {
  auto row = left;
  row.insert(row.end(), right.begin(), right.end());
  return line_of(row);
}

} // namespace

std::vector<std::string>
join_by_hand(join_type type, const rows_match& meet,
             const std::vector<literal_values>& left,
             const std::vector<literal_values>& right) {
  std::vector<std::string> result;
  std::vector<bool> right_met(right.size());
  for (const auto& a : left) {
    bool met = false;
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (!meet(a, right[i]))
        continue;
      met = true;
      right_met[i] = true;
      if (!is_filter(type))
        result.push_back(line_of_both(a, right[i]));
    }
    if (is_filter(type) && met == (type == join_type::semi))
      result.push_back(line_of(a));
    else if (!is_filter(type) && !met && keeps_left(type))
      result.push_back(line_of_both(a, nulls_like(right)));
  }
  for (std::size_t i = 0; i < right.size(); ++i)
    if (keeps_right(type) && !right_met[i])
      result.push_back(line_of_both(nulls_like(left), right[i]));
  return result;
}

schema_ptr joined_layout(join_type type, const schema& left,
                         const schema& right) {
  auto result = std::make_shared<schema>();
  for (const auto& x : left.fields)
    result->fields.push_back(
        {x.name, x.type.with_nullable(x.type.nullable() || keeps_right(type))});
  if (!is_filter(type))
    for (const auto& x : right.fields)
      result->fields.push_back(
          {x.name + "2",
           x.type.with_nullable(x.type.nullable() || keeps_left(type))});
  return result;
}

job_graph join_job(const join_spec& spec, int parallelism,
                   std::int64_t disorder_ms, const schema_ptr& left,
                   const schema_ptr& right) {
  job_input first{left, time_column_index, disorder_ms, spec.left_keys};
  job_input second{right, time_column_index, disorder_ms, spec.right_keys};
  if (spec.place == join_place::right_everywhere) {
    first.keys = spec.left_spread;
    second.kind = exchange::broadcast;
  }
  return make_job({first, second}, spec,
                  joined_layout(spec.type, *left, *right), parallelism);
}

} // namespace herald::testing
