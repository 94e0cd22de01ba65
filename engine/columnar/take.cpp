#include "engine/columnar/batch.hpp"
#include "engine/columnar/bits.hpp"
#include "engine/common/check.hpp"

#include <cstring>
#include <utility>

namespace herald {

namespace {

/// Sixteen bytes of any meaning: a decimal or a view.
struct alignas(16) block {
  std::uint64_t words[2];
};

template <class T>
buffer_ptr gather(const std::uint8_t* values,
                  std::span<const std::int32_t> rows) {
  auto result
      = allocate_buffer(static_cast<std::int64_t>(rows.size() * sizeof(T)));
  auto* out = reinterpret_cast<T*>(result->mutable_data());
  const auto* in = reinterpret_cast<const T*>(values);
  const auto* at = rows.data();
  for (std::size_t i = 0, n = rows.size(); i < n; ++i)
    out[i] = in[at[i]];
  return result;
}

/// Views need no more than 4-byte alignment, so they may not go as `block`.
buffer_ptr gather_refs(const column& x, std::span<const std::int32_t> rows) {
  auto result = allocate_buffer(static_cast<std::int64_t>(rows.size() * 16));
  auto* out = result->mutable_data();
  const auto* in = x.values->data();
  for (auto row : rows) {
    std::memcpy(out, in + static_cast<std::int64_t>(row) * 16, 16);
    out += 16;
  }
  return result;
}

buffer_ptr gather_values(const column& x, std::span<const std::int32_t> rows) {
  if (rows.empty())
    return allocate_buffer(0);
  if (x.type.storage() == storage_kind::text)
    return gather_refs(x, rows);
  switch (x.type.width()) {
  case 1:
    return gather<std::uint8_t>(x.values->data(), rows);
  case 2:
    return gather<std::uint16_t>(x.values->data(), rows);
  case 4:
    return gather<std::uint32_t>(x.values->data(), rows);
  case 8:
    return gather<std::uint64_t>(x.values->data(), rows);
  default:
    return gather<block>(x.values->data(), rows);
  }
}

void take_list(column& to, const column& x,
               std::span<const std::int32_t> rows) {
  auto result
      = allocate_buffer(static_cast<std::int64_t>((rows.size() + 1) * 4));
  auto* offsets = reinterpret_cast<std::int32_t*>(result->mutable_data());
  auto from = x.offsets();
  row_list elements;
  *offsets++ = 0;
  for (auto row : rows) {
    if (!x.is_null(row)) {
      auto at = static_cast<std::size_t>(row);
      for (auto i = from[at]; i < from[at + 1]; ++i)
        elements.push_back(i);
    }
    HERALD_CHECK_LE(static_cast<std::int64_t>(elements.size()),
                    column::rows_max);
    *offsets++ = static_cast<std::int32_t>(elements.size());
  }
  to.values = std::move(result);
  to.children = {take(*x.children[0], elements)};
}

column_ptr slice(const column& x, std::int64_t begin, std::int64_t count) {
  auto result = std::make_shared<column>();
  result->type = x.type;
  result->length = count;
  if (x.validity && count > 0) {
    auto bits = slice_bits(x.validity, begin, count);
    result->null_count = count_nulls(bits.get(), count);
    if (result->null_count > 0)
      result->validity = std::move(bits);
  }
  switch (x.type.storage()) {
  case storage_kind::none:
    break;
  case storage_kind::bit:
    result->values = slice_bits(x.values, begin, count);
    break;
  case storage_kind::list:
    result->values = arrow::SliceBuffer(x.values, begin * 4, (count + 1) * 4);
    result->children = x.children;
    break;
  case storage_kind::fields:
    for (const auto& child : x.children)
      result->children.push_back(slice(*child, begin, count));
    break;
  default:
    result->values = arrow::SliceBuffer(x.values, begin * x.type.width(),
                                        count * x.type.width());
    result->heaps = x.heaps;
  }
  return result;
}

} // namespace

column_ptr take(const column& x, std::span<const std::int32_t> rows) {
  auto result = std::make_shared<column>();
  result->type = x.type;
  result->length = static_cast<std::int64_t>(rows.size());
  HERALD_CHECK_LE(result->length, column::rows_max);
  if (x.validity && !rows.empty()) {
    auto bits = take_bits(x.validity->data(), rows);
    result->null_count = count_nulls(bits.get(), result->length);
    if (result->null_count > 0)
      result->validity = std::move(bits);
  }
  switch (x.type.storage()) {
  case storage_kind::none:
    break;
  case storage_kind::bit:
    result->values = take_bits(x.values->data(), rows);
    break;
  case storage_kind::list:
    take_list(*result, x, rows);
    break;
  case storage_kind::fields:
    for (const auto& child : x.children)
      result->children.push_back(take(*child, rows));
    break;
  default:
    result->values = gather_values(x, rows);
    result->heaps = x.heaps;
  }
  return result;
}

batch_ptr take(const batch& x, std::span<const std::int32_t> rows) {
  std::vector<column_ptr> columns;
  columns.reserve(x.columns.size());
  for (const auto& part : x.columns)
    columns.push_back(take(*part, rows));
  buffer_ptr changes;
  if (x.changes)
    changes = gather<std::uint8_t>(x.changes->data(), rows);
  return make_batch(x.layout, std::move(columns),
                    static_cast<std::int64_t>(rows.size()), std::move(changes));
}

batch_ptr slice(const batch& x, std::int64_t begin, std::int64_t count) {
  HERALD_CHECK_LE(0, begin);
  HERALD_CHECK_LE(0, count);
  HERALD_CHECK_LE(begin + count, x.rows);
  std::vector<column_ptr> columns;
  columns.reserve(x.columns.size());
  for (const auto& part : x.columns)
    columns.push_back(slice(*part, begin, count));
  buffer_ptr changes;
  if (x.changes)
    changes = arrow::SliceBuffer(x.changes, begin, count);
  return make_batch(x.layout, std::move(columns), count, std::move(changes));
}

} // namespace herald
