#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/arrow_convert.hpp"
#include "engine/columnar/batch.hpp"
#include "engine/columnar/bits.hpp"
#include "engine/common/error.hpp"

#include <cstring>
#include <limits>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace herald {

namespace {

using arrow_data = arrow::ArrayData;

absl::Status wrong_length(std::int64_t rows) {
  return user_error(fmt::format("a column of {} rows; at most {} are allowed",
                                rows, column::rows_max));
}

/// Shares `count` values from the offset on, or copies them where they are
/// not aligned for `width`.
buffer_ptr share_values(const arrow_data& x, int width, std::int64_t count) {
  if (count == 0)
    return allocate_buffer(0);
  auto values
      = arrow::SliceBuffer(x.buffers[1], x.offset * width, count * width);
  if (values->address() % static_cast<unsigned>(width) == 0)
    return values;
  auto copy = allocate_buffer(values->size());
  std::memcpy(copy->mutable_data(), values->data(),
              static_cast<std::size_t>(values->size()));
  return copy;
}

// -- texts -------------------------------------------------------------------

/// Takes views as they are, but for those of NULLs, which may be anything.
void import_views(column& to, const arrow_data& x) {
  to.heaps.assign(x.buffers.begin() + 2, x.buffers.end());
  if (x.length == 0) {
    to.values = allocate_buffer(0);
    return;
  }
  to.values = arrow::SliceBuffer(x.buffers[1], x.offset * 16, x.length * 16);
  auto aligned = to.values->address() % alignof(string_ref) == 0;
  if (aligned && to.validity == nullptr)
    return;
  auto copy = allocate_buffer(x.length * 16);
  auto* refs = reinterpret_cast<string_ref*>(copy->mutable_data());
  std::memcpy(refs, to.values->data(), static_cast<std::size_t>(x.length * 16));
  for (std::int64_t row = 0; row < x.length; ++row)
    if (to.is_null(row))
      refs[row] = make_ref({}, 0, 0);
  to.values = std::move(copy);
}

/// Makes views of texts that lie one after another in one buffer. `Offset` is
/// the type of the offsets; where 32 bits do not reach, another heap begins.
template <class Offset>
absl::Status import_offsets(column& to, const arrow_data& x) {
  constexpr std::int64_t reach = std::numeric_limits<std::int32_t>::max();
  auto values = allocate_buffer(x.length * 16);
  auto* refs = reinterpret_cast<string_ref*>(values->mutable_data());
  const auto* offsets = x.length > 0 ? x.GetValues<Offset>(1) : nullptr;
  const auto& bytes = x.buffers[2];
  std::int64_t base = 0;
  for (std::int64_t row = 0; row < x.length; ++row) {
    if (to.is_null(row)) {
      refs[row] = make_ref({}, 0, 0);
      continue;
    }
    std::int64_t begin = offsets[row];
    auto size = static_cast<std::int64_t>(offsets[row + 1]) - begin;
    if (size > reach)
      return user_error("a text has more than 2147483647 bytes");
    std::string_view text;
    if (size > 0)
      text = {reinterpret_cast<const char*>(bytes->data()) + begin,
              static_cast<std::size_t>(size)};
    if (size > string_ref::inline_max
        && (to.heaps.empty() || begin + size - base > reach)) {
      base = to.heaps.empty() && begin + size <= reach ? 0 : begin;
      to.heaps.push_back(arrow::SliceBuffer(bytes, base));
    }
    refs[row] = make_ref(text, static_cast<std::int32_t>(to.heaps.size()) - 1,
                         static_cast<std::int32_t>(begin - base));
  }
  to.values = std::move(values);
  return absl::OkStatus();
}

/// FIXED_SIZE_BINARY(n).
absl::Status import_blocks(column& to, const arrow_data& x) {
  std::int64_t width
      = static_cast<const arrow::FixedSizeBinaryType&>(*x.type).byte_width();
  auto values = allocate_buffer(x.length * 16);
  auto* refs = reinterpret_cast<string_ref*>(values->mutable_data());
  for (std::int64_t row = 0; row < x.length; ++row) {
    auto begin = (x.offset + row) * width;
    if (begin > std::numeric_limits<std::int32_t>::max())
      return user_error("a column of fixed bytes has more than 2 GiB");
    std::string_view text;
    if (width > 0 && !to.is_null(row))
      text = {reinterpret_cast<const char*>(x.buffers[1]->data()) + begin,
              static_cast<std::size_t>(width)};
    refs[row] = make_ref(text, 0, static_cast<std::int32_t>(begin));
  }
  to.values = std::move(values);
  if (width > string_ref::inline_max && x.length > 0)
    to.heaps = {x.buffers[1]};
  return absl::OkStatus();
}

absl::Status import_texts(column& to, const arrow_data& x) {
  switch (x.type->id()) {
  case arrow::Type::STRING:
  case arrow::Type::BINARY:
    return import_offsets<std::int32_t>(to, x);
  case arrow::Type::LARGE_STRING:
  case arrow::Type::LARGE_BINARY:
    return import_offsets<std::int64_t>(to, x);
  case arrow::Type::FIXED_SIZE_BINARY:
    return import_blocks(to, x);
  default:
    import_views(to, x);
    return absl::OkStatus();
  }
}

// -- nested ------------------------------------------------------------------

/// Writes offsets that `at(i)` gives for i in [0, length].
template <class At>
buffer_ptr make_offsets(std::int64_t length, At at) {
  auto result = allocate_buffer((length + 1) * 4);
  auto* out = reinterpret_cast<std::int32_t*>(result->mutable_data());
  for (std::int64_t i = 0; i <= length; ++i)
    out[i] = static_cast<std::int32_t>(at(i));
  return result;
}

absl::Status import_list(column& to, const arrow_data& x) {
  const auto& elements = *x.child_data[0];
  HERALD_ASSIGN(auto child, from_arrow(elements, to.type.element()));
  if (x.length == 0) {
    to.values = allocate_zeros(4);
  } else if (x.type->id() == arrow::Type::LARGE_LIST) {
    const auto* offsets = x.GetValues<std::int64_t>(1);
    to.values = make_offsets(x.length, [&](auto i) { return offsets[i]; });
  } else if (x.type->id() == arrow::Type::FIXED_SIZE_LIST) {
    std::int64_t size
        = static_cast<const arrow::FixedSizeListType&>(*x.type).list_size();
    to.values
        = make_offsets(x.length, [&](auto i) { return (x.offset + i) * size; });
  } else {
    to.values = share_values(x, 4, x.length + 1);
  }
  to.children = {std::move(child)};
  return absl::OkStatus();
}

absl::Status import_fields(column& to, const arrow_data& x) {
  for (std::size_t i = 0; i < x.child_data.size(); ++i) {
    auto part = x.child_data[i]->Slice(x.offset, x.length);
    const auto& type = to.type.fields()[i].type;
    // Below a NULL row a field may be NULL whatever its type says.
    auto child = from_arrow(
        *part, type.with_nullable(to.validity != nullptr || type.nullable()));
    if (!child.ok())
      return annotate(child.status(),
                      fmt::format("field `{}`", to.type.fields()[i].name));
    auto typed = std::make_shared<column>(**child);
    typed->type = type;
    to.children.push_back(std::move(typed));
  }
  return absl::OkStatus();
}

absl::StatusOr<column_ptr> import_dictionary(const arrow_data& x,
                                             const data_type& type) {
  HERALD_ASSIGN(auto words,
                from_arrow(*x.dictionary, type.with_nullable(true)));
  auto nulls = x.GetNullCount() > 0;
  auto index_type
      = static_cast<const arrow::DictionaryType&>(*x.type).index_type()->id();
  // One word more than the dictionary has, NULL, stands for NULLs.
  if (nulls) {
    std::vector<column_ptr> parts{words, null_column(words->type, 1)};
    words = concat(parts);
  }
  row_list rows(static_cast<std::size_t>(x.length));
  for (std::int64_t row = 0; row < x.length; ++row)
    rows[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(
        nulls && x.IsNull(row) ? words->length - 1
                               : index_at(x, index_type, row));
  auto result = std::make_shared<column>(*take(*words, rows));
  result->type = type;
  return result;
}

absl::Status import_values(column& to, const arrow_data& x) {
  switch (to.type.storage()) {
  case storage_kind::none:
    return absl::OkStatus();
  case storage_kind::bit:
    to.values = x.length == 0 ? allocate_buffer(0)
                              : slice_bits(x.buffers[1], x.offset, x.length);
    return absl::OkStatus();
  case storage_kind::text:
    return import_texts(to, x);
  case storage_kind::list:
    return import_list(to, x);
  case storage_kind::fields:
    return import_fields(to, x);
  default: {
    HERALD_ASSIGN(to.values, convert_values(to, x));
    if (to.values == nullptr)
      to.values = share_values(x, to.type.width(), x.length);
    return absl::OkStatus();
  }
  }
}

} // namespace

absl::StatusOr<column_ptr> from_arrow(const arrow_data& x,
                                      const data_type& type) {
  if (x.length < 0 || x.length > column::rows_max)
    return wrong_length(x.length);
  if (type.storage() == storage_kind::none)
    return null_column(type, x.length);
  if (x.type->id() == arrow::Type::DICTIONARY) {
    HERALD_ASSIGN(auto decoded, import_dictionary(x, type));
    if (!type.nullable() && decoded->null_count > 0)
      return user_error("NULL in a field that is NOT NULL");
    return decoded;
  }
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = x.length;
  result->null_count = x.GetNullCount();
  if (!type.nullable() && result->null_count > 0)
    return user_error("NULL in a field that is NOT NULL");
  if (result->null_count > 0)
    result->validity = slice_bits(x.buffers[0], x.offset, x.length);
  HERALD_TRY(import_values(*result, x));
  return result;
}

} // namespace herald
