#include "engine/columnar/batch.hpp"

#include "engine/common/check.hpp"

#include <utility>

namespace herald {

std::string_view to_string(change x) {
  switch (x) {
  case change::insert:
    return "+I";
  case change::update_before:
    return "-U";
  case change::update_after:
    return "+U";
  case change::remove:
    return "-D";
  }
  return "??";
}

std::optional<std::size_t> schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name)
      return i;
  return std::nullopt;
}

batch_ptr make_batch(schema_ptr layout, std::vector<column_ptr> columns,
                     std::int64_t rows, buffer_ptr changes) {
  HERALD_CHECK(layout != nullptr, "a batch needs a schema");
  HERALD_CHECK_EQ(columns.size(), layout->fields.size());
  HERALD_CHECK_LE(0, rows);
  HERALD_CHECK_LE(rows, column::rows_max);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    HERALD_CHECK_EQ(columns[i]->length, rows);
    HERALD_CHECK(columns[i]->type.storage() == layout->fields[i].type.storage(),
                 layout->fields[i].name);
  }
  if (changes != nullptr)
    HERALD_CHECK_LE(rows, changes->size());
  return std::make_shared<batch>(
      batch{std::move(layout), rows, std::move(columns), std::move(changes)});
}

std::int64_t memory_bytes(const batch& x) {
  std::int64_t result = x.changes ? x.changes->size() : 0;
  for (const auto& part : x.columns)
    result += memory_bytes(*part);
  return result;
}

namespace {

/// Columns of type NULL share one bitmap: some hundred bytes from outside can
/// ask for many columns of `rows_max` rows that nothing else backs.
buffer_ptr shared_zeros(std::int64_t bytes) {
  static const buffer_ptr zeros = allocate_zeros(column::rows_max / 8);
  return arrow::SliceBuffer(zeros, 0, bytes);
}

} // namespace

column_ptr null_column(const data_type& type, std::int64_t rows) {
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = rows;
  result->null_count = rows;
  HERALD_CHECK_LE(rows, column::rows_max);
  auto bytes = (rows + 7) / 8;
  if (rows > 0)
    result->validity = type.storage() == storage_kind::none
                           ? shared_zeros(bytes)
                           : allocate_zeros(bytes);
  switch (type.storage()) {
  case storage_kind::none:
    break;
  case storage_kind::bit:
    result->values = allocate_zeros((rows + 7) / 8);
    break;
  case storage_kind::list:
    result->values = allocate_zeros((rows + 1) * 4);
    result->children = {null_column(type.element(), 0)};
    break;
  case storage_kind::fields:
    for (const auto& part : type.fields())
      result->children.push_back(null_column(part.type, rows));
    break;
  default:
    result->values = allocate_zeros(rows * type.width());
  }
  return result;
}

} // namespace herald
