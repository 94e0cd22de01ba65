#include "engine/operators/call_states.hpp"

#include "engine/columnar/hash.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Rows of both ascending lists, and the groups of those rows.
void intersect(const row_list& rows, std::span<const std::int32_t> groups,
               const row_list& filtered, row_list& out_rows,
               std::vector<std::int32_t>& out_groups) {
  auto next = filtered.begin();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    next = std::lower_bound(next, filtered.end(), rows[i]);
    if (next == filtered.end())
      break;
    if (*next == rows[i]) {
      out_rows.push_back(rows[i]);
      out_groups.push_back(groups[i]);
    }
  }
}

/// Where an expression that equals `x` was evaluated before, or -1.
template <class List>
int find_equal(const List& known, const expr& x) {
  for (std::size_t i = 0; i < known.size(); ++i)
    if (equal(*known[i].first, x))
      return static_cast<int>(i);
  return -1;
}

} // namespace

absl::StatusOr<aggregate_inputs>
evaluate_inputs(const std::vector<aggregate_call>& calls,
                std::span<const int> keys, const batch& x,
                const eval_context& context) {
  aggregate_inputs result;
  std::vector<std::pair<expr_ptr, column_ptr>> args;
  std::vector<std::pair<expr_ptr, std::shared_ptr<const row_list>>> filters;
  for (const auto& call : calls) {
    aggregate_inputs::call_input input;
    for (const auto& arg : call.args) {
      auto at = arg->steady ? find_equal(args, *arg) : -1;
      if (at < 0) {
        HERALD_ASSIGN(auto column, evaluate_column(*arg, x, context));
        at = static_cast<int>(args.size());
        args.emplace_back(arg, std::move(column));
      }
      input.args.push_back(args[static_cast<std::size_t>(at)].second);
    }
    if (call.filter) {
      auto at = call.filter->steady ? find_equal(filters, *call.filter) : -1;
      if (at < 0) {
        HERALD_ASSIGN(auto rows, select_rows(*call.filter, x, context));
        at = static_cast<int>(filters.size());
        filters.emplace_back(call.filter,
                             std::make_shared<row_list>(std::move(rows)));
      }
      input.filtered = filters[static_cast<std::size_t>(at)].second;
    }
    result.calls.push_back(std::move(input));
  }
  result.hashes.resize(static_cast<std::size_t>(x.rows));
  hash_rows(x, keys, result.hashes);
  return result;
}

call_states::call_states(const std::vector<aggregate_call>& calls,
                         bool retractable)
    : distinct_(calls.size(), false) {
  for (std::size_t i = 0; i < calls.size(); ++i) {
    distinct_[i] = shares_set(calls[i]);
    auto plain = calls[i];
    plain.distinct = plain.distinct && !distinct_[i];
    accumulators_.push_back(make_accumulator(plain, retractable));
  }
  for (auto& set : shared_sets(calls)) {
    distinct_set values(calls[set[0]].args[0]->type, set.size(), retractable);
    sets_.push_back({std::move(values), std::move(set)});
  }
}

void call_states::resize(std::int64_t groups) {
  for (auto& x : accumulators_)
    x->resize(groups);
}

absl::Status call_states::add(const batch& x, const row_list* rows,
                              const aggregate_inputs& inputs,
                              std::span<const std::int32_t> groups) {
  const auto* changes
      = x.changes ? reinterpret_cast<const std::int8_t*>(x.changes->data())
                  : nullptr;
  std::vector<filtered_rows> filtered;
  for (std::size_t i = 0; i < accumulators_.size(); ++i) {
    if (distinct_[i])
      continue;
    const auto& input = inputs.calls[i];
    if (!input.filtered) {
      HERALD_TRY(accumulators_[i]->add(input.args, rows, groups, changes));
      continue;
    }
    const auto* filter = input.filtered.get();
    auto part = std::find_if(filtered.begin(), filtered.end(),
                             [&](const auto& y) { return y.filter == filter; });
    if (part == filtered.end()) {
      part = filtered.insert(part, {filter, {}, {}});
      if (rows) {
        intersect(*rows, groups, *filter, part->rows, part->groups);
      } else {
        part->rows = *filter;
        for (auto row : *filter)
          part->groups.push_back(groups[static_cast<std::size_t>(row)]);
      }
    }
    HERALD_TRY(
        accumulators_[i]->add(input.args, &part->rows, part->groups, changes));
  }
  for (auto& set : sets_)
    HERALD_TRY(add_distinct(set, x, rows, inputs, groups));
  return absl::OkStatus();
}

absl::Status call_states::add_distinct(shared_set& set, const batch& x,
                                       const row_list* rows,
                                       const aggregate_inputs& inputs,
                                       std::span<const std::int32_t> groups) {
  std::vector<const row_list*> filters;
  std::vector<std::vector<column_ptr>> args;
  for (auto call : set.calls) {
    filters.push_back(inputs.calls[call].filtered.get());
    args.push_back(inputs.calls[call].args);
  }
  std::vector<distinct_changes> steps(set.calls.size());
  set.values.add(args[0][0], filters, rows, groups,
                 x.changes
                     ? reinterpret_cast<const std::int8_t*>(x.changes->data())
                     : nullptr,
                 steps);
  return pass_on(set, steps, args);
}

absl::Status
call_states::pass_on(const shared_set& set,
                     const std::vector<distinct_changes>& steps,
                     const std::vector<std::vector<column_ptr>>& args) {
  for (std::size_t i = 0; i < set.calls.size(); ++i) {
    const auto& step = steps[i];
    auto& inner = *accumulators_[set.calls[i]];
    if (step.rows.empty())
      continue;
    if (!step.retracts) {
      HERALD_TRY(inner.add(args[i], &step.rows, step.groups, nullptr));
      continue;
    }
    // Accumulators look changes up by row: gather the rows that changed.
    std::vector<column_ptr> gathered;
    for (const auto& arg : args[i])
      gathered.push_back(take(*arg, step.rows));
    HERALD_TRY(inner.add(gathered, nullptr, step.groups, step.changes.data()));
  }
  return absl::OkStatus();
}

std::vector<column_ptr>
call_states::results(std::span<const std::int32_t> groups) const {
  std::vector<column_ptr> result;
  for (const auto& x : accumulators_)
    result.push_back(x->result(groups));
  return result;
}

// Partials: of the calls without DISTINCT in their order, then of the sets.

std::vector<data_type> call_states::partial_types() const {
  std::vector<data_type> result;
  const auto append = [&](const std::vector<data_type>& types) {
    result.insert(result.end(), types.begin(), types.end());
  };
  for (std::size_t i = 0; i < accumulators_.size(); ++i)
    if (!distinct_[i])
      append(accumulators_[i]->partial_types());
  for (const auto& x : sets_)
    append(x.values.partial_types());
  return result;
}

std::vector<column_ptr>
call_states::partials(std::span<const std::int32_t> groups) const {
  std::vector<column_ptr> result;
  const auto append = [&](std::vector<column_ptr> columns) {
    for (auto& x : columns)
      result.push_back(std::move(x));
  };
  for (std::size_t i = 0; i < accumulators_.size(); ++i)
    if (!distinct_[i])
      append(accumulators_[i]->partial(groups));
  for (const auto& x : sets_)
    append(x.values.partials(groups));
  return result;
}

void call_states::merge(const std::vector<column_ptr>& partials,
                        std::span<const std::int32_t> groups) {
  auto next = partials.begin();
  for (std::size_t i = 0; i < accumulators_.size(); ++i) {
    if (distinct_[i])
      continue;
    auto count
        = static_cast<std::ptrdiff_t>(accumulators_[i]->partial_types().size());
    accumulators_[i]->merge(std::vector<column_ptr>(next, next + count),
                            groups);
    next += count;
  }
  for (auto& set : sets_) {
    for (std::size_t i = 0; i < set.values.partial_types().size(); ++i) {
      std::vector<distinct_changes> steps(set.calls.size());
      const auto& part = **next++;
      set.values.merge(i, part, groups, steps);
      const auto& values = part.children[0]->children[0];
      // Adding values that were accepted before cannot fail.
      pass_on(set, steps,
              std::vector<std::vector<column_ptr>>(set.calls.size(), {values}))
          .IgnoreError();
    }
  }
}

void call_states::clear(std::span<const std::int32_t> groups) {
  for (auto& x : accumulators_)
    x->clear(groups);
  for (auto& x : sets_)
    x.values.clear(groups);
}

absl::Status call_states::status() const {
  for (const auto& x : accumulators_)
    HERALD_TRY(x->status());
  return absl::OkStatus();
}

std::int64_t call_states::memory_bytes() const {
  std::int64_t result = 0;
  for (const auto& x : accumulators_)
    result += x->memory_bytes();
  for (const auto& x : sets_)
    result += x.values.memory_bytes();
  return result;
}

} // namespace herald
