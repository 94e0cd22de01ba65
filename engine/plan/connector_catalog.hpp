#pragma once

#include "engine/plan/lookup_spec.hpp"

// What the planner asks of connectors, which stand to its right: implemented
// in engine/connectors, handed in by whoever plans. Answers come from the
// declaration alone, but for `partitions`, which looks. Immutable; safe on any
// thread.

namespace herald {

class connector_catalog {
public:
  virtual ~connector_catalog() = default;

  /// Checks the table's options and columns for reading (writing): unknown
  /// connector or option (with the nearest name), missing option, format.
  virtual absl::Status check_source(const table_definition& table) const = 0;
  virtual absl::Status check_sink(const table_definition& table) const = 0;

  /// True if reading ends by itself.
  virtual bool bounded(const table_definition& table) const = 0;

  /// At how many places at most reading can run at once; 0: not known.
  virtual int splits_max(const table_definition& table) const = 0;

  /// Metadata columns that the table's connector offers, with their types.
  virtual std::vector<field>
  metadata_of(const table_definition& table) const = 0;

  /// Checks that rows can be looked up by the columns `keys`.
  virtual absl::Status
  check_lookup(const table_definition& table,
               const std::vector<std::string>& keys) const = 0;

  /// Makes what answers lookups in the table, which passed `check_lookup`.
  virtual lookup_maker lookups_of(const table_definition& table) const = 0;

  /// A table that gives one row of one column, whatever it holds, and ends:
  /// what SELECT without FROM and VALUES read.
  virtual table_definition one_row() const = 0;

  /// What the rows that the table gives may do.
  virtual changelog_kind changes_of(const table_definition& table) const = 0;

  /// Checks that a sink takes updates and deletes, not only inserts; the
  /// error's hint says what does.
  virtual absl::Status check_changes(const table_definition& table) const = 0;

  /// Checks that a sink's rows can replace what the table has.
  virtual absl::Status check_overwrite(const table_definition& table) const = 0;

  /// True if a sink takes changes by key, and needs no -U before a +U.
  virtual bool takes_upserts(const table_definition&) const {
    return false;
  }

  /// True if a scan can skip rows by "<" and the like, not only by "=".
  virtual bool skips_by_range(const table_definition&) const {
    return false;
  }

  /// True if only one subtask may write the table.
  virtual bool has_one_writer(const table_definition&) const {
    return false;
  }

  /// The partitions that there are: the texts of the values of PARTITIONED BY,
  /// in its order, sorted.
  virtual absl::StatusOr<std::vector<std::vector<std::string>>>
  partitions(const table_definition&) const {
    return std::vector<std::vector<std::string>>{};
  }
};

} // namespace herald
