#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/plan/object_name.hpp"
#include "engine/sql/ast_type.hpp"

// The columns that a name in a SELECT may mean, and the tables they belong
// to. Names are compared by case, as in Flink. Lives as long as one block is
// bound, on the binder's thread.

namespace herald {

class scope {
public:
  /// Where a name leads: a column, then fields of it from part `next` on.
  struct resolution {
    int column = 0;
    std::size_t next = 0;
  };

  struct relation {
    std::string alias; ///< may be empty: no name to qualify with
    int first = 0;
    int count = 0;
    database_name home = {}; ///< of a table without AS; else empty
  };

  scope() = default;

  /// Adds a table's columns; its alias must be new if it has one. Names may
  /// also be qualified by `home`, unless that is empty.
  absl::Status add(std::string alias, const std::vector<plan_column>& columns,
                   text_position where, database_name home = {});

  /// Leaves a column to qualified names: USING gave one that stands for it.
  void hide(int column);

  /// True unless hidden: `*` stands for it, and so does its bare name.
  bool shown(int column) const {
    return !hidden_[static_cast<std::size_t>(column)];
  }

  /// Columns that `*` stands for and that are called `name`.
  std::vector<int> shown(const std::string& name) const;

  /// Appends the relations of `other`, those of the right side of a join.
  absl::Status append(const scope& other, text_position where);

  /// Adds columns that no name leads to.
  void add_hidden(const std::vector<plan_column>& columns);

  /// Lets the columns be NULL, as those are that a grouping set leaves out.
  void make_nullable(const std::vector<int>& columns);

  /// Finds what `name` means: `alias.column.field…`, also behind the table's
  /// database and catalog, before `column.field…`.
  /// Errors: unknown (with the nearest name) or ambiguous names.
  absl::StatusOr<resolution> resolve(const sql::qualified_name& name) const;

  /// The tables that `*` (empty qualifier) or `t.*` stands for; null if
  /// `qualifier` is no table.
  std::vector<relation> find(const sql::qualified_name& qualifier) const;

  const std::vector<plan_column>& columns() const {
    return columns_;
  }

  /// Replaces the columns, when a rule found out more about them.
  void refine(const std::vector<plan_column>& columns);

private:
  /// How many parts of `name` name `table`; 0: it means another.
  static std::size_t parts_of(const relation& table,
                              const sql::qualified_name& name);
  /// Columns called `name` in [first, first + count).
  std::vector<int> matches(const std::string& name, int first, int count) const;
  absl::Status unknown(const sql::qualified_name& name) const;

  std::vector<plan_column> columns_;
  std::vector<bool> hidden_;
  std::vector<relation> relations_;
};

} // namespace herald
