#include "engine/operators/row_order.hpp"

#include "engine/operators/compare.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace herald {

namespace {

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

std::uint64_t prefix_of(std::int64_t x) {
  return static_cast<std::uint64_t>(x) ^ top_bit;
}

std::uint64_t prefix_of(double x) {
  if (x != x)
    return std::numeric_limits<std::uint64_t>::max();
  const auto bits = std::bit_cast<std::uint64_t>(x == 0 ? 0.0 : x);
  return (bits & top_bit) != 0 ? ~bits : bits ^ top_bit;
}

std::uint64_t prefix_of(float x) {
  return prefix_of(static_cast<double>(x));
}

std::uint64_t prefix_of(int128 x) {
  constexpr int128 low = std::numeric_limits<std::int64_t>::min();
  constexpr int128 high = std::numeric_limits<std::int64_t>::max();
  return prefix_of(static_cast<std::int64_t>(std::clamp(x, low, high)));
}

std::uint64_t prefix_of(std::string_view x) {
  std::uint64_t result = 0;
  std::memcpy(&result, x.data(), std::min(x.size(), sizeof result));
  return __builtin_bswap64(result);
}

template <class T>
void fill(const column& x, std::vector<std::uint64_t>& out) {
  const auto values = x.as<T>();
  using widest = std::conditional_t<std::is_integral_v<T> && sizeof(T) <= 8,
                                    std::int64_t, T>;
  for (std::size_t i = 0; i < values.size(); ++i)
    out[i] = prefix_of(static_cast<widest>(values[i]));
}

void fill_values(const column& x, std::vector<std::uint64_t>& out) {
  switch (x.type.storage()) {
  case storage_kind::i8:
    return fill<std::int8_t>(x, out);
  case storage_kind::i16:
    return fill<std::int16_t>(x, out);
  case storage_kind::i32:
    return fill<std::int32_t>(x, out);
  case storage_kind::i64:
    return fill<std::int64_t>(x, out);
  case storage_kind::f32:
    return fill<float>(x, out);
  case storage_kind::f64:
    return fill<double>(x, out);
  case storage_kind::i128:
    return fill<int128>(x, out);
  case storage_kind::bit:
    for (std::int64_t i = 0; i < x.length; ++i)
      out[static_cast<std::size_t>(i)] = x.is_null(i) ? 0 : x.bit(i);
    return;
  case storage_kind::text:
    for (std::int64_t i = 0; i < x.length; ++i)
      if (!x.is_null(i))
        out[static_cast<std::size_t>(i)] = prefix_of(x.text(i));
    return;
  case storage_kind::none:
  case storage_kind::list:
  case storage_kind::fields:
    return; // all alike: the values themselves decide
  }
}

} // namespace

void sort_prefixes(const column& x, const sort_key& key,
                   std::vector<std::uint64_t>& out) {
  out.assign(static_cast<std::size_t>(x.length), 0);
  fill_values(x, out);
  if (key.descending)
    for (auto& prefix : out)
      prefix = ~prefix;
  if (x.null_count == 0)
    return;
  for (std::int64_t i = 0; i < x.length; ++i)
    if (x.is_null(i))
      out[static_cast<std::size_t>(i)]
          = key.nulls_first ? 0 : std::numeric_limits<std::uint64_t>::max();
}

row_order::row_order(const schema& layout, std::vector<sort_key> keys,
                     const std::vector<sort_key>& ties, last_word last)
    : keys_(std::move(keys)), peer_keys_(keys_.size()), last_(last) {
  const auto add = [this](const sort_key& key) {
    if (std::none_of(keys_.begin(), keys_.end(),
                     [&](const sort_key& x) { return x.column == key.column; }))
      keys_.push_back(key);
  };
  for (const auto& key : ties)
    add(key);
  if (last_ == last_word::content)
    for (int i = 0; i < static_cast<int>(layout.fields.size()); ++i)
      add({i});
}

void row_order::prefixes(const batch& x,
                         std::vector<std::uint64_t>& out) const {
  if (keys_.empty()) {
    out.assign(static_cast<std::size_t>(x.rows), 0);
    return;
  }
  const auto& first = keys_[0];
  sort_prefixes(*x.columns[static_cast<std::size_t>(first.column)], first, out);
}

namespace {

int compare_by(const row_store& rows, const sort_key& key, std::int32_t a,
               std::int32_t b) {
  const auto column = static_cast<std::size_t>(key.column);
  const auto order = rows.compare(column, a, b);
  if (order == 0)
    return 0;
  if (rows.is_null(column, a) || rows.is_null(column, b))
    return key.nulls_first ? order : -order;
  return key.descending ? -order : order;
}

} // namespace

int compare_rows(const batch& rows, const std::vector<sort_key>& keys,
                 std::int32_t a, std::int32_t b) {
  for (const auto& key : keys) {
    const auto& x = *rows.columns[static_cast<std::size_t>(key.column)];
    const auto order = compare_value(x, a, x, b);
    if (order == 0)
      continue;
    const bool nulls = x.is_null(a) || x.is_null(b);
    return (nulls ? key.nulls_first : !key.descending) ? order : -order;
  }
  return 0;
}

int row_order::compare(const row_store& rows, std::int32_t a,
                       std::int32_t b) const {
  for (const auto& key : keys_)
    if (const auto order = compare_by(rows, key, a, b))
      return order;
  return last_ == last_word::arrival ? compare_three_way(a, b) : 0;
}

bool row_order::peers(const row_store& rows, std::int32_t a,
                      std::int32_t b) const {
  for (std::size_t i = 0; i < peer_keys_; ++i)
    if (rows.compare(static_cast<std::size_t>(keys_[i].column), a, b) != 0)
      return false;
  return true;
}

} // namespace herald
