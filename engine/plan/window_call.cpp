#include "engine/plan/window_call.hpp"

#include "engine/plan/call_arguments.hpp"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace herald {

namespace {

/// A window function and how it is called.
struct window_function {
  std::string_view name;
  window_kind kind;
  std::string_view first;     ///< name of the interval before the size
  std::string_view size;      ///< name of the size
  std::string_view usage;     ///< as a table function
  std::string_view old_usage; ///< in GROUP BY; empty: not there
};

constexpr std::array<window_function, 4> functions = {{
    {"TUMBLE", window_kind::slide, "", "SIZE",
     "TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '10' SECOND)",
     "TUMBLE(time, INTERVAL '10' SECOND)"},
    {"HOP", window_kind::slide, "SLIDE", "SIZE",
     "HOP(TABLE t, DESCRIPTOR(time), INTERVAL '2' SECOND, INTERVAL '10' "
     "SECOND): slide, then size",
     "HOP(time, INTERVAL '2' SECOND, INTERVAL '10' SECOND): slide, then size"},
    {"CUMULATE", window_kind::cumulate, "STEP", "SIZE",
     "CUMULATE(TABLE t, DESCRIPTOR(time), INTERVAL '1' HOUR, INTERVAL '1' "
     "DAY): step, then size",
     ""},
    {"SESSION", window_kind::session, "", "GAP",
     "SESSION(TABLE t PARTITION BY key, DESCRIPTOR(time), INTERVAL '10' "
     "SECOND)",
     "SESSION(time, INTERVAL '10' SECOND)"},
}};

const window_function* find_function(std::string_view name) {
  for (const auto& x : functions)
    if (x.name == name)
      return &x;
  return nullptr;
}

/// The arguments, wherever they stand in the call.
struct window_arguments {
  const sql::expression* data = nullptr;
  const sql::expression* time = nullptr;
  const sql::expression* size = nullptr;
  const sql::expression* slide = nullptr;
  const sql::expression* offset = nullptr;
};

absl::StatusOr<window_arguments> sort_arguments(const sql::call& x,
                                                const window_function& function,
                                                bool grouping,
                                                text_position where) {
  window_arguments result;
  std::vector<argument_place> places;
  if (!grouping)
    places.push_back({"DATA", &result.data});
  places.push_back({"TIMECOL", &result.time});
  if (!function.first.empty())
    places.push_back({std::string(function.first), &result.slide});
  places.push_back({std::string(function.size), &result.size});
  if (!grouping && function.kind != window_kind::session)
    places.push_back({"OFFSET", &result.offset});
  const auto usage = grouping ? function.old_usage : function.usage;
  HERALD_TRY(place_arguments(x, places, usage));
  if ((!grouping && !result.data) || !result.time || !result.size
      || (!function.first.empty() && !result.slide))
    return user_error(where, "arguments are missing", usage);
  return result;
}

/// The slide of HOP or the step of CUMULATE. As in Flink, the older grouping
/// function takes any slide, even one that leaves gaps between windows.
absl::Status read_slide(const window_arguments& arguments,
                        const window_function& function, bool grouping,
                        window_spec& result) {
  const auto name
      = function.kind == window_kind::slide ? "the slide" : "the step";
  HERALD_ASSIGN(result.slide_ms, interval_ms(*arguments.slide, name));
  if (result.slide_ms <= 0 || (!grouping && result.slide_ms > result.size_ms))
    return user_error(
        arguments.slide->where,
        fmt::format("{} must be positive{}", name,
                    grouping ? "" : " and no longer than the window size"),
        grouping ? function.old_usage : function.usage);
  if (!grouping && result.size_ms % result.slide_ms != 0)
    return user_error(
        arguments.size->where,
        fmt::format("the window size must be a multiple of {}", name));
  return absl::OkStatus();
}

absl::StatusOr<window_spec> read_window(const window_arguments& arguments,
                                        const window_function& function,
                                        bool grouping) {
  const bool session = function.kind == window_kind::session;
  window_spec result;
  result.kind = function.kind;
  HERALD_ASSIGN(
      result.size_ms,
      interval_ms(*arguments.size, session ? "the gap" : "the window size"));
  if (result.size_ms <= 0)
    return user_error(arguments.size->where,
                      session ? "the gap must be positive"
                              : "the window size must be positive");
  if (session)
    return result;
  result.slide_ms = result.size_ms;
  if (arguments.slide)
    HERALD_TRY(read_slide(arguments, function, grouping, result));
  if (arguments.offset) {
    HERALD_ASSIGN(result.offset_ms,
                  interval_ms(*arguments.offset, "the window offset"));
    // Windows of HOP begin at multiples of the slide. A longer offset is one
    // of what is left of it, as Flink's documentation says.
    result.offset_ms
        %= function.name == "HOP" ? result.slide_ms : result.size_ms;
  }
  return result;
}

} // namespace

bool is_changelog_function(std::string_view name) {
  return name == "TO_CHANGELOG" || name == "FROM_CHANGELOG";
}

bool is_group_window(std::string_view name) {
  return find_function(name) != nullptr;
}

std::string_view window_of_bound(std::string_view name) {
  for (const auto& x : functions)
    for (const std::string_view bound :
         {"_START", "_END", "_ROWTIME", "_PROCTIME"})
      if (name.size() == x.name.size() + bound.size()
          && name.starts_with(x.name) && name.ends_with(bound)
          && !x.old_usage.empty())
        return x.name;
  return {};
}

absl::StatusOr<window_call> read_window_call(const sql::call& x, bool grouping,
                                             text_position where) {
  const auto& function = *find_function(x.upper_name());
  if (grouping && function.old_usage.empty())
    return user_error(where,
                      fmt::format("{} is no grouping function", function.name),
                      fmt::format("FROM TABLE({})", function.usage));
  HERALD_ASSIGN(const auto arguments,
                sort_arguments(x, function, grouping, where));
  window_call result;
  result.time = arguments.time;
  if (!grouping) {
    result.data = arguments.data->as<sql::table_argument>();
    if (!result.data)
      return user_error(arguments.data->where,
                        "the first argument is a table: TABLE t");
    const bool session = function.kind == window_kind::session;
    if (!result.data->order_by.empty()
        || (!session && !result.data->partition_by.empty()))
      return user_error(arguments.data->where,
                        session ? "a window takes no ORDER BY"
                                : "PARTITION BY is only for SESSION windows");
  }
  HERALD_ASSIGN(result.window, read_window(arguments, function, grouping));
  return result;
}

absl::Status check_time_attribute(const plan_column& column,
                                  const sql_session& session,
                                  text_position where) {
  const bool is_time
      = column.time != time_role::none
        || (session.options().batch() && column.type.is_timestamp()
            && column.type.precision() <= 3);
  if (!is_time && column.type.is_timestamp())
    return user_error(
        where,
        fmt::format("'{}' is no time attribute: no watermark is known for it",
                    column.name),
        fmt::format("declare WATERMARK FOR `{}` AS … in the CREATE TABLE, "
                    "and select the column unchanged",
                    column.name));
  if (!is_time)
    return user_error(
        where,
        fmt::format("'{}' is of type {}; a window needs a TIMESTAMP(3) or "
                    "TIMESTAMP_LTZ(3) with a watermark",
                    column.name, column.type.to_short_string()));
  return absl::OkStatus();
}

absl::Status check_session_input(const plan_node& input, int time_column,
                                 const window_spec& window,
                                 text_position where) {
  const auto& time = input.columns[static_cast<std::size_t>(time_column)];
  if (!window.is_session() || !input.retracts
      || time.time != time_role::proctime)
    return absl::OkStatus();
  return user_error(where,
                    "a session by the clock needs rows that are only "
                    "inserted, but this input also updates or deletes rows: "
                    "when one is taken back, the clock no longer tells its "
                    "session",
                    "use a time of the rows, with a WATERMARK");
}

std::string window_zone_of(const plan_column& time,
                           const sql_session& session) {
  if (time.type.kind() != type_kind::timestamp_ltz)
    return {};
  auto zone = session.options().time_zone();
  return zone == "UTC" ? std::string() : zone;
}

} // namespace herald
