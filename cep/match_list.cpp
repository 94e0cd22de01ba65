#include "cep/match_list.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace herald {

match_list::match_list(const compiled_rule& rule)
    : rule_(rule), depth_(rule.steps.size() - 1) {}

void match_list::add(const run_table& runs, run_id x, std::int32_t row) {
  add(runs.first(x), row);
  for (std::size_t i = 0; i < depth_; ++i)
    events_.push_back(runs.event(x, i));
}

void match_list::add(event_time first, std::int32_t row) {
  rows_.push_back(row);
  firsts_.push_back(first);
}

absl::Status match_list::emit(const batch& current, const run_table& runs,
                              const eval_context& context, output& out) {
  row_list order(rows_.size());
  std::iota(order.begin(), order.end(), 0);
  auto place = [&](std::int32_t i) {
    auto at = static_cast<std::size_t>(i);
    return std::tie(rows_[at], firsts_[at]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return place(a) < place(b); });
  std::span<const std::int32_t> left(order);
  while (!left.empty()) {
    auto count = std::min<std::size_t>(left.size(), emit_rows_max);
    HERALD_TRY(emit_part(current, runs, context, left.first(count), out));
    left = left.subspan(count);
  }
  rows_.clear();
  firsts_.clear();
  events_.clear();
  return absl::OkStatus();
}

absl::Status match_list::emit_part(const batch& current, const run_table& runs,
                                   const eval_context& context,
                                   std::span<const std::int32_t> which,
                                   output& out) {
  row_list rows;
  rows.reserve(which.size());
  for (auto i : which)
    rows.push_back(rows_[static_cast<std::size_t>(i)]);
  auto number = [&](std::size_t i, std::size_t step) {
    return events_[static_cast<std::size_t>(which[i]) * depth_ + step];
  };
  auto count = static_cast<std::int64_t>(rows.size());
  auto events = make_batch(
      rule_.emit_inputs.layout,
      gather_inputs(rule_.emit_inputs, current, rows, runs, number), count);
  std::vector<column_ptr> columns;
  for (const auto& x : rule_.emit) {
    HERALD_ASSIGN(auto column, evaluate_column(*x, *events, context));
    columns.push_back(std::move(column));
  }
  return out.emit(make_batch(rule_.layout, std::move(columns), count));
}

} // namespace herald
