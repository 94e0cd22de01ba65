#include "engine/operators/compare.hpp"

#include <algorithm>
#include <cstring>

namespace herald {

namespace {

/// Of maps and multisets the order of entries says nothing.
bool same_list(const column& a, std::int64_t i, const column& b,
               std::int64_t j) {
  auto offsets_a = reinterpret_cast<const std::int32_t*>(a.values->data());
  auto offsets_b = reinterpret_cast<const std::int32_t*>(b.values->data());
  auto size = offsets_a[i + 1] - offsets_a[i];
  if (size != offsets_b[j + 1] - offsets_b[j])
    return false;
  const auto same_at = [&](std::int32_t x, std::int32_t y) {
    return same_value(*a.children[0], offsets_a[i] + x, *b.children[0],
                      offsets_b[j] + y);
  };
  const auto is_there = [&](std::int32_t x) {
    for (std::int32_t y = 0; y < size; ++y)
      if (same_at(x, y))
        return true;
    return false;
  };
  for (std::int32_t k = 0; k < size; ++k)
    if (!same_at(k, k) && !(a.type.has_entries() && is_there(k)))
      return false;
  return true;
}

template <class T>
bool same_float(T a, T b) {
  return a == b || (a != a && b != b);
}

} // namespace

bool same_value(const column& a, std::int64_t i, const column& b,
                std::int64_t j) {
  auto storage = a.type.storage();
  if (storage == storage_kind::none)
    return true;
  auto null_a = a.is_null(i);
  auto null_b = b.is_null(j);
  if (null_a || null_b)
    return null_a && null_b;
  auto at_i = static_cast<std::size_t>(i);
  auto at_j = static_cast<std::size_t>(j);
  switch (storage) {
  case storage_kind::none:
    return true;
  case storage_kind::bit:
    return a.bit(i) == b.bit(j);
  case storage_kind::f32:
    return same_float(a.as<float>()[at_i], b.as<float>()[at_j]);
  case storage_kind::f64:
    return same_float(a.as<double>()[at_i], b.as<double>()[at_j]);
  case storage_kind::text:
    return a.text(i) == b.text(j);
  case storage_kind::list:
    return same_list(a, i, b, j);
  case storage_kind::fields:
    return same_row(a.children, i, b.children, j);
  default: {
    auto width = static_cast<std::size_t>(a.type.width());
    return std::memcmp(a.values->data() + at_i * width,
                       b.values->data() + at_j * width, width)
           == 0;
  }
  }
}

namespace {

template <class T>
int compare_fixed(const column& a, std::int64_t i, const column& b,
                  std::int64_t j) {
  return compare_three_way(a.as<T>()[static_cast<std::size_t>(i)],
                           b.as<T>()[static_cast<std::size_t>(j)]);
}

int compare_list(const column& a, std::int64_t i, const column& b,
                 std::int64_t j) {
  const auto* x = reinterpret_cast<const std::int32_t*>(a.values->data()) + i;
  const auto* y = reinterpret_cast<const std::int32_t*>(b.values->data()) + j;
  const auto size_x = x[1] - x[0];
  const auto size_y = y[1] - y[0];
  for (std::int32_t k = 0; k < std::min(size_x, size_y); ++k)
    if (auto order
        = compare_value(*a.children[0], x[0] + k, *b.children[0], y[0] + k))
      return order;
  return compare_three_way(size_x, size_y);
}

int compare_fields(const column& a, std::int64_t i, const column& b,
                   std::int64_t j) {
  for (std::size_t k = 0; k < a.children.size(); ++k)
    if (auto order = compare_value(*a.children[k], i, *b.children[k], j))
      return order;
  return 0;
}

} // namespace

int compare_value(const column& a, std::int64_t i, const column& b,
                  std::int64_t j) {
  const auto storage = a.type.storage();
  if (storage == storage_kind::none)
    return 0;
  const auto null_a = a.is_null(i);
  const auto null_b = b.is_null(j);
  if (null_a || null_b)
    return null_b - null_a;
  switch (storage) {
  case storage_kind::none:
    return 0;
  case storage_kind::bit:
    return a.bit(i) - b.bit(j);
  case storage_kind::i8:
    return compare_fixed<std::int8_t>(a, i, b, j);
  case storage_kind::i16:
    return compare_fixed<std::int16_t>(a, i, b, j);
  case storage_kind::i32:
    return compare_fixed<std::int32_t>(a, i, b, j);
  case storage_kind::i64:
    return compare_fixed<std::int64_t>(a, i, b, j);
  case storage_kind::f32:
    return compare_fixed<float>(a, i, b, j);
  case storage_kind::f64:
    return compare_fixed<double>(a, i, b, j);
  case storage_kind::i128:
    return compare_fixed<int128>(a, i, b, j);
  case storage_kind::text:
    return compare_three_way(a.text(i), b.text(j));
  case storage_kind::list:
    return compare_list(a, i, b, j);
  case storage_kind::fields:
    return compare_fields(a, i, b, j);
  }
  return 0;
}

bool same_row(const std::vector<column_ptr>& a, std::int64_t i,
              const std::vector<column_ptr>& b, std::int64_t j) {
  for (std::size_t k = 0; k < a.size(); ++k)
    if (!same_value(*a[k], i, *b[k], j))
      return false;
  return true;
}

void mark_different(const column& a, const column& b,
                    std::span<std::uint8_t> out) {
  auto count = std::min(a.length, b.length);
  auto plain = a.type.storage() == storage_kind::i64 && a.null_count == 0
               && b.null_count == 0;
  if (plain) {
    auto x = a.as<std::int64_t>();
    auto y = b.as<std::int64_t>();
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      out[i] |= static_cast<std::uint8_t>(x[i] != y[i]);
    return;
  }
  for (std::int64_t i = 0; i < count; ++i)
    if (!same_value(a, i, b, i))
      out[static_cast<std::size_t>(i)] = 1;
}

} // namespace herald
