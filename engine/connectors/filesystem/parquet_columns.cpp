#include "engine/connectors/filesystem/parquet_columns.hpp"

#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"
#include "engine/expr/cast.hpp"
#include "engine/expr/zone.hpp"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/schema.h>

namespace herald {

namespace {

using parquet::arrow::SchemaField;

const SchemaField* find_field(const std::vector<SchemaField>& fields,
                              const std::string& name) {
  for (const auto& x : fields)
    if (x.field->name() == name)
      return &x;
  return nullptr;
}

void add_leaves(const SchemaField& x, std::vector<int>& to) {
  if (x.is_leaf())
    to.push_back(x.column_index);
  for (const auto& child : x.children)
    add_leaves(child, to);
}

column_ptr with_type(const column_ptr& x, const data_type& type) {
  auto result = std::make_shared<column>(*x);
  result->type = type;
  return result;
}

} // namespace

const SchemaField*
find_parquet_field(const parquet::arrow::SchemaManifest& file,
                   const std::vector<std::string>& path) {
  const auto* found = find_field(file.schema_fields, path.front());
  for (std::size_t i = 1; i < path.size() && found != nullptr; ++i)
    found = found->field->type()->id() == arrow::Type::STRUCT
                ? find_field(found->children, path[i])
                : nullptr;
  return found;
}

absl::StatusOr<parquet_columns>
parquet_columns::make(const file_scan& scan,
                      const parquet::arrow::SchemaManifest& file) {
  parquet_columns result;
  result.layout_ = scan.layout;
  for (std::size_t i = 0; i < scan.paths.size(); ++i) {
    auto& made = result.sources_.emplace_back();
    const auto& path = scan.paths[i];
    const auto name = fmt::format("{}", fmt::join(path, "."));
    const auto& wanted = scan.layout->fields[i].type;
    const auto* found = find_parquet_field(file, path);
    if (found == nullptr) {
      if (!wanted.nullable())
        return user_error(fmt::format("the file has no column {}, which is NOT "
                                      "NULL",
                                      name));
      continue;
    }
    HERALD_ASSIGN(auto known, from_arrow(*found->field));
    made.path = path;
    made.type = known.type.with_nullable(true);
    if (!made.type.same_kind(wanted) && !can_cast(made.type, wanted))
      return user_error(fmt::format("column {} is {} in the file, and {} in "
                                    "the table",
                                    name, made.type.to_short_string(),
                                    wanted.to_short_string()));
    add_leaves(*found, result.leaves_);
  }
  auto& leaves = result.leaves_;
  std::sort(leaves.begin(), leaves.end());
  leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
  return result;
}

absl::StatusOr<column_ptr>
parquet_columns::convert_one(const arrow::RecordBatch& from,
                             std::size_t index) const {
  const auto& type = layout_->fields[index].type;
  const auto& from_file = sources_[index];
  if (from_file.path.empty())
    return null_column(type, from.num_rows());
  auto array = from.GetColumnByName(from_file.path.front());
  for (std::size_t i = 1; i < from_file.path.size() && array; ++i) {
    const auto& row = static_cast<const arrow::StructArray&>(*array);
    const auto at = row.struct_type()->GetFieldIndex(from_file.path[i]);
    auto flat = row.GetFlattenedField(at);
    if (!flat.ok())
      return to_status(flat.status());
    array = *flat;
  }
  if (!array)
    return user_error("the file has two columns of that name");
  HERALD_ASSIGN(auto result, from_arrow(*array->data(), from_file.type));
  if (!from_file.type.same_kind(type)) {
    zone utc("UTC");
    HERALD_ASSIGN(result, cast_column(result, type, {false, utc, {}}));
  }
  if (result->null_count > 0 && !type.nullable())
    return user_error("it is NULL, and the column is NOT NULL");
  return with_type(result, type);
}

absl::StatusOr<batch_ptr>
parquet_columns::convert(const arrow::RecordBatch& from) const {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    auto made = convert_one(from, i);
    if (!made.ok())
      return annotate(made.status(),
                      fmt::format("column {}", layout_->fields[i].name));
    columns.push_back(*std::move(made));
  }
  return make_batch(layout_, std::move(columns), from.num_rows());
}

} // namespace herald
