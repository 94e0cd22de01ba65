#include "engine/connectors/connectors.hpp"
#include "engine/connectors/filesystem/options.hpp"
#include "engine/connectors/filesystem/overwrite.hpp"
#include "engine/connectors/filesystem/partition.hpp"
#include "engine/connectors/filesystem/sink.hpp"
#include "engine/connectors/filesystem/source.hpp"
#include "engine/connectors/full_lookup.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"
#include "engine/plan/lookup_options.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

class filesystem_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    return file_options_of(table).status();
  }

  absl::Status check_sink(const table_definition& table) const override {
    for (const auto& column : table.columns)
      if (column.metadata_key && !column.is_virtual)
        return user_error(
            fmt::format("column {}: metadata '{}' cannot be written",
                        column.name, *column.metadata_key),
            "declare the column VIRTUAL");
    return file_options_of(table).status();
  }

  bool bounded(const table_definition& table) const override {
    const auto options = file_options_of(table);
    return !options.ok() || options->monitor_ms == 0;
  }

  std::vector<field> metadata(const table_definition&) const override {
    return file_metadata_fields();
  }

  changelog_kind changes_of(const table_definition& table) const override {
    auto options = file_options_of(table);
    return options.ok() ? format_changes(options->format)
                        : changelog_kind::inserts;
  }

  absl::Status check_changes(const table_definition& table) const override {
    return changes_of(table) == changelog_kind::all
               ? absl::OkStatus()
               : connector::check_changes(table);
  }

  /// By the names of folders and by what Parquet notes of its row groups.
  bool skips_by_range(const table_definition& table) const override {
    return text_option(table.options, "format") == "parquet"
           || !table.partitioned_by.empty();
  }

  /// A partition is complete when all of its files are.
  bool has_one_writer(const table_definition& table) const override {
    const auto options = file_options_of(table);
    return options.ok() && !options->commit.file.empty();
  }

  absl::StatusOr<std::vector<std::vector<std::string>>>
  partitions(const table_definition& table) const override {
    HERALD_ASSIGN(const auto options, file_options_of(table));
    return partitions_of(options);
  }

  absl::Status check_overwrite(const table_definition&) const override {
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    return file_source::make(std::move(context));
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    const auto& table = *context.sink.table;
    if (context.sink.retracts)
      HERALD_TRY(check_changes(table));
    return context.sink.overwrite ? file_overwrite::make(context)
                                  : file_sink::make(context);
  }

  /// Files cannot be asked for keys: they are kept whole.
  absl::Status check_lookup(const table_definition& table,
                            const std::vector<std::string>&) const override {
    if (changes_of(table) != changelog_kind::inserts)
      return user_error("rows cannot be looked up in files of changes");
    return check_source(table);
  }

  absl::StatusOr<std::unique_ptr<lookup_source>>
  make_lookup(const lookup_target& target) const override {
    HERALD_ASSIGN(const auto reload_ms, lookup_reload_ms(*target.table));
    auto once = target;
    auto table = std::make_shared<table_definition>(*target.table);
    table->options.erase("source.monitor-interval"); // a copy has an end
    once.table = std::move(table);
    return make_full_lookup(*this, once, reload_ms);
  }
};

} // namespace

const connector& filesystem_connector() {
  static const filesystem_type instance;
  return instance;
}

} // namespace herald
