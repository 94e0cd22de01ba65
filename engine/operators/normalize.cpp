#include "engine/operators/normalize.hpp"

#include "engine/operators/state_parts.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::int32_t none = -1;

} // namespace

normalize_operator::normalize_operator(normalize_spec spec, schema_ptr input)
    : spec_(std::move(spec)), layout_(std::move(input)),
      index_(types_of(*layout_, spec_.keys)), ttl_(spec_.ttl_ms),
      rows_(layout_) {}

void normalize_operator::find_groups(const batch& x) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, spec_.keys, hashes);
  index_.find_or_insert(x, spec_.keys, nullptr, hashes, groups_);
  row_.resize(static_cast<std::size_t>(index_.capacity()), none);
}

void normalize_operator::add(std::int32_t row, change kind) {
  picks_.push_back(row);
  kinds_.push_back(static_cast<std::int8_t>(kind));
}

void normalize_operator::forget(std::int32_t group) {
  auto& row = row_[static_cast<std::size_t>(group)];
  forgotten_ += row != none;
  row = none;
}

void normalize_operator::sweep() {
  const auto clear = [this](std::int32_t group) {
    forget(group);
    return true;
  };
  if (const auto kept = ttl_.sweep(index_, clear, [this] { reclaim(); }))
    keep_groups(row_, *kept);
}

absl::Status normalize_operator::resume(output&) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  return absl::OkStatus();
}

absl::Status normalize_operator::process(int, const batch_ptr& rows,
                                         output& out) {
  const auto& x = *rows;
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  find_groups(x);
  if (ttl_.on())
    for (const auto group : groups_) {
      if (ttl_.is_over(group))
        forget(group);
      ttl_.touch(group);
    }
  row_list kept;
  for (std::int64_t i = 0; i < x.rows; ++i)
    if (!retracts(x.change_of(i)))
      kept.push_back(static_cast<std::int32_t>(i));
  auto next = rows_.size();
  rows_.append(x, &kept);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    // The row that it takes back is known; its key may have come before.
    if (x.change_of(i) == change::update_before)
      continue;
    auto& row
        = row_[static_cast<std::size_t>(groups_[static_cast<std::size_t>(i)])];
    const auto before = row;
    if (retracts(x.change_of(i))) {
      if (before != none)
        add(before, change::remove);
      row = none;
    } else if (before == none) {
      row = next++;
      add(row, change::insert);
      continue;
    } else if (!ttl_.on() && rows_.same(before, x, i)) {
      ++next;
    } else {
      row = next++;
      add(before, change::update_before);
      add(row, change::update_after);
    }
    forgotten_ += before != none;
  }
  // A key may be in the batch several times.
  std::sort(groups_.begin(), groups_.end());
  groups_.erase(std::unique(groups_.begin(), groups_.end()), groups_.end());
  for (const auto group : groups_)
    if (row_[static_cast<std::size_t>(group)] == none) {
      index_.erase(group);
      ttl_.erase(group);
    }
  HERALD_TRY(emit(out));
  reclaim();
  return absl::OkStatus();
}

absl::Status normalize_operator::emit(output& out) {
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  for (std::size_t begin = 0; begin < picks_.size(); begin += step) {
    const auto count = std::min(step, picks_.size() - begin);
    auto given = rows_at(std::span(picks_).subspan(begin, count));
    auto changes = allocate_buffer(static_cast<std::int64_t>(count));
    std::copy_n(kinds_.begin() + static_cast<std::ptrdiff_t>(begin), count,
                reinterpret_cast<std::int8_t*>(changes->mutable_data()));
    HERALD_TRY(out.emit(
        make_batch(layout_, given->columns, given->rows, std::move(changes))));
  }
  picks_.clear();
  kinds_.clear();
  return absl::OkStatus();
}

batch_ptr
normalize_operator::rows_at(std::span<const std::int32_t> rows) const {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < layout_->fields.size(); ++i)
    columns.push_back(rows_.gather(i, rows));
  return make_batch(layout_, std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

void normalize_operator::reclaim() {
  if (!worth_reclaiming(forgotten_, rows_.size()))
    return;
  const auto groups = index_.groups();
  std::vector<std::int32_t> live;
  for (const auto group : groups)
    live.push_back(row_[static_cast<std::size_t>(group)]);
  rows_ = rows_.only(live);
  for (std::size_t i = 0; i < groups.size(); ++i)
    row_[static_cast<std::size_t>(groups[i])] = static_cast<std::int32_t>(i);
  forgotten_ = 0;
}

absl::Status normalize_operator::write(state_writer& writer) const {
  HERALD_TRY(ttl_.write(index_, writer));
  return for_each_part(index_.by_key_group(), [&](int k, auto part) {
    std::vector<std::int32_t> rows;
    for (const auto group : part)
      rows.push_back(row_[static_cast<std::size_t>(group)]);
    return writer.put(rows_table, k, *rows_at(rows));
  });
}

absl::Status normalize_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(reader.read(rows_table, owned, [this](int, const batch_ptr& x) {
    find_groups(*x);
    auto row = rows_.size();
    rows_.append(*x, nullptr);
    for (const auto group : groups_)
      row_[static_cast<std::size_t>(group)] = row++;
    return absl::OkStatus();
  }));
  return ttl_.read(index_, owned, reader);
}

std::int64_t normalize_operator::state_bytes() const {
  return index_.memory_bytes() + ttl_.memory_bytes() + rows_.memory_bytes()
         + static_cast<std::int64_t>(row_.capacity() * sizeof(std::int32_t));
}

} // namespace herald
