#include "engine/connectors/filesystem/options.hpp"

#include "engine/connectors/table_columns.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"

namespace herald {

std::vector<field> file_metadata_fields() {
  const auto text = data_type::of(type_kind::varchar).with_nullable(false);
  return {{"file.path", text},
          {"file.name", text},
          {"file.size", data_type::of(type_kind::bigint).with_nullable(false)},
          {"file.modification-time",
           data_type::timestamp_ltz(3).with_nullable(false)}};
}

absl::StatusOr<file_options> file_options_of(const table_definition& table) {
  const auto& given = table.options;
  file_options x;
  HERALD_ASSIGN(x.format, required_option(given, "format"));
  HERALD_ASSIGN(x.path, required_option(given, "path"));
  const std::string file_prefix = "file://";
  if (x.path.starts_with(file_prefix))
    x.path.erase(0, file_prefix.size());
  HERALD_TRY(check_table_options(table, {"path", "format"}, {x.format + "."}));
  HERALD_TRY(check_metadata(table, file_metadata_fields()));
  x.fields = physical_fields(table);
  x.format_options = options_with_prefix(given, x.format + ".");
  HERALD_TRY(check_format(x.format, x.fields, x.format_options));
  return x;
}

} // namespace herald
