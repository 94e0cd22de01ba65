#include "engine/operators/top_n_table.hpp"

#include <algorithm>
#include <limits>

namespace herald {

namespace {

constexpr auto no_threshold = std::numeric_limits<std::uint64_t>::max();

} // namespace

/// The columns of the input, then the ranks if they are asked for.
batch_ptr ranked_batch(const row_store& rows, const schema_ptr& layout,
                       std::span<const std::int32_t> picks,
                       std::span<const std::int64_t> ranks,
                       buffer_ptr changes) {
  auto columns = rows.gather(picks)->columns;
  if (columns.size() < layout->fields.size()) {
    auto column = std::make_shared<herald::column>();
    column->type = layout->fields.back().type;
    column->length = static_cast<std::int64_t>(ranks.size());
    auto values = allocate_buffer(column->length * 8);
    std::copy(ranks.begin(), ranks.end(),
              reinterpret_cast<std::int64_t*>(values->mutable_data()));
    column->values = std::move(values);
    columns.push_back(std::move(column));
  }
  return make_batch(layout, std::move(columns),
                    static_cast<std::int64_t>(picks.size()),
                    std::move(changes));
}

top_n_table::top_n_table(top_n_spec spec, const schema_ptr& layout)
    : spec_(std::move(spec)),
      groups_(layout, spec_.keys,
              row_order(*layout, spec_.order, spec_.ties,
                        row_order::last_word::content),
              spec_.ttl_ms.value_or(0)) {}

template <class F>
void top_n_table::walk_ranks(std::int32_t group, F visit) const {
  std::int64_t place = 0;
  std::int64_t rank = 0;
  auto before = row_forest::none;
  groups_.forest().walk(groups_.root(group), [&](std::int32_t row) {
    ++place;
    const bool peer = spec_.rank != rank_kind::row_number
                      && before != row_forest::none
                      && groups_.order().peers(groups_.rows(), before, row);
    if (!peer)
      rank = spec_.rank == rank_kind::dense_rank ? rank + 1 : place;
    before = row;
    return visit(ranked_row{row, rank});
  });
}

void top_n_table::ranked(std::int32_t group,
                         std::vector<ranked_row>& out) const {
  walk_ranks(group, [&](const ranked_row& x) {
    if (x.rank > spec_.last)
      return false;
    if (x.rank >= spec_.first)
      out.push_back(x);
    // Spares the way to the row behind the last one.
    return spec_.rank != rank_kind::row_number || x.rank < spec_.last;
  });
}

const row_list* top_n_table::screen(const batch& x, const row_list* rows) {
  kept_.clear();
  kept_groups_.clear();
  kept_prefixes_.clear();
  for (std::size_t i = 0; i < row_groups_.size(); ++i) {
    const auto row = rows ? (*rows)[i] : static_cast<std::int32_t>(i);
    const auto group = row_groups_[i];
    const auto prefix = prefixes_[static_cast<std::size_t>(row)];
    if (prefix > thresholds_[static_cast<std::size_t>(group)])
      continue;
    kept_.push_back(row);
    kept_groups_.push_back(group);
    kept_prefixes_.push_back(prefix);
  }
  return static_cast<std::int64_t>(kept_.size()) == x.rows ? nullptr : &kept_;
}

void top_n_table::apply(const batch& x, const row_list* rows,
                        std::span<const std::uint64_t> hashes,
                        const std::function<void(std::int32_t)>& touch) {
  touched_.clear();
  groups_.locate(x, rows, hashes, row_groups_);
  groups_.order().prefixes(x, prefixes_);
  const auto capacity = static_cast<std::size_t>(groups_.index().capacity());
  seen_.resize(capacity, 0);
  thresholds_.resize(capacity, no_threshold);
  groups_.clear_old(row_groups_,
                    [this](std::int32_t group) { reset_threshold(group); });
  const auto* which = screen(x, rows);
  auto number = groups_.append(x, which, kept_prefixes_);
  for (std::size_t i = 0; i < kept_.size(); ++i, ++number) {
    const auto group = kept_groups_[i];
    // The threshold may have sunk since the rows were screened.
    if (kept_prefixes_[i] > thresholds_[static_cast<std::size_t>(group)]) {
      groups_.discard();
      continue;
    }
    if (auto& seen = seen_[static_cast<std::size_t>(group)]; !seen) {
      seen = 1;
      touched_.push_back(group);
      if (touch)
        touch(group);
    }
    if (retracts(x.change_of(kept_[i]))) {
      groups_.erase(group, number);
      continue;
    }
    groups_.insert(group, number);
    if (!spec_.input_retracts && spec_.rank == rank_kind::row_number)
      trim(group);
  }
  for (const auto group : touched_) {
    seen_[static_cast<std::size_t>(group)] = 0;
    if (!spec_.input_retracts && spec_.rank != rank_kind::row_number)
      trim(group);
  }
}

void top_n_table::reset_threshold(std::int32_t group) {
  thresholds_[static_cast<std::size_t>(group)] = no_threshold;
}

void top_n_table::trim(std::int32_t group) {
  if (groups_.count(group) < spec_.last)
    return;
  auto& threshold = thresholds_[static_cast<std::size_t>(group)];
  if (spec_.rank == rank_kind::row_number) {
    if (groups_.count(group) > spec_.last)
      groups_.erase_last(group);
  } else {
    std::int64_t kept = 0;
    std::int64_t highest = 0;
    walk_ranks(group, [&](const ranked_row& x) {
      if (x.rank > spec_.last)
        return false;
      highest = x.rank;
      ++kept;
      return true;
    });
    while (groups_.count(group) > kept)
      groups_.erase_last(group);
    // With fewer distinct ranks a row behind all others still gets one.
    if (spec_.rank == rank_kind::dense_rank && highest < spec_.last)
      return;
  }
  threshold
      = groups_.forest().prefix(groups_.forest().last(groups_.root(group)));
}

void top_n_table::settle() {
  groups_.settle(touched_);
  for (const auto group : touched_)
    if (groups_.count(group) == 0)
      reset_threshold(group);
  groups_.reclaim();
}

void top_n_table::set_time(std::int64_t now_ms) {
  const auto kept = groups_.set_time(
      now_ms, [this](std::int32_t group) { reset_threshold(group); });
  if (kept) {
    keep_groups(thresholds_, *kept);
    keep_groups(seen_, *kept);
  }
}

void top_n_table::load(const batch& saved) {
  groups_.load(saved, row_groups_);
  thresholds_.resize(static_cast<std::size_t>(groups_.index().capacity()),
                     no_threshold);
  if (spec_.input_retracts)
    return;
  for (const auto group : row_groups_)
    trim(group);
}

std::int64_t top_n_table::memory_bytes() const {
  return groups_.memory_bytes()
         + static_cast<std::int64_t>(thresholds_.capacity() * 8
                                     + seen_.capacity());
}

} // namespace herald
