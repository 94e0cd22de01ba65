#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/arrow_types.hpp"

#include <utility>

#include <arrow/array/data.h>
#include <arrow/type.h>

namespace herald {

namespace {

std::shared_ptr<arrow::ArrayData>
export_column(const column& x, std::shared_ptr<arrow::DataType> type) {
  std::vector<buffer_ptr> buffers{x.validity};
  arrow::ArrayDataVector children;
  switch (x.type.storage()) {
  case storage_kind::none:
    buffers[0] = nullptr; // Arrow's null type has no bitmap
    break;
  case storage_kind::text:
    buffers.push_back(x.values);
    buffers.insert(buffers.end(), x.heaps.begin(), x.heaps.end());
    break;
  case storage_kind::list:
    buffers.push_back(x.values);
    children = {export_column(*x.children[0], type->field(0)->type())};
    break;
  case storage_kind::fields:
    for (std::size_t i = 0; i < x.children.size(); ++i)
      children.push_back(export_column(
          *x.children[i], type->field(static_cast<int>(i))->type()));
    break;
  default:
    buffers.push_back(x.values);
  }
  return arrow::ArrayData::Make(std::move(type), x.length, std::move(buffers),
                                std::move(children), x.null_count);
}

} // namespace

std::shared_ptr<arrow::ArrayData> to_arrow(const column& x) {
  return export_column(x, to_arrow(field{"", x.type})->type());
}

} // namespace herald
