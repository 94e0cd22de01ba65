#include "engine/operators/join.hpp"

#include "engine/operators/filter.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

/// Buckets no narrower than this, so that a bound of 0 on plain rows does not
/// make a bucket a millisecond.
constexpr std::int64_t bucket_ms_min = 1000;

constexpr std::string_view side_tables[] = {"left", "right"};

std::int64_t bucket_width(const join_spec& spec) {
  if (!spec.bound)
    return bucket_ms_min;
  return std::max(bucket_ms_min, spec.bound->upper_ms - spec.bound->lower_ms);
}

/// Columns `columns` of the pairs, as numbered in the join's output.
batch_ptr pair_columns(const std::vector<int>& columns, schema_ptr layout,
                       int input, std::size_t left_columns, const batch& rows,
                       const join_bucket& bucket, const match_list& pairs) {
  std::vector<column_ptr> result;
  for (auto i : columns) {
    auto column = static_cast<std::size_t>(i);
    auto is_left = column < left_columns;
    auto index = is_left ? column : column - left_columns;
    if (is_left == (input == 0))
      result.push_back(take(*rows.columns[index], pairs.probe));
    else
      result.push_back(bucket.rows().gather(index, pairs.stored));
  }
  return make_batch(std::move(layout), std::move(result),
                    static_cast<std::int64_t>(pairs.probe.size()));
}

} // namespace

join_operator::join_operator(join_spec spec, schema_ptr left, schema_ptr right,
                             schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)),
      left_columns_(left->fields.size()),
      sides_{join_side(left, spec_.left_keys,
                       spec_.bound ? spec_.bound->left_time : -1,
                       bucket_width(spec_)),
             join_side(right, spec_.right_keys,
                       spec_.bound ? spec_.bound->right_time : -1,
                       bucket_width(spec_))} {
  all_columns_.resize(layout_->fields.size());
  std::iota(all_columns_.begin(), all_columns_.end(), 0);
  if (!spec_.residual)
    return;
  collect_columns(*spec_.residual, residual_columns_);
  std::sort(residual_columns_.begin(), residual_columns_.end());
  residual_columns_.erase(
      std::unique(residual_columns_.begin(), residual_columns_.end()),
      residual_columns_.end());
  std::vector<expr_ptr> places(layout_->fields.size());
  auto narrow = std::make_shared<schema>();
  for (auto i : residual_columns_) {
    const auto& field = layout_->fields[static_cast<std::size_t>(i)];
    places[static_cast<std::size_t>(i)] = make_column(
        static_cast<int>(narrow->fields.size()), field.type, field.name);
    narrow->fields.push_back(field);
  }
  residual_ = substitute(spec_.residual, places);
  residual_layout_ = std::move(narrow);
}

absl::Status join_operator::process(int input, const batch_ptr& rows,
                                    output& out) {
  counters_.rows_in += rows->rows;
  auto& side = sides_[input];
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, side.keys(), hashes);
  auto times = side.times(*rows);
  HERALD_TRY(probe(input, rows, times, hashes, out));
  side.apply(*rows, hashes, times);
  return absl::OkStatus();
}

absl::Status join_operator::probe(int input, const batch_ptr& rows,
                                  const std::vector<event_time>& times,
                                  std::span<const std::uint64_t> hashes,
                                  output& out) {
  const auto& other = sides_[1 - input];
  if (other.all().empty() || rows->rows == 0)
    return absl::OkStatus();
  auto whole = rows_with_values(*rows, sides_[input].needed());
  const auto* which = whole ? &*whole : nullptr;
  if (which && which->empty())
    return absl::OkStatus();
  auto begin = other.all().begin();
  auto end = other.all().end();
  if (spec_.bound) {
    // Times of the other side that these rows can meet.
    auto low = time_max;
    auto high = time_min;
    auto widen = [&](event_time t) {
      low = std::min(low, t);
      high = std::max(high, t);
    };
    if (which)
      for (auto row : *which)
        widen(times[static_cast<std::size_t>(row)]);
    else
      std::for_each(times.begin(), times.end(), widen);
    auto lower = input == 0 ? spec_.bound->lower_ms : -spec_.bound->upper_ms;
    auto upper = input == 0 ? spec_.bound->upper_ms : -spec_.bound->lower_ms;
    begin = other.all().lower_bound(other.bucket_of(low + lower));
    end = other.all().upper_bound(other.bucket_of(high + upper));
  }
  auto pairs_max = static_cast<std::size_t>(context_.batch_rows);
  match_list pairs;
  for (; begin != end; ++begin) {
    const auto& bucket = begin->second;
    auto cursor = bucket.find(*rows, sides_[input].keys(), which, hashes);
    while (bucket.match(cursor, which, pairs_max, pairs)) {
      if (spec_.bound)
        keep_in_bound(input, times, bucket, pairs);
      HERALD_TRY(emit(input, *rows, bucket, pairs, out));
    }
  }
  return absl::OkStatus();
}

void join_operator::keep_in_bound(int input,
                                  const std::vector<event_time>& times,
                                  const join_bucket& bucket,
                                  match_list& pairs) const {
  const auto& bound = *spec_.bound;
  auto column = input == 0 ? bound.right_time : bound.left_time;
  auto stored = times_of(
      *bucket.rows().gather(static_cast<std::size_t>(column), pairs.stored));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    auto mine = times[static_cast<std::size_t>(pairs.probe[i])];
    auto distance = input == 0 ? stored[i] - mine : mine - stored[i];
    if (distance < bound.lower_ms || distance > bound.upper_ms)
      continue;
    pairs.probe[kept] = pairs.probe[i];
    pairs.stored[kept] = pairs.stored[i];
    ++kept;
  }
  pairs.probe.resize(kept);
  pairs.stored.resize(kept);
}

absl::StatusOr<bool> join_operator::passes(int input, const batch& rows,
                                           const join_bucket& bucket,
                                           match_list& pairs) {
  if (!residual_)
    return !pairs.probe.empty();
  auto columns = pair_columns(residual_columns_, residual_layout_, input,
                              left_columns_, rows, bucket, pairs);
  HERALD_ASSIGN(auto kept, select_rows(*residual_, *columns, context_.eval));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    auto from = static_cast<std::size_t>(kept[i]);
    pairs.probe[i] = pairs.probe[from];
    pairs.stored[i] = pairs.stored[from];
  }
  pairs.probe.resize(kept.size());
  pairs.stored.resize(kept.size());
  return !kept.empty();
}

absl::Status join_operator::emit(int input, const batch& rows,
                                 const join_bucket& bucket, match_list& pairs,
                                 output& out) {
  HERALD_ASSIGN(auto any, passes(input, rows, bucket, pairs));
  if (!any)
    return absl::OkStatus();
  auto result = pair_columns(all_columns_, layout_, input, left_columns_, rows,
                             bucket, pairs);
  if (rows.changes) {
    auto changes = allocate_buffer(result->rows);
    for (std::size_t i = 0; i < pairs.probe.size(); ++i)
      changes->mutable_data()[i] = rows.changes->data()[pairs.probe[i]];
    result = make_batch(layout_, result->columns, result->rows, changes);
  }
  counters_.rows_out += result->rows;
  return out.emit(std::move(result));
}

absl::Status join_operator::advance(event_time t, output& out) {
  if (!spec_.bound)
    return out.advance(t);
  if (t == time_max) {
    sides_[0].forget(t);
    sides_[1].forget(t);
    return out.advance(t);
  }
  // A left row meets right times up to left + upper, a right row left times
  // up to right - lower; rows still to come are later than t.
  sides_[0].forget(t - spec_.bound->upper_ms);
  sides_[1].forget(t + spec_.bound->lower_ms);
  auto behind = std::max(
      {std::int64_t{0}, spec_.bound->upper_ms, -spec_.bound->lower_ms});
  return out.advance(t - behind);
}

absl::Status join_operator::write(state_writer& writer) const {
  for (int i = 0; i < 2; ++i) {
    HERALD_TRY(sides_[i].write(side_tables[i], writer));
  }
  return absl::OkStatus();
}

absl::Status join_operator::read(const state_reader& reader) {
  for (int i = 0; i < 2; ++i) {
    HERALD_TRY(
        sides_[i].read(side_tables[i], context_.key_groups_owned(), reader));
  }
  return absl::OkStatus();
}

std::int64_t join_operator::state_bytes() const {
  return sides_[0].memory_bytes() + sides_[1].memory_bytes();
}

} // namespace herald
