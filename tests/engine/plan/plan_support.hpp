#pragma once

#include "engine/plan/planner.hpp"

#include <filesystem>

// What tests of the planner share: connectors that only exist as answers, and
// scripts run statement by statement.

namespace herald::testing {

/// Knows 'kafka' (metadata, 8 splits), 'filesystem' (bounded, one split; can
/// be looked up in; skips by range in Parquet and partitions; one writer if it
/// commits partitions),
/// 'generator' (any number of splits), 'upserts' (8 splits, of upserts; takes
/// changes without -U), 'print' (takes changes) and 'append_only' (does not).
class fake_connectors : public connector_catalog {
public:
  absl::Status check_source(const table_definition& table) const override;
  absl::Status check_sink(const table_definition& table) const override;
  bool bounded(const table_definition& table) const override;
  int splits_max(const table_definition& table) const override;
  std::vector<field> metadata_of(const table_definition& table) const override;
  absl::Status
  check_lookup(const table_definition& table,
               const std::vector<std::string>& keys) const override;
  lookup_maker lookups_of(const table_definition& table) const override;
  table_definition one_row() const override;
  changelog_kind changes_of(const table_definition& table) const override;
  absl::Status check_changes(const table_definition& table) const override;
  absl::Status check_overwrite(const table_definition& table) const override;
  bool takes_upserts(const table_definition& table) const override;
  bool skips_by_range(const table_definition& table) const override;
  bool has_one_writer(const table_definition& table) const override;
};

/// A block of a file of cases (plan_cases_test.cpp says what they mean).
struct case_block {
  std::string head; ///< without the dashes
  std::string text;
};

/// The files of tests/cases/plan, in order of name.
std::vector<std::filesystem::path> plan_case_files();

std::vector<case_block> read_case_blocks(const std::filesystem::path& path);

/// `text` with the path of the library of examples for each $EXAMPLES.
std::string with_examples(std::string text);

/// Runs all statements; gives what the last one gave, or the first error.
absl::StatusOr<planned_statement> run_script(std::string_view text,
                                             sql_session& session);

/// As `run_script`, as a text: the plan of a query ("logical", "optimised",
/// "physical" or "all"), a table, a message, or an error as users see it.
std::string run_to_text(std::string_view text, std::string_view what,
                        sql_session& session);

} // namespace herald::testing
