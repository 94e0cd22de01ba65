#include "engine/connectors/connectors.hpp"
#include "engine/connectors/filesystem/sink.hpp"
#include "engine/connectors/filesystem/source.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/csv.hpp"
#include "engine/formats/options.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

class filesystem_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    return check(table);
  }

  absl::Status check_sink(const table_definition& table) const override {
    return check(table);
  }

  bool bounded(const table_definition&) const override {
    return true;
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    const auto& table = *context.scan.table;
    HERALD_TRY(check(table));
    auto format = table.options.at("format");
    decoder_spec spec;
    spec.fields = physical_fields(table);
    spec.paths = context.scan.paths;
    spec.layout = context.scan.layout;
    spec.pushed = context.scan.pushed;
    spec.options = options_with_prefix(table.options, format + ".");
    bool header = false;
    if (format == "csv") {
      HERALD_ASSIGN(auto csv, csv_options_of(spec.options));
      header = csv.header;
    }
    HERALD_ASSIGN(auto decode, make_decoder(format, std::move(spec)));
    auto path = table.options.at("path");
    return std::make_unique<file_source>(std::move(context), std::move(path),
                                         std::move(decode), header);
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    const auto& table = *context.sink.table;
    HERALD_TRY(check(table));
    if (context.sink.retracts)
      return user_error(
          fmt::format("table '{}' keeps every row it gets, but the rows for it "
                      "are updated and deleted",
                      table.name));
    auto format = table.options.at("format");
    HERALD_ASSIGN(auto encode, make_encoder(format, context.sink.layout,
                                            options_with_prefix(table.options,
                                                                format + ".")));
    return std::make_unique<file_sink>(table.options.at("path"), format,
                                       context.subtask, std::move(encode));
  }

private:
  static absl::Status check(const table_definition& table) {
    HERALD_ASSIGN(auto format, required_option(table.options, "format"));
    HERALD_TRY(required_option(table.options, "path").status());
    HERALD_TRY(check_table_options(table, {"path", "format"}, {format + "."}));
    HERALD_TRY(check_metadata(table, {}));
    return check_format(format, physical_fields(table),
                        options_with_prefix(table.options, format + "."));
  }
};

} // namespace

const connector& filesystem_connector() {
  static const filesystem_type instance;
  return instance;
}

} // namespace herald
