#include "engine/columnar/arrow_bridge.hpp"

#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"

#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* change_name = "herald.change";

bool is_change(const arrow::Field& x) {
  return x.name() == change_name && x.type()->id() == arrow::Type::INT8;
}

bool has_changes(const arrow::Schema& x) {
  return x.num_fields() > 0 && is_change(*x.field(x.num_fields() - 1));
}

absl::StatusOr<buffer_ptr> import_changes(const arrow::ArrayData& x) {
  auto type = data_type::of(type_kind::tinyint).with_nullable(false);
  HERALD_ASSIGN(auto kinds, from_arrow(x, type));
  for (auto kind : kinds->as<std::int8_t>())
    if (kind < 0 || kind > static_cast<std::int8_t>(change::remove))
      return user_error(fmt::format("{} is no kind of change", kind));
  return kinds->values;
}

arrow::FieldVector export_fields(const schema& x, arrow_form form) {
  arrow::FieldVector result;
  for (const auto& part : x.fields)
    result.push_back(to_arrow(part, form));
  return result;
}

} // namespace

std::shared_ptr<arrow::Schema> to_arrow(const schema& x, arrow_form form) {
  return arrow::schema(export_fields(x, form));
}

absl::StatusOr<std::shared_ptr<arrow::RecordBatch>> to_arrow(const batch& x,
                                                             arrow_form form) {
  auto fields = export_fields(*x.layout, form);
  arrow::ArrayDataVector arrays;
  for (std::size_t i = 0; i < x.columns.size(); ++i) {
    auto made = to_arrow(*x.columns[i], form);
    if (!made.ok())
      return annotate(made.status(),
                      fmt::format("column {}", x.layout->fields[i].name));
    arrays.push_back(*std::move(made));
    arrays.back()->type = fields[i]->type();
  }
  if (x.changes) {
    fields.push_back(arrow::field(change_name, arrow::int8(), false));
    arrays.push_back(
        arrow::ArrayData::Make(arrow::int8(), x.rows, {nullptr, x.changes}, 0));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), x.rows,
                                  std::move(arrays));
}

absl::StatusOr<schema_ptr> from_arrow(const arrow::Schema& x) {
  auto result = std::make_shared<schema>();
  auto count = x.num_fields() - (has_changes(x) ? 1 : 0);
  for (int i = 0; i < count; ++i) {
    HERALD_ASSIGN(auto part, from_arrow(*x.field(i)));
    result->fields.push_back(std::move(part));
  }
  return result;
}

absl::StatusOr<batch_ptr> from_arrow(const arrow::RecordBatch& x) {
  HERALD_ASSIGN(auto layout, from_arrow(*x.schema()));
  if (x.num_rows() < 0 || x.num_rows() > column::rows_max)
    return user_error(fmt::format("a batch of {} rows; at most {} are allowed",
                                  x.num_rows(), column::rows_max));
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < layout->fields.size(); ++i) {
    const auto& part = layout->fields[i];
    auto data = x.column_data(static_cast<int>(i));
    auto converted = from_arrow(*data, part.type);
    if (!converted.ok())
      return annotate(converted.status(), fmt::format("field `{}`", part.name));
    columns.push_back(*std::move(converted));
  }
  buffer_ptr changes;
  if (has_changes(*x.schema())) {
    HERALD_ASSIGN(changes, import_changes(*x.column_data(x.num_columns() - 1)));
  }
  return make_batch(std::move(layout), std::move(columns), x.num_rows(),
                    std::move(changes));
}

} // namespace herald
