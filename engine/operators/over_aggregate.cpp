#include "engine/operators/over_aggregate.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Rows of a frame, on average, up to which it is added up anew for each row.
constexpr std::int64_t short_frame_rows = 16;

/// Rows that are added at once; bounds the memory of short frames.
constexpr std::size_t added_max = 1 << 16;

class frame_aggregator {
public:
  frame_aggregator(const aggregate_call& call, const over_frame& frame,
                   const over_rows& rows)
      : call_(call), rows_(rows), frames_(rows, frame) {}

  absl::Status open(const eval_context& context) {
    for (const auto& arg : call_.args) {
      HERALD_ASSIGN(auto column, evaluate_column(*arg, rows_.rows(), context));
      args_.push_back(std::move(column));
    }
    if (!call_.filter)
      return absl::OkStatus();
    HERALD_ASSIGN(const auto kept,
                  select_rows(*call_.filter, rows_.rows(), context));
    passes_.resize(static_cast<std::size_t>(rows_.rows().rows), 0);
    for (const auto row : kept)
      passes_[static_cast<std::size_t>(row)] = 1;
    return absl::OkStatus();
  }

  absl::StatusOr<column_ptr> growing(accumulator* carried);
  absl::StatusOr<column_ptr> anew();
  absl::StatusOr<column_ptr> sliding();

  /// Rows that all frames hold together.
  std::int64_t seen() const {
    std::int64_t result = 0;
    for (const auto& x : rows_.segments())
      for (auto row = x.fresh; row < x.end; ++row)
        result += std::max(0, frames_.high(x, row) - frames_.low(x, row));
    return result;
  }

private:
  /// Where a partition stands.
  struct cursor {
    std::int32_t row = 0; ///< whose result is next
    std::int32_t low = 0; ///< rows that are in: [low, high)
    std::int32_t high = 0;
    std::size_t place = 0; ///< of the row's result
  };

  /// Lists rows [begin, end) for a group, as far as the filter lets them.
  void list(std::int32_t begin, std::int32_t end, std::int32_t group) {
    for (auto row = begin; row < end; ++row) {
      if (!passes_.empty() && !passes_[static_cast<std::size_t>(row)])
        continue;
      added_.push_back(row);
      groups_.push_back(group);
    }
  }

  absl::Status flush(accumulator& to, const std::int8_t* changes) {
    auto status = added_.empty() ? absl::OkStatus()
                                 : to.add(args_, &added_, groups_, changes);
    added_.clear();
    groups_.clear();
    return status;
  }

  std::vector<cursor> cursors() const {
    std::vector<cursor> result;
    std::size_t place = 0;
    for (const auto& x : rows_.segments()) {
      result.push_back({x.fresh, x.begin, x.begin, place});
      place += static_cast<std::size_t>(x.end - x.fresh);
    }
    return result;
  }

  /// Notes that the rows of `x` that see the same frame have result `result`.
  void place(const over_segment& x, cursor& at, std::int32_t low,
             std::int32_t high, std::int32_t result) {
    do {
      picks_[at.place++] = result;
      ++at.row;
    } while (at.row < x.end && frames_.low(x, at.row) == low
             && std::max(low, frames_.high(x, at.row)) == high);
  }

  column_ptr finish() {
    if (chunks_.empty())
      return null_column(call_.type, 0);
    return take(chunks_.size() == 1 ? *chunks_[0] : *concat(chunks_), picks_);
  }

  const aggregate_call& call_;
  const over_rows& rows_;
  frame_finder frames_;
  std::vector<column_ptr> args_;
  std::vector<std::uint8_t> passes_; ///< empty: all do
  row_list added_;
  std::vector<std::int32_t> groups_;
  std::vector<column_ptr> chunks_; ///< results, round by round
  row_list picks_;                 ///< each row's result
};

absl::StatusOr<column_ptr> frame_aggregator::growing(accumulator* carried) {
  std::unique_ptr<accumulator> own;
  if (!carried) {
    own = make_accumulator(call_, false);
    own->resize(static_cast<std::int64_t>(rows_.segments().size()));
    carried = own.get();
  }
  auto at = cursors();
  picks_.resize(rows_.fresh());
  std::vector<std::size_t> active;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const auto& x = rows_.segments()[i];
    // What the row before the first fresh one saw is known already.
    if (x.fresh > x.begin)
      at[i].high = std::max(x.begin, frames_.high(x, x.fresh - 1));
    if (x.fresh < x.end)
      active.push_back(i);
  }
  std::int32_t known = 0;
  while (!active.empty()) {
    std::vector<std::int32_t> groups;
    for (const auto i : active) {
      const auto& x = rows_.segments()[i];
      const auto group = own ? static_cast<std::int32_t>(i) : x.group;
      const auto high = std::max(x.begin, frames_.high(x, at[i].row));
      list(at[i].high, high, group);
      at[i].high = std::max(at[i].high, high);
      place(x, at[i], x.begin, high,
            known + static_cast<std::int32_t>(groups.size()));
      groups.push_back(group);
    }
    HERALD_TRY(flush(*carried, nullptr));
    chunks_.push_back(carried->result(groups));
    known += static_cast<std::int32_t>(groups.size());
    std::erase_if(active, [&](std::size_t i) {
      return at[i].row == rows_.segments()[i].end;
    });
  }
  return finish();
}

absl::StatusOr<column_ptr> frame_aggregator::anew() {
  std::vector<std::int32_t> groups;
  std::unique_ptr<accumulator> sums;
  const auto emit = [&]() -> absl::Status {
    sums = make_accumulator(call_, false);
    sums->resize(static_cast<std::int64_t>(groups.size()));
    HERALD_TRY(flush(*sums, nullptr));
    chunks_.push_back(sums->result(groups));
    groups.clear();
    return absl::OkStatus();
  };
  for (const auto& x : rows_.segments())
    for (auto row = x.fresh; row < x.end; ++row) {
      const auto group = static_cast<std::int32_t>(groups.size());
      list(frames_.low(x, row), frames_.high(x, row), group);
      groups.push_back(group);
      if (added_.size() >= added_max) {
        HERALD_TRY(emit());
      }
    }
  if (!groups.empty()) {
    HERALD_TRY(emit());
  }
  if (chunks_.empty())
    return null_column(call_.type, 0);
  return chunks_.size() == 1 ? chunks_[0] : concat(chunks_);
}

absl::StatusOr<column_ptr> frame_aggregator::sliding() {
  auto sums = make_accumulator(call_, true);
  sums->resize(static_cast<std::int64_t>(rows_.segments().size()));
  const std::vector<std::int8_t> removals(
      static_cast<std::size_t>(rows_.rows().rows),
      static_cast<std::int8_t>(change::remove));
  auto at = cursors();
  picks_.resize(rows_.fresh());
  std::vector<std::int32_t> active;
  for (std::size_t i = 0; i < at.size(); ++i)
    if (at[i].row < rows_.segments()[i].end)
      active.push_back(static_cast<std::int32_t>(i));
  std::int32_t known = 0;
  const auto frame_at = [&](std::size_t i) {
    const auto& x = rows_.segments()[i];
    const auto low = frames_.low(x, at[i].row);
    return std::pair(low, std::max(low, frames_.high(x, at[i].row)));
  };
  while (!active.empty()) {
    for (const auto i : active) {
      const auto& x = at[static_cast<std::size_t>(i)];
      const auto low = frame_at(static_cast<std::size_t>(i)).first;
      list(x.low, std::min(low, x.high), i);
    }
    HERALD_TRY(flush(*sums, removals.data()));
    for (std::size_t k = 0; k < active.size(); ++k) {
      const auto i = static_cast<std::size_t>(active[k]);
      const auto [low, high] = frame_at(i);
      list(std::max(low, at[i].high), high, active[k]);
      at[i].low = low;
      at[i].high = high;
      place(rows_.segments()[i], at[i], low, high,
            known + static_cast<std::int32_t>(k));
    }
    HERALD_TRY(flush(*sums, nullptr));
    chunks_.push_back(sums->result(active));
    known += static_cast<std::int32_t>(active.size());
    std::erase_if(active, [&](std::int32_t i) {
      const auto k = static_cast<std::size_t>(i);
      return at[k].row == rows_.segments()[k].end;
    });
  }
  return finish();
}

} // namespace

absl::StatusOr<column_ptr> aggregate_frames(const aggregate_call& call,
                                            const over_frame& frame,
                                            const over_rows& rows,
                                            accumulator* carried,
                                            const eval_context& context) {
  frame_aggregator work(call, frame, rows);
  HERALD_TRY(work.open(context));
  if (frame.start.kind == over_bound::kind_type::unbounded_preceding)
    return work.growing(carried);
  const auto fresh = static_cast<std::int64_t>(rows.fresh());
  return work.seen() <= short_frame_rows * fresh ? work.anew() : work.sliding();
}

} // namespace herald
