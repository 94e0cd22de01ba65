#include "engine/operators/aggregate_table.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

/// Rows of one batch of saved state.
constexpr std::size_t state_rows_max = 4096;

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

schema_ptr key_schema(const std::vector<data_type>& types) {
  auto result = std::make_shared<schema>();
  for (std::size_t i = 0; i < types.size(); ++i)
    result->fields.push_back({fmt::format("k{}", i), types[i]});
  return result;
}

} // namespace

absl::StatusOr<aggregate_inputs>
evaluate_inputs(const std::vector<aggregate_call>& calls,
                std::span<const int> keys, const batch& x,
                const eval_context& context) {
  aggregate_inputs result;
  for (const auto& call : calls) {
    aggregate_inputs::call_input input;
    for (const auto& arg : call.args) {
      HERALD_ASSIGN(auto column, evaluate_column(*arg, x, context));
      input.args.push_back(std::move(column));
    }
    if (call.filter) {
      HERALD_ASSIGN(input.filtered, select_rows(*call.filter, x, context));
    }
    result.calls.push_back(std::move(input));
  }
  result.hashes.resize(static_cast<std::size_t>(x.rows));
  hash_rows(x, keys, result.hashes);
  return result;
}

aggregate_table::aggregate_table(std::vector<data_type> key_types,
                                 const std::vector<aggregate_call>& calls,
                                 bool retractable)
    : key_types_(std::move(key_types)), key_columns_(key_types_.size()),
      index_(key_types_), key_layout_(key_schema(key_types_)) {
  std::iota(key_columns_.begin(), key_columns_.end(), 0);
  for (const auto& call : calls)
    accumulators_.push_back(make_accumulator(call, retractable));
}

absl::Status aggregate_table::add(const batch& x, std::span<const int> keys,
                                  const row_list* rows,
                                  const aggregate_inputs& inputs,
                                  std::vector<std::int32_t>& groups) {
  index_.find_or_insert(x, keys, rows, inputs.hashes, groups);
  const auto* changes
      = x.changes ? reinterpret_cast<const std::int8_t*>(x.changes->data())
                  : nullptr;
  for (std::size_t i = 0; i < accumulators_.size(); ++i) {
    const auto& input = inputs.calls[i];
    accumulators_[i]->resize(index_.capacity());
    if (!input.filtered) {
      HERALD_TRY(accumulators_[i]->add(input.args, rows, groups, changes));
      continue;
    }
    row_list kept;
    std::vector<std::int32_t> kept_groups;
    if (rows) {
      intersect(*rows, groups, *input.filtered, kept, kept_groups);
    } else {
      kept = *input.filtered;
      for (auto row : kept)
        kept_groups.push_back(groups[static_cast<std::size_t>(row)]);
    }
    HERALD_TRY(accumulators_[i]->add(input.args, &kept, kept_groups, changes));
  }
  return absl::OkStatus();
}

void aggregate_table::load_columns(const batch& keys,
                                   const std::vector<column_ptr>& partials,
                                   std::span<const std::uint64_t> hashes,
                                   std::vector<std::int32_t>& groups) {
  index_.find_or_insert(keys, key_columns_, nullptr, hashes, groups);
  auto next = partials.begin();
  for (auto& x : accumulators_) {
    x->resize(index_.capacity());
    auto count = static_cast<std::ptrdiff_t>(x->partial_types().size());
    x->merge(std::vector<column_ptr>(next, next + count), groups);
    next += count;
  }
}

void aggregate_table::merge(const aggregate_table& other) {
  auto theirs = other.index_.groups();
  if (theirs.empty())
    return;
  std::vector<std::uint64_t> hashes;
  hashes.reserve(theirs.size());
  for (auto g : theirs)
    hashes.push_back(other.index_.hash_of(g));
  auto keys = make_batch(key_layout_, other.index_.keys(theirs),
                         static_cast<std::int64_t>(theirs.size()));
  std::vector<std::int32_t> mine;
  load_columns(*keys, other.partials(theirs), hashes, mine);
}

std::vector<column_ptr>
aggregate_table::results(std::span<const std::int32_t> groups) const {
  std::vector<column_ptr> result;
  for (const auto& x : accumulators_)
    result.push_back(x->result(groups));
  return result;
}

std::vector<column_ptr>
aggregate_table::rows(std::span<const std::int32_t> groups) const {
  auto result = index_.keys(groups);
  for (auto& x : results(groups))
    result.push_back(std::move(x));
  return result;
}

std::vector<column_ptr>
aggregate_table::partials(std::span<const std::int32_t> groups) const {
  std::vector<column_ptr> result;
  for (const auto& x : accumulators_)
    for (auto& part : x->partial(groups))
      result.push_back(std::move(part));
  return result;
}

void aggregate_table::erase(std::int32_t group) {
  for (auto& x : accumulators_)
    x->clear(std::span(&group, 1));
  index_.erase(group);
}

schema_ptr aggregate_table::state_layout() const {
  auto result = std::make_shared<schema>(*key_layout_);
  for (std::size_t i = 0; i < accumulators_.size(); ++i) {
    auto types = accumulators_[i]->partial_types();
    for (std::size_t j = 0; j < types.size(); ++j)
      result->fields.push_back({fmt::format("a{}_{}", i, j), types[j]});
  }
  return result;
}

absl::Status aggregate_table::save(
    const std::function<absl::Status(
        int, const batch&, std::span<const std::int32_t>)>& visit) const {
  std::vector<std::vector<std::int32_t>> by_key_group(key_groups);
  for (auto g : index_.groups())
    by_key_group[static_cast<std::size_t>(key_group_of(index_.hash_of(g)))]
        .push_back(g);
  auto layout = state_layout();
  for (int k = 0; k < key_groups; ++k) {
    std::span<const std::int32_t> all
        = by_key_group[static_cast<std::size_t>(k)];
    while (!all.empty()) {
      auto part = all.first(std::min(all.size(), state_rows_max));
      all = all.subspan(part.size());
      auto columns = index_.keys(part);
      for (auto& x : partials(part))
        columns.push_back(std::move(x));
      auto rows = make_batch(layout, std::move(columns),
                             static_cast<std::int64_t>(part.size()));
      HERALD_TRY(visit(k, *rows, part));
    }
  }
  return absl::OkStatus();
}

void aggregate_table::load(const batch& saved,
                           std::vector<std::int32_t>& groups) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved.rows));
  hash_rows(saved, key_columns_, hashes);
  auto keys = static_cast<std::ptrdiff_t>(key_columns_.size());
  std::vector<column_ptr> partials(saved.columns.begin() + keys,
                                   saved.columns.end());
  load_columns(saved, partials, hashes, groups);
}

std::int64_t aggregate_table::memory_bytes() const {
  auto result = index_.memory_bytes();
  for (const auto& x : accumulators_)
    result += x->memory_bytes();
  return result;
}

} // namespace herald
