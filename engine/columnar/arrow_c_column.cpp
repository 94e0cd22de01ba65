#include "engine/columnar/arrow_c_column.hpp"

#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"

#include <utility>

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace herald {

namespace {

std::shared_ptr<arrow::DataType>
plain_type(const std::shared_ptr<arrow::DataType>& x);

std::shared_ptr<arrow::Field> plain_field(const arrow::Field& x) {
  return x.WithType(plain_type(x.type()));
}

/// `x` with texts of offsets instead of views, at every depth.
std::shared_ptr<arrow::DataType>
plain_type(const std::shared_ptr<arrow::DataType>& x) {
  switch (x->id()) {
  case arrow::Type::STRING_VIEW:
    return arrow::utf8();
  case arrow::Type::BINARY_VIEW:
    return arrow::binary();
  case arrow::Type::LIST:
    return arrow::list(plain_field(*x->field(0)));
  case arrow::Type::MAP: {
    const auto& map = static_cast<const arrow::MapType&>(*x);
    return std::make_shared<arrow::MapType>(plain_field(*map.key_field()),
                                            plain_field(*map.item_field()));
  }
  case arrow::Type::STRUCT: {
    arrow::FieldVector fields;
    for (const auto& part : x->fields())
      fields.push_back(plain_field(*part));
    return arrow::struct_(std::move(fields));
  }
  default:
    return x;
  }
}

/// False if a pointer is missing that Arrow reads without a look.
bool is_complete(const ArrowArray& x) {
  if ((x.n_buffers > 0 && x.buffers == nullptr)
      || (x.n_children > 0 && x.children == nullptr))
    return false;
  for (std::int64_t i = 0; i < x.n_children; ++i)
    if (x.children[i] == nullptr || !is_complete(*x.children[i]))
      return false;
  return true;
}

void release(ArrowArray* array) {
  if (array->release != nullptr)
    array->release(array);
}

} // namespace

absl::Status export_column_c(const column_ptr& x, ArrowArray* out) {
  HERALD_ASSIGN(auto data, to_arrow(*x));
  data->type = to_arrow(field{"", x->type})->type();
  return to_status(arrow::ExportArray(*arrow::MakeArray(std::move(data)), out));
}

absl::StatusOr<column_ptr>
import_column_c(ArrowArray* array, const data_type& type, std::int64_t rows) {
  if (array->release == nullptr)
    return user_error("there is no array");
  if (array->length != rows) {
    const auto length = array->length;
    release(array);
    return user_error(fmt::format("{} values instead of {}", length, rows));
  }
  if (!is_complete(*array)) {
    release(array);
    return user_error("buffers or children are missing");
  }
  const auto nullable = type.with_nullable(true);
  auto made = arrow::ImportArray(
      array, plain_type(to_arrow(field{"", nullable})->type()));
  if (!made.ok())
    return to_status(made.status());
  if (auto valid = (*made)->ValidateFull(); !valid.ok())
    return to_status(valid);
  return from_arrow(*(*made)->data(), nullable);
}

} // namespace herald
