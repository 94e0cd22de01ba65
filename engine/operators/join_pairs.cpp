#include "engine/operators/filter.hpp"
#include "engine/operators/join.hpp"

#include <algorithm>
#include <limits>

namespace herald {

void join_operator::keep_in_bound(const probe& x, join_matches& pairs) const {
  const auto& bound = *spec_.bound;
  const auto lower
      = bound.lower_ms.value_or(std::numeric_limits<std::int64_t>::min());
  const auto upper
      = bound.upper_ms.value_or(std::numeric_limits<std::int64_t>::max());
  const auto column = x.input == 0 ? bound.right_time : bound.left_time;
  const auto stored = times_of(*sides_[1 - x.input].rows().gather(
      static_cast<std::size_t>(column), pairs.stored));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const auto mine = x.times[static_cast<std::size_t>(pairs.probe[i])];
    const auto distance = x.input == 0 ? stored[i] - mine : mine - stored[i];
    if (distance >= lower && distance <= upper)
      pairs.keep(kept++, i);
  }
  pairs.shrink(kept);
}

absl::Status join_operator::keep_passing(const probe& x, join_matches& pairs) {
  if (!residual_ || pairs.probe.empty())
    return absl::OkStatus();
  const auto columns
      = pair_columns(residual_columns_, residual_layout_, x, pairs);
  HERALD_ASSIGN(const auto kept,
                select_rows(*residual_, *columns, context_.eval));
  for (std::size_t i = 0; i < kept.size(); ++i)
    pairs.keep(i, static_cast<std::size_t>(kept[i]));
  pairs.shrink(kept.size());
  return absl::OkStatus();
}

/// Counts the pairs on both sides; gives the rows of the other side whose
/// count left 0, or came back to it.
std::vector<std::int32_t> join_operator::count(probe& x,
                                               const join_matches& pairs) {
  if (counts(x.input) && !x.removal)
    for (const auto row : pairs.probe)
      ++x.counts[static_cast<std::size_t>(row)];
  std::vector<std::int32_t> turned;
  auto& other = sides_[1 - x.input];
  if (!other.options().counts)
    return turned;
  for (const auto row : pairs.stored) {
    auto& count = other.count_of(row);
    if (x.removal ? --count == 0 : count++ == 0)
      turned.push_back(row);
  }
  return turned;
}

batch_ptr join_operator::pair_columns(const std::vector<int>& columns,
                                      schema_ptr layout, const probe& x,
                                      const join_matches& pairs) const {
  const auto left_columns = inputs_[0]->fields.size();
  const auto& stored = sides_[1 - x.input].rows();
  std::vector<column_ptr> result;
  for (const auto i : columns) {
    const auto column = static_cast<std::size_t>(i);
    const auto is_left = column < left_columns;
    const auto index = is_left ? column : column - left_columns;
    if (is_left == (x.input == 0))
      result.push_back(take(*x.rows->columns[index], pairs.probe));
    else
      result.push_back(stored.gather(index, pairs.stored));
  }
  return make_batch(std::move(layout), std::move(result),
                    static_cast<std::int64_t>(pairs.probe.size()));
}

absl::Status join_operator::emit_pairs(const probe& x,
                                       const join_matches& pairs, output& out) {
  auto result = pair_columns(all_columns_, layout_, x, pairs);
  if (x.rows->changes) {
    auto changes = allocate_buffer(result->rows);
    for (std::size_t i = 0; i < pairs.probe.size(); ++i)
      changes->mutable_data()[i] = x.rows->changes->data()[pairs.probe[i]];
    result = make_batch(layout_, result->columns, result->rows, changes);
  }
  return out.emit(std::move(result));
}

absl::Status join_operator::emit_alone(int side, const batch_ptr& rows,
                                       output& out) {
  if (rows->rows == 0)
    return absl::OkStatus();
  std::vector<column_ptr> columns;
  const auto add_nulls = [&](const schema& other) {
    for (const auto& part : other.fields)
      columns.push_back(null_column(part.type.with_nullable(true), rows->rows));
  };
  if (side == 1)
    add_nulls(*inputs_[0]);
  columns.insert(columns.end(), rows->columns.begin(), rows->columns.end());
  if (side == 0 && !is_filter(spec_.type))
    add_nulls(*inputs_[1]);
  return out.emit(
      make_batch(layout_, std::move(columns), rows->rows, rows->changes));
}

absl::Status join_operator::emit_stored(int side,
                                        std::span<const std::int32_t> rows,
                                        change kind, output& out) {
  const auto& store = sides_[side].rows();
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < inputs_[side]->fields.size(); ++i)
    columns.push_back(store.gather(i, rows));
  const auto count = static_cast<std::int64_t>(rows.size());
  std::shared_ptr<arrow::MutableBuffer> changes;
  if (kind != change::insert) {
    changes = allocate_buffer(count);
    std::fill_n(changes->mutable_data(), count,
                static_cast<std::uint8_t>(kind));
  }
  return emit_alone(
      side,
      make_batch(inputs_[side], std::move(columns), count, std::move(changes)),
      out);
}

} // namespace herald
