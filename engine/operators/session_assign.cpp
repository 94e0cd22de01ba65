#include "engine/operators/session_assign.hpp"

#include "engine/columnar/hash.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/session_aggregate.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>

namespace herald {

namespace {

bool takes_rows_back(const batch& x) {
  for (std::int64_t i = 0; x.changes && i < x.rows; ++i)
    if (retracts(x.change_of(i)))
      return true;
  return false;
}

} // namespace

session_assign_operator::session_assign_operator(window_assign_spec spec,
                                                 schema_ptr input_layout,
                                                 schema_ptr layout)
    : spec_(std::move(spec)), input_layout_(std::move(input_layout)),
      layout_(std::move(layout)), pieces_(new_pieces(true)),
      rows_(input_layout_) {}

session_pieces session_assign_operator::new_pieces(bool joins) const {
  return {types_of(*input_layout_, spec_.keys), spec_.window.size_ms, joins};
}

void session_assign_operator::link(std::int32_t slot, std::int32_t row) {
  auto& at = chains_[static_cast<std::size_t>(slot)];
  (at.last < 0 ? at.first : next_[static_cast<std::size_t>(at.last)]) = row;
  at.last = row;
}

/// Appends `which` of `rows` to the chains of `slots_`, and empties both.
void session_assign_operator::append(const batch& rows, row_list& which) {
  chains_.resize(static_cast<std::size_t>(pieces_.capacity()));
  auto row = rows_.size();
  rows_.append(rows, &which);
  next_.resize(static_cast<std::size_t>(rows_.size()), -1);
  for (const auto slot : slots_)
    link(slot, row++);
  which.clear();
  slots_.clear();
}

/// Takes a row equal to row `at` out of its chain; false if there is none.
bool session_assign_operator::take_back(std::int32_t key, event_time t,
                                        const batch& rows, std::int32_t at) {
  const auto slot = pieces_.slot_at(key, t);
  if (slot < 0)
    return false;
  auto& list = chains_[static_cast<std::size_t>(slot)];
  std::int32_t before = -1;
  auto row = list.first;
  while (row >= 0 && !rows_.same(row, rows, at))
    before = std::exchange(row, next_[static_cast<std::size_t>(row)]);
  if (row < 0)
    return false;
  const auto next = next_[static_cast<std::size_t>(row)];
  (before < 0 ? list.first : next_[static_cast<std::size_t>(before)]) = next;
  if (next < 0)
    list.last = before;
  ++gone_;
  pieces_.take_back(key, t);
  return true;
}

row_list session_assign_operator::keep(const batch& rows, event_time closed) {
  const auto is_back = [&](std::int32_t row) {
    return rows.changes && retracts(rows.change_of(row));
  };
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows.rows));
  hash_rows(rows, spec_.keys, hashes);
  const auto& time = *rows.columns[static_cast<std::size_t>(spec_.time_column)];
  const auto times = times_of(time);
  pieces_.find_keys(rows, spec_.keys, hashes, keys_);
  row_list taken;
  row_list late;
  for (std::int32_t row = 0; row < rows.rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    if (!time.is_null(row) && is_back(row)) {
      append(rows, taken);
      if (!take_back(keys_[i], times[i], rows, row))
        late.push_back(row);
      continue;
    }
    const auto slot
        = time.is_null(row) ? -1 : pieces_.add(keys_[i], times[i], closed);
    if (slot < 0) {
      late.push_back(row);
      continue;
    }
    taken.push_back(row);
    slots_.push_back(slot);
  }
  append(rows, taken);
  settle();
  forget_empty(keys_);
  return late;
}

void session_assign_operator::settle() {
  for (const auto& x : pieces_.settle().merges) {
    const auto from
        = std::exchange(chains_[static_cast<std::size_t>(x.from)], {});
    if (from.first < 0)
      continue;
    link(x.into, from.first);
    chains_[static_cast<std::size_t>(x.into)].last = from.last;
  }
}

void session_assign_operator::forget_empty(std::vector<std::int32_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto key : keys)
    if (!pieces_.has_pieces(key))
      pieces_.erase_key(key);
}

void session_assign_operator::take_apart() {
  takes_back_ = true;
  const auto all = gather(all_rows());
  pieces_ = new_pieces(false);
  rows_ = row_store(input_layout_);
  next_.clear();
  chains_.clear();
  gone_ = 0;
  keep(*all, time_min);
}

absl::Status session_assign_operator::process(int, const batch_ptr& rows,
                                              output& out) {
  if (!takes_back_ && takes_rows_back(*rows))
    take_apart();
  return drop_late(*rows, keep(*rows, watermark_), watermark_, out);
}

std::vector<std::int32_t>
session_assign_operator::rows_of(std::int32_t slot) const {
  std::vector<std::int32_t> result;
  for (auto row = chains_[static_cast<std::size_t>(slot)].first; row >= 0;
       row = next_[static_cast<std::size_t>(row)])
    result.push_back(row);
  return result;
}

std::vector<std::int32_t> session_assign_operator::all_rows() const {
  std::vector<std::int32_t> result;
  for (std::size_t i = 0; i < chains_.size(); ++i)
    for (auto row : rows_of(static_cast<std::int32_t>(i)))
      result.push_back(row);
  return result;
}

batch_ptr
session_assign_operator::gather(std::span<const std::int32_t> rows) const {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < input_layout_->fields.size(); ++i)
    columns.push_back(rows_.gather(i, rows));
  return make_batch(input_layout_, std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

absl::Status session_assign_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  watermark_ = t;
  HERALD_TRY(emit(pieces_.take_ended(t, 0), out));
  reclaim();
  return out.advance(behind_sessions(t));
}

absl::Status session_assign_operator::emit(
    const std::vector<session_pieces::ended_run>& ended, output& out) {
  std::vector<std::int32_t> rows;
  std::vector<event_time> starts;
  std::vector<event_time> ends;
  const auto send = [&]() -> absl::Status {
    if (rows.empty())
      return absl::OkStatus();
    auto columns = gather(rows)->columns;
    const auto fields = layout_->fields.end() - 3;
    // There may be a local time behind what is passed on.
    columns.resize(layout_->fields.size() - 3);
    columns.push_back(time_column(fields[0].type, starts));
    columns.push_back(time_column(fields[1].type, ends));
    for (auto& t : ends)
      t -= 1;
    columns.push_back(time_column(fields[2].type, ends));
    const auto count = static_cast<std::int64_t>(rows.size());
    rows.clear();
    starts.clear();
    ends.clear();
    return out.emit(make_batch(layout_, std::move(columns), count));
  };
  std::vector<std::int32_t> slots;
  std::vector<std::int32_t> keys;
  for (const auto& x : ended) {
    slots.clear();
    const auto run = pieces_.erase_run(x.key, x.at, slots);
    keys.push_back(x.key);
    for (const auto slot : slots) {
      for (auto row : rows_of(slot)) {
        rows.push_back(row);
        starts.push_back(run.first);
        ends.push_back(run.last + spec_.window.size_ms);
        ++gone_;
        if (static_cast<std::int64_t>(rows.size()) >= context_.batch_rows)
          HERALD_TRY(send());
      }
      chains_[static_cast<std::size_t>(slot)] = {};
    }
  }
  forget_empty(keys);
  return send();
}

void session_assign_operator::reclaim() {
  if (!worth_reclaiming(gone_, rows_.size()))
    return;
  const auto live = all_rows();
  row_store kept(input_layout_);
  if (!live.empty())
    kept.append(*gather(live), nullptr);
  std::vector<std::int32_t> next(live.size(), -1);
  std::int32_t row = 0;
  for (auto& x : chains_) {
    const auto begin = row;
    for (auto old = x.first; old >= 0;
         old = next_[static_cast<std::size_t>(old)]) {
      if (row > begin)
        next[static_cast<std::size_t>(row) - 1] = row;
      ++row;
    }
    if (row > begin)
      x = {begin, row - 1};
  }
  rows_ = std::move(kept);
  next_ = std::move(next);
  gone_ = 0;
}

// State: the rows themselves, from which the same sessions come again.

absl::Status session_assign_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  std::vector<std::vector<std::int32_t>> lists;
  for (const auto& pieces : pieces_.by_key_group()) {
    lists.emplace_back();
    for (const auto& x : pieces)
      for (auto row : rows_of(x.slot))
        lists.back().push_back(row);
  }
  return for_each_part(lists, [&](int k, auto part) {
    return writer.put(rows_table, k, *gather(part));
  });
}

absl::Status session_assign_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  return reader.read(rows_table, owned, [this](int, const batch_ptr& rows) {
    keep(*rows, time_min);
    return absl::OkStatus();
  });
}

std::int64_t session_assign_operator::state_bytes() const {
  return pieces_.memory_bytes() + rows_.memory_bytes()
         + static_cast<std::int64_t>(next_.capacity() * 4
                                     + chains_.capacity() * sizeof(chain));
}

} // namespace herald
