#include "engine/operators/session_assign.hpp"

#include "engine/columnar/hash.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/session_aggregate.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view rows_table = "rows";

/// Rows that are gone before the store is made anew.
constexpr std::int32_t gone_min = 4096;

} // namespace

session_assign_operator::session_assign_operator(window_assign_spec spec,
                                                 schema_ptr input_layout,
                                                 schema_ptr layout)
    : spec_(std::move(spec)), input_layout_(std::move(input_layout)),
      layout_(std::move(layout)),
      index_(types_of(*input_layout_, spec_.keys), spec_.window.size_ms),
      rows_(input_layout_) {}

void session_assign_operator::link(std::int32_t session, std::int32_t row) {
  auto& at = chains_[static_cast<std::size_t>(session)];
  (at.last < 0 ? at.first : next_[static_cast<std::size_t>(at.last)]) = row;
  at.last = row;
}

void session_assign_operator::keep(const batch& rows, event_time watermark) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows.rows));
  hash_rows(rows, spec_.keys, hashes);
  const auto& time = *rows.columns[static_cast<std::size_t>(spec_.time_column)];
  const auto times = times_of(time);
  const auto merges = index_.assign(rows, spec_.keys, hashes, time, times,
                                    watermark, sessions_);
  chains_.resize(static_cast<std::size_t>(index_.capacity()));
  for (const auto& x : merges) {
    const auto from
        = std::exchange(chains_[static_cast<std::size_t>(x.from)], {});
    if (from.first < 0)
      continue;
    link(x.into, from.first);
    chains_[static_cast<std::size_t>(x.into)].last = from.last;
  }
  row_list taken;
  for (std::size_t i = 0; i < sessions_.size(); ++i)
    if (sessions_[i] >= 0)
      taken.push_back(static_cast<std::int32_t>(i));
  counters_.rows_late += rows.rows - static_cast<std::int64_t>(taken.size());
  auto row = rows_.size();
  rows_.append(rows, &taken);
  next_.resize(static_cast<std::size_t>(rows_.size()), -1);
  for (auto i : taken)
    link(sessions_[static_cast<std::size_t>(i)], row++);
}

absl::Status session_assign_operator::process(int, const batch_ptr& rows,
                                              output&) {
  keep(*rows, watermark_);
  return absl::OkStatus();
}

std::vector<std::int32_t>
session_assign_operator::rows_of(std::int32_t session) const {
  std::vector<std::int32_t> result;
  for (auto row = chains_[static_cast<std::size_t>(session)].first; row >= 0;
       row = next_[static_cast<std::size_t>(row)])
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
  const auto over = index_.take_over(t);
  HERALD_TRY(emit(over, out));
  index_.erase(over);
  reclaim();
  return out.advance(behind_sessions(t));
}

absl::Status
session_assign_operator::emit(std::span<const std::int32_t> sessions,
                              output& out) {
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
  for (auto session : sessions) {
    for (auto row : rows_of(session)) {
      rows.push_back(row);
      starts.push_back(index_.first(session));
      ends.push_back(index_.end(session));
      ++gone_;
      if (static_cast<std::int64_t>(rows.size()) >= context_.batch_rows)
        HERALD_TRY(send());
    }
    chains_[static_cast<std::size_t>(session)] = {};
  }
  return send();
}

void session_assign_operator::reclaim() {
  if (gone_ < gone_min || gone_ < rows_.size() / 2)
    return;
  std::vector<std::int32_t> live;
  for (std::size_t i = 0; i < chains_.size(); ++i)
    for (auto row : rows_of(static_cast<std::int32_t>(i)))
      live.push_back(row);
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
  auto lists = index_.by_key_group();
  for (auto& list : lists) {
    std::vector<std::int32_t> rows;
    for (auto session : list)
      for (auto row : rows_of(session))
        rows.push_back(row);
    list = std::move(rows);
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
  return index_.memory_bytes() + rows_.memory_bytes()
         + static_cast<std::int64_t>(next_.capacity() * 4
                                     + chains_.capacity() * sizeof(chain));
}

} // namespace herald
