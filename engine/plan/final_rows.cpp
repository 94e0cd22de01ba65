#include "engine/plan/final_rows.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// A table without an end, or null.
const table_definition* find_unbounded(const plan_node& plan,
                                       const sql_session& session) {
  if (const auto* scan = plan.as<scan_node>()) {
    const auto& table = *scan->table->definition;
    return session.connectors().bounded(table) ? nullptr : &table;
  }
  for (const auto& input : plan.inputs)
    if (const auto* found = find_unbounded(*input, session))
      return found;
  return nullptr;
}

} // namespace

bool is_bounded(const plan_node& plan, const sql_session& session) {
  return !find_unbounded(plan, session);
}

plan_ptr without_watermark(const plan_node& read) {
  std::vector<plan_ptr> inputs;
  for (const auto& input : read.inputs)
    inputs.push_back(without_watermark(*input));
  auto result = std::make_shared<plan_node>(read);
  result->inputs = std::move(inputs);
  if (auto* scan = std::get_if<scan_node>(&result->spec))
    scan->watermark = nullptr;
  return result;
}

plan_ptr make_final_rows(plan_ptr plan, const sql_session& session) {
  if (!plan->retracts)
    return plan;
  sort_spec at_end;
  at_end.at_end = true;
  at_end.memory_bytes_max = session.options().sort_memory_bytes();
  return make_sort(std::move(plan), std::move(at_end));
}

absl::StatusOr<plan_ptr> as_batch(plan_ptr plan, const sql_session& session,
                                  text_position where) {
  if (!session.options().batch())
    return plan;
  if (const auto* table = find_unbounded(*plan, session))
    return user_error(
        where,
        fmt::format("table '{}' has no end, which a batch waits for",
                    table->name),
        "bound what it reads, or SET 'execution.runtime-mode' = 'streaming'");
  return make_final_rows(std::move(plan), session);
}

} // namespace herald
