#include "engine/operators/aggregate_table.hpp"

#include "engine/operators/state_parts.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

schema_ptr key_schema(const std::vector<data_type>& types) {
  auto result = std::make_shared<schema>();
  for (std::size_t i = 0; i < types.size(); ++i)
    result->fields.push_back({fmt::format("k{}", i), types[i]});
  return result;
}

} // namespace

aggregate_table::aggregate_table(std::vector<data_type> key_types,
                                 const std::vector<aggregate_call>& calls,
                                 bool retractable, std::int64_t expected)
    : key_types_(std::move(key_types)), key_columns_(key_types_.size()),
      index_(key_types_, expected), states_(calls, retractable),
      key_layout_(key_schema(key_types_)) {
  std::iota(key_columns_.begin(), key_columns_.end(), 0);
}

absl::Status aggregate_table::add(const batch& x, std::span<const int> keys,
                                  const row_list* rows,
                                  const aggregate_inputs& inputs,
                                  std::vector<std::int32_t>& groups) {
  index_.find_or_insert(x, keys, rows, inputs.hashes, groups);
  states_.resize(index_.capacity());
  return states_.add(x, rows, inputs, groups);
}

void aggregate_table::find_or_insert(const batch& x, std::span<const int> keys,
                                     std::span<const std::uint64_t> hashes,
                                     std::vector<std::int32_t>& groups,
                                     const row_list* rows) {
  index_.find_or_insert(x, keys, rows, hashes, groups);
  states_.resize(index_.capacity());
}

void aggregate_table::load_columns(const batch& keys,
                                   const std::vector<column_ptr>& partials,
                                   std::span<const std::uint64_t> hashes,
                                   std::vector<std::int32_t>& groups) {
  index_.find_or_insert(keys, key_columns_, nullptr, hashes, groups);
  states_.resize(index_.capacity());
  states_.merge(partials, groups);
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
  load_columns(*keys, other.states_.partials(theirs), hashes, mine);
}

std::vector<column_ptr>
aggregate_table::rows(std::span<const std::int32_t> groups) const {
  auto result = index_.keys(groups);
  for (auto& x : results(groups))
    result.push_back(std::move(x));
  return result;
}

std::vector<column_ptr>
aggregate_table::partial_rows(std::span<const std::int32_t> groups) const {
  auto result = index_.keys(groups);
  for (auto& x : states_.partials(groups))
    result.push_back(std::move(x));
  return result;
}

void aggregate_table::erase(std::int32_t group) {
  states_.clear(std::span(&group, 1));
  index_.erase(group);
}

schema_ptr aggregate_table::state_layout() const {
  auto result = std::make_shared<schema>(*key_layout_);
  for (const auto& type : states_.partial_types())
    result->fields.push_back({fmt::format("a{}", result->fields.size()), type});
  return result;
}

absl::Status aggregate_table::save(
    const std::function<absl::Status(
        int, const batch&, std::span<const std::int32_t>)>& visit) const {
  auto layout = state_layout();
  HERALD_TRY(for_each_part(index_.by_key_group(), [&](int k, auto part) {
    auto rows = make_batch(layout, partial_rows(part),
                           static_cast<std::int64_t>(part.size()));
    return visit(k, *rows, part);
  }));
  return status();
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
  return index_.memory_bytes() + states_.memory_bytes();
}

} // namespace herald
