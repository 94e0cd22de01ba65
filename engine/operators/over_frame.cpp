#include "engine/operators/over_frame.hpp"

#include "engine/operators/compare.hpp"

#include <algorithm>
#include <limits>

namespace herald {

namespace {

using bound_kind = over_bound::kind_type;

constexpr int128 int128_max
    = static_cast<int128>(~static_cast<unsigned __int128>(0) >> 1);

int128 plus(int128 x, int128 distance, bool minus) {
  int128 result;
  const bool overflow = minus ? __builtin_sub_overflow(x, distance, &result)
                              : __builtin_add_overflow(x, distance, &result);
  if (!overflow)
    return result;
  return minus ? -int128_max : int128_max;
}

double plus(double x, double distance, bool minus) {
  return minus ? x - distance : x + distance;
}

bool has_offset(const over_bound& x) {
  return x.kind == bound_kind::preceding || x.kind == bound_kind::following;
}

template <class To, class From>
std::vector<To> widened(const column& x) {
  const auto values = x.as<From>();
  return {values.begin(), values.end()};
}

std::vector<int128> exact_values(const column& x) {
  switch (x.type.storage()) {
  case storage_kind::i8:
    return widened<int128, std::int8_t>(x);
  case storage_kind::i16:
    return widened<int128, std::int16_t>(x);
  case storage_kind::i32:
    return widened<int128, std::int32_t>(x);
  case storage_kind::i64:
    return widened<int128, std::int64_t>(x);
  case storage_kind::i128:
    return widened<int128, int128>(x);
  default:
    return {};
  }
}

int128 exact_offset(const scalar& x) {
  if (const auto* number = std::get_if<std::int64_t>(&x.value))
    return *number;
  return std::get<int128>(x.value);
}

std::int32_t row_offset(const over_bound& x) {
  return static_cast<std::int32_t>(
      std::min<std::int64_t>(std::get<std::int64_t>(x.offset.value),
                             std::numeric_limits<std::int32_t>::max() / 2));
}

} // namespace

over_rows::over_rows(const batch& rows, std::span<const over_segment> segments,
                     const std::vector<sort_key>& order, bool peers)
    : rows_(rows), segments_(segments), order_(order) {
  for (const auto& x : segments_)
    fresh_ += static_cast<std::size_t>(x.end - x.fresh);
  if (!peers)
    return;
  std::vector<std::uint8_t> differs(static_cast<std::size_t>(rows.rows), 0);
  for (const auto& key : order_) {
    const auto& column = *rows.columns[static_cast<std::size_t>(key.column)];
    for (std::int64_t i = 1; i < rows.rows; ++i)
      if (!differs[static_cast<std::size_t>(i)]
          && !same_value(column, i - 1, column, i))
        differs[static_cast<std::size_t>(i)] = 1;
  }
  first_.resize(differs.size());
  behind_.resize(differs.size());
  for (const auto& x : segments_) {
    for (auto i = x.begin; i < x.end; ++i)
      first_[static_cast<std::size_t>(i)]
          = i == x.begin || differs[static_cast<std::size_t>(i)]
                ? i
                : first_[static_cast<std::size_t>(i) - 1];
    for (auto i = x.end - 1; i >= x.begin; --i)
      behind_[static_cast<std::size_t>(i)]
          = i == x.end - 1 || differs[static_cast<std::size_t>(i) + 1]
                ? i + 1
                : behind_[static_cast<std::size_t>(i) + 1];
  }
}

frame_finder::frame_finder(const over_rows& rows, const over_frame& frame)
    : rows_(rows), frame_(frame) {
  if (frame.rows || (!has_offset(frame.start) && !has_offset(frame.end)))
    return;
  values_ = rows.rows()
                .columns[static_cast<std::size_t>(rows.order()[0].column)]
                .get();
  const auto storage = values_->type.storage();
  if (storage == storage_kind::f32)
    real_ = widened<double, float>(*values_);
  else if (storage == storage_kind::f64)
    real_ = widened<double, double>(*values_);
  else
    exact_ = exact_values(*values_);
}

template <class T>
std::int32_t frame_finder::search(const over_segment& x,
                                  const std::vector<T>& values, T target,
                                  bool past) const {
  const auto& key = rows_.order()[0];
  auto low = x.begin;
  auto high = x.end;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const auto value = values[static_cast<std::size_t>(middle)];
    bool behind = false;
    if (values_->is_null(middle))
      behind = !key.nulls_first;
    else if (key.descending)
      behind = past ? value < target : value <= target;
    else // NaN is the highest
      behind = past ? !(value <= target) : !(value < target);
    if (behind)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

std::int32_t frame_finder::find(const over_segment& x, std::int32_t row,
                                const over_bound& bound, bool past) const {
  const auto at = static_cast<std::size_t>(row);
  const bool nowhere
      = values_->is_null(row) || (!real_.empty() && real_[at] != real_[at]);
  if (nowhere)
    return past ? rows_.behind_peers(row) : rows_.first_peer(row);
  const bool minus
      = (bound.kind == bound_kind::preceding) != rows_.order()[0].descending;
  if (!real_.empty())
    return search(x, real_,
                  plus(real_[at], std::get<double>(bound.offset.value), minus),
                  past);
  return search(x, exact_, plus(exact_[at], exact_offset(bound.offset), minus),
                past);
}

std::int32_t frame_finder::low(const over_segment& x, std::int32_t row) const {
  const auto& bound = frame_.start;
  switch (bound.kind) {
  case bound_kind::unbounded_preceding:
    return x.begin;
  case bound_kind::unbounded_following:
    return x.end;
  case bound_kind::current_row:
    return frame_.rows ? row : rows_.first_peer(row);
  case bound_kind::preceding:
  case bound_kind::following:
    break;
  }
  if (!frame_.rows)
    return find(x, row, bound, false);
  return bound.kind == bound_kind::preceding
             ? std::max(x.begin, row - row_offset(bound))
             : std::min(x.end, row + row_offset(bound));
}

std::int32_t frame_finder::high(const over_segment& x, std::int32_t row) const {
  const auto& bound = frame_.end;
  switch (bound.kind) {
  case bound_kind::unbounded_preceding:
    return x.begin;
  case bound_kind::unbounded_following:
    return x.end;
  case bound_kind::current_row:
    return frame_.rows ? row + 1 : rows_.behind_peers(row);
  case bound_kind::preceding:
  case bound_kind::following:
    break;
  }
  if (!frame_.rows)
    return find(x, row, bound, true);
  return bound.kind == bound_kind::preceding
             ? std::max(x.begin, row + 1 - row_offset(bound))
             : std::min(x.end, row + 1 + row_offset(bound));
}

} // namespace herald
