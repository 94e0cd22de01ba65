#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/common/error.hpp"

#include <limits>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace herald {

namespace {

/// Nanoseconds of 128 bits in 64.
absl::StatusOr<buffer_ptr> narrowed(const column& x) {
  using limits = std::numeric_limits<std::int64_t>;
  auto result = allocate_buffer(x.length * 8);
  auto* out = reinterpret_cast<std::int64_t*>(result->mutable_data());
  const auto ticks = x.as<int128>();
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto value = x.is_null(row) ? 0 : ticks[i];
    if (value < limits::min() || value > limits::max())
      return user_error(
          fmt::format("{} is beyond the nanoseconds of 64 bits that Arrow and "
                      "Parquet have, from 1677-09-21 to 2262-04-11",
                      to_string(value_at(x, row))),
          fmt::format("CAST it AS {}(6)", x.type.kind() == type_kind::timestamp
                                              ? "TIMESTAMP"
                                              : "TIMESTAMP_LTZ"));
    out[i] = static_cast<std::int64_t>(value);
  }
  return result;
}

absl::StatusOr<std::shared_ptr<arrow::ArrayData>>
export_column(const column& x, std::shared_ptr<arrow::DataType> type) {
  std::vector<buffer_ptr> buffers{x.validity};
  arrow::ArrayDataVector children;
  for (std::size_t i = 0; i < x.children.size(); ++i) {
    const auto& part = type->field(static_cast<int>(i))->type();
    HERALD_ASSIGN(auto child, export_column(*x.children[i], part));
    children.push_back(std::move(child));
  }
  switch (x.type.storage()) {
  case storage_kind::none:
    buffers[0] = nullptr; // Arrow's null type has no bitmap
    break;
  case storage_kind::text:
    buffers.push_back(x.values);
    buffers.insert(buffers.end(), x.heaps.begin(), x.heaps.end());
    break;
  case storage_kind::fields:
    break;
  default:
    buffers.push_back(x.values);
  }
  if (has_wide_ticks(x.type) && type->id() == arrow::Type::TIMESTAMP) {
    HERALD_ASSIGN(buffers[1], narrowed(x));
  }
  return arrow::ArrayData::Make(std::move(type), x.length, std::move(buffers),
                                std::move(children), x.null_count);
}

} // namespace

absl::StatusOr<std::shared_ptr<arrow::ArrayData>> to_arrow(const column& x,
                                                           arrow_form form) {
  return export_column(x, to_arrow(field{"", x.type}, form)->type());
}

} // namespace herald
