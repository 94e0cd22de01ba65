#include "engine/connectors/filesystem/parquet_groups.hpp"

#include "engine/columnar/arrow_columns.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/connectors/filesystem/condition.hpp"
#include "engine/connectors/filesystem/parquet_columns.hpp"
#include "engine/expr/cast.hpp"
#include "engine/expr/zone.hpp"

#include <algorithm>
#include <exception>
#include <limits>

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

namespace herald {

namespace {

/// The type of the table's column, or of a field in it, at `path`.
const data_type* type_at(const std::vector<field>& fields,
                         const std::vector<std::string>& path) {
  const auto* level = &fields;
  const data_type* type = nullptr;
  for (const auto& name : path) {
    if (level == nullptr)
      return nullptr;
    const auto at
        = std::find_if(level->begin(), level->end(),
                       [&](const field& x) { return x.name == name; });
    if (at == level->end())
      return nullptr;
    type = &at->type;
    level = type->kind() == type_kind::row ? &type->fields() : nullptr;
  }
  return type;
}

/// True if values of `file` become values of `table` in the same order.
bool keeps_order(const data_type& file, const data_type& table) {
  if (file.is_nested() || file.kind() == type_kind::character
      || table.kind() == type_kind::character)
    return false;
  if (file.same_kind(table) || (file.is_integer() && table.is_integer()))
    return true;
  return file.kind() == table.kind()
         && (file.is_timestamp() || file.kind() == type_kind::decimal
             || file.kind() == type_kind::time);
}

/// NaN is no part of the noted bounds: true if a row with it may be wanted.
bool takes_nan(const expr& what, const data_type& type) {
  if (type.kind() != type_kind::float32 && type.kind() != type_kind::float64)
    return false;
  const scalar nan{type, std::numeric_limits<double>::quiet_NaN()};
  return may_hold(what, type, repeat(nan, 1));
}

} // namespace

parquet_groups
parquet_groups::make(const file_scan& scan,
                     const parquet::arrow::SchemaManifest& file) {
  parquet_groups result;
  for (const auto& x : scan.pushed) {
    const auto* type = type_at(scan.fields, x.path);
    const auto* found = find_parquet_field(file, x.path);
    if (type == nullptr || found == nullptr || !found->is_leaf())
      continue;
    auto known = from_arrow(*found->field);
    if (!known.ok() || !keeps_order(known->type, *type))
      continue;
    condition made;
    made.leaf = found->column_index;
    made.stored = found->field->type();
    made.known = known->type.with_nullable(true);
    made.declared = type->with_nullable(true);
    const auto whole = comparison_with(made.declared, x, x.op);
    if (!whole || takes_nan(*whole, made.declared))
      continue;
    if (x.op == "=" || x.op == "<" || x.op == "<=")
      made.of_least
          = comparison_with(made.declared, x, x.op == "=" ? "<=" : x.op);
    if (x.op == "=" || x.op == ">" || x.op == ">=")
      made.of_greatest
          = comparison_with(made.declared, x, x.op == "=" ? ">=" : x.op);
    result.conditions_.push_back(std::move(made));
  }
  return result;
}

bool parquet_groups::meets(const condition& x, const arrow::Scalar& value,
                           const expr& what) {
  const auto array = arrow::MakeArrayFromScalar(value, 1);
  if (!array.ok() || !value.is_valid || !value.type->Equals(*x.stored))
    return true;
  auto made = from_arrow(*(*array)->data(), x.known);
  if (made.ok() && !x.known.same_kind(x.declared)) {
    zone utc("UTC");
    made = cast_column(*made, x.declared, {false, utc, {}});
  }
  return !made.ok() || (*made)->is_null(0)
         || herald::may_hold(what, x.declared, *std::move(made));
}

bool parquet_groups::may_meet(const condition& x,
                              const parquet::RowGroupMetaData& group) {
  const auto chunk = group.ColumnChunk(x.leaf);
  const auto known = chunk->is_stats_set() ? chunk->statistics() : nullptr;
  if (!known)
    return true;
  if (known->HasNullCount() && known->null_count() == group.num_rows())
    return false; // a comparison with NULL is not true
  std::shared_ptr<arrow::Scalar> least;
  std::shared_ptr<arrow::Scalar> greatest;
  if (!known->HasMinMax()
      || !parquet::arrow::StatisticsAsScalars(*known, &least, &greatest).ok())
    return true;
  return (!x.of_least || meets(x, *least, *x.of_least))
         && (!x.of_greatest || meets(x, *greatest, *x.of_greatest));
}

bool parquet_groups::may_hold(const parquet::RowGroupMetaData& group) const {
  try {
    return std::all_of(conditions_.begin(), conditions_.end(),
                       [&](const auto& x) { return may_meet(x, group); });
  } catch (const std::exception&) {
    return true; // what is noted cannot be read
  }
}

} // namespace herald
