#pragma once

#include "engine/plan/insert_binder.hpp"
#include "engine/plan/physical.hpp"

// The front door of planning: one statement of a script in, what is to be
// done out. Declarations change the session at once; queries become job
// graphs; SHOW, DESCRIBE and EXPLAIN answer with a table of texts. One thread
// a session.

namespace herald {

/// A query that wants to run.
struct planned_job {
  job_graph graph;
  bool is_select = false; ///< its rows go to the client
  schema_ptr columns;     ///< of the SELECT; null for INSERT
  bool retracts = false;  ///< the SELECT gives -U, -D
  bool bounded = false;   ///< ends by itself
  /// EXPLAIN ANALYZE: the plan is wanted with what its parts did, not rows.
  bool is_analysis = false;
  /// Once the SELECT has given so many rows, no other comes: a LIMIT without
  /// an order.
  std::optional<std::int64_t> rows_max;
};

/// What a statement answers by itself.
struct text_table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::string json = {}; ///< the same for programs, one line; empty: the rows
};

/// It is done; `message` is for people, such as "table 'bid' created".
struct statement_done {
  std::string message;
};

using planned_statement = std::variant<statement_done, text_table, planned_job>;

/// Plans or executes `statement`, which views keep alive. Errors have the
/// position in the statement's text.
absl::StatusOr<planned_statement>
plan_statement(std::shared_ptr<const sql::statement> statement,
               sql_session& session);

/// A statement's queries, each with its place to go.
struct bound_statement {
  std::vector<bound_sink> sinks;
};

/// Binds a query, INSERT or statement set; any other kind is an error.
absl::StatusOr<bound_statement> bind_statement(const sql::statement& statement,
                                               const sql_session& session);

/// Optimises the plans and pairs them with their sinks.
absl::StatusOr<std::vector<planned_sink>>
plan_sinks(const bound_statement& statement, const sql_session& session);

/// Answers SHOW and DESCRIBE (show.cpp).
absl::StatusOr<text_table> show(const sql::show_statement& x,
                                const sql_session& session,
                                text_position where);
absl::StatusOr<text_table> describe(const sql::describe_statement& x,
                                    const sql_session& session);

/// The columns of a table or view.
absl::StatusOr<std::vector<plan_column>>
columns_of_object(const sql::qualified_name& name, const sql_session& session);

/// Answers EXPLAIN (explain.cpp): logical, optimised and physical plan, with
/// the details that stand behind the word, in capitals.
absl::StatusOr<std::string> explain(const sql::statement& statement,
                                    const std::vector<std::string>& details,
                                    const sql_session& session);

/// The same as one JSON object on one line, with all details.
absl::StatusOr<std::string> explain_json(const sql::statement& statement,
                                         const sql_session& session);

} // namespace herald
