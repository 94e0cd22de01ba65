#pragma once

#include "engine/plan/bind_expression.hpp"
#include "engine/plan/query_binder.hpp"

// Calls of TUMBLE, HOP, CUMULATE and SESSION, read and checked: as table
// functions over a TABLE and a DESCRIPTOR, and in the older form as grouping
// functions of GROUP BY over a column. Internal to the binder.

namespace herald {

struct window_call {
  const sql::table_argument* data = nullptr; ///< null: a grouping function
  const sql::expression* time = nullptr;     ///< DESCRIPTOR, or a column
  window_spec window;
};

/// True for the four names, in capitals.
bool is_group_window(std::string_view name);

/// True for TO_CHANGELOG and FROM_CHANGELOG, in capitals.
bool is_changelog_function(std::string_view name);

/// The column called so, or an error with the nearest name.
absl::StatusOr<int> find_column(const sql::identifier& name,
                                const std::vector<plan_column>& columns);

/// TUMBLE of TUMBLE_START; empty if `name` is no such function.
std::string_view window_of_bound(std::string_view name);

/// Reads a table function (`grouping`: a grouping function). Errors: missing,
/// unknown or surplus arguments, sizes that do not fit each other.
absl::StatusOr<window_call> read_window_call(const sql::call& x, bool grouping,
                                             text_position where);

/// Checks that windows can be laid over `column`, named at `where`: a time
/// attribute or, in a batch, any time in milliseconds.
absl::Status check_time_attribute(const plan_column& column,
                                  const sql_session& session,
                                  text_position where);

/// Errors: `window` is a session by the clock, and rows of `input` are taken
/// back.
absl::Status check_session_input(const plan_node& input, int time_column,
                                 const window_spec& window,
                                 text_position where);

/// The zone of windows over `time`: the session's if its rows are instants;
/// empty: UTC, or none.
std::string window_zone_of(const plan_column& time, const sql_session& session);

} // namespace herald
