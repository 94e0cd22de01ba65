#include "engine/plan/query_binder.hpp"

#include <array>

#include <fmt/format.h>

namespace herald {

namespace {

/// The arguments of TUMBLE and HOP, wherever they stand in the call.
struct window_arguments {
  const sql::expression* data = nullptr;
  const sql::expression* time = nullptr;
  const sql::expression* size = nullptr;
  const sql::expression* slide = nullptr;
  const sql::expression* offset = nullptr;
};

constexpr std::string_view tumble_usage
    = "TUMBLE(TABLE t, DESCRIPTOR(time), INTERVAL '10' SECOND)";
constexpr std::string_view hop_usage
    = "HOP(TABLE t, DESCRIPTOR(time), INTERVAL '2' SECOND, INTERVAL '10' "
      "SECOND): slide, then size";

std::string upper(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

absl::StatusOr<window_arguments> sort_arguments(const sql::call& x, bool hop,
                                                text_position where) {
  window_arguments result;
  std::vector<std::pair<std::string_view, const sql::expression**>> places
      = {{"DATA", &result.data}, {"TIMECOL", &result.time}};
  if (hop)
    places.emplace_back("SLIDE", &result.slide);
  places.emplace_back("SIZE", &result.size);
  places.emplace_back("OFFSET", &result.offset);
  const auto usage = hop ? hop_usage : tumble_usage;
  std::size_t next = 0;
  for (const auto& arg : x.args) {
    if (const auto* named = arg->as<sql::named_argument>()) {
      bool found = false;
      for (auto& [name, place] : places)
        if (upper(named->name.name) == name && *place == nullptr) {
          *place = named->value.get();
          found = true;
        }
      if (!found)
        return user_error(
            named->name.where,
            fmt::format("no argument '{}' here", named->name.name), usage);
    } else {
      if (next >= places.size())
        return user_error(arg->where, "too many arguments", usage);
      *places[next++].second = arg.get();
    }
  }
  if (!result.data || !result.time || !result.size || (hop && !result.slide))
    return user_error(where, "arguments are missing", usage);
  return result;
}

/// The column of DESCRIPTOR, if it is an event-time attribute.
absl::StatusOr<int> time_column(const sql::expression& x,
                                const std::vector<plan_column>& columns) {
  const auto* named = x.as<sql::descriptor>();
  if (!named || named->columns.size() != 1)
    return user_error(x.where,
                      "the time column is given as DESCRIPTOR(column)");
  const auto& name = named->columns[0];
  std::vector<std::string> names = names_of(columns);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    if (column.name != name.name)
      continue;
    if (column.time == time_role::proctime)
      return user_error(name.where,
                        "windows over processing time are not supported yet",
                        "use a column with a WATERMARK");
    if (column.time == time_role::rowtime)
      return static_cast<int>(i);
    if (column.type.is_timestamp())
      return user_error(
          name.where,
          fmt::format("'{}' is no time attribute: no watermark is known for it",
                      name.name),
          fmt::format("declare WATERMARK FOR `{}` AS … in the CREATE TABLE, "
                      "and select the column unchanged",
                      name.name));
    return user_error(
        name.where,
        fmt::format("'{}' is of type {}; a window needs a TIMESTAMP(3) or "
                    "TIMESTAMP_LTZ(3) with a watermark",
                    name.name, column.type.to_short_string()));
  }
  const auto near = nearest_name(name.name, names);
  return user_error(
      name.where,
      fmt::format("there is no column '{}' in this table", name.name),
      near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

absl::StatusOr<window_spec> window_of(const window_arguments& arguments,
                                      bool hop) {
  window_spec result;
  HERALD_ASSIGN(result.size_ms,
                interval_ms(*arguments.size, "the window size"));
  result.slide_ms = result.size_ms;
  if (result.size_ms <= 0)
    return user_error(arguments.size->where,
                      "the window size must be positive");
  if (hop) {
    HERALD_ASSIGN(result.slide_ms, interval_ms(*arguments.slide, "the slide"));
    if (result.slide_ms <= 0 || result.slide_ms > result.size_ms)
      return user_error(arguments.slide->where,
                        "the slide must be positive and no longer than the "
                        "window size",
                        hop_usage);
    if (result.size_ms % result.slide_ms != 0)
      return user_error(arguments.size->where,
                        "the window size must be a multiple of the slide");
  }
  if (arguments.offset) {
    HERALD_ASSIGN(result.offset_ms,
                  interval_ms(*arguments.offset, "the window offset"));
    if (std::abs(result.offset_ms) >= result.slide_ms)
      return user_error(arguments.offset->where,
                        "the offset must be shorter than the window (the "
                        "slide of HOP)");
  }
  return result;
}

} // namespace

absl::StatusOr<plan_ptr>
query_binder::bind_function(const sql::table_function& x, text_position where) {
  const auto* function = x.function->as<sql::call>();
  const auto name = function ? function->upper_name() : "";
  if (x.lateral)
    return user_error(where, "LATERAL TABLE is not supported yet");
  if (name == "TUMBLE" || name == "HOP")
    return bind_window(*function, name == "HOP", x.function->where);
  if (name == "CUMULATE" || name == "SESSION")
    return user_error(x.function->where,
                      fmt::format("{} windows are not supported yet", name),
                      "TUMBLE and HOP are");
  const auto near = nearest_name(name, {"TUMBLE", "HOP"});
  return user_error(x.function->where,
                    fmt::format("there is no table function '{}'", name),
                    near.empty() ? "" : fmt::format("did you mean {}?", near));
}

absl::StatusOr<plan_ptr> query_binder::bind_window(const sql::call& x, bool hop,
                                                   text_position where) {
  HERALD_ASSIGN(const auto arguments, sort_arguments(x, hop, where));
  const auto* data = arguments.data->as<sql::table_argument>();
  if (!data)
    return user_error(arguments.data->where,
                      "the first argument is a table: TABLE t");
  if (!data->partition_by.empty() || !data->order_by.empty())
    return user_error(arguments.data->where,
                      "PARTITION BY is only for SESSION windows");
  plan_ptr input;
  if (data->query) {
    HERALD_ASSIGN(input, bind(*data->query));
  } else {
    HERALD_ASSIGN(input, bind_name(data->table));
  }
  HERALD_ASSIGN(const int column, time_column(*arguments.time, input->columns));
  HERALD_ASSIGN(const auto window, window_of(arguments, hop));
  const auto& type = input->columns[static_cast<std::size_t>(column)].type;
  if (type.kind() == type_kind::timestamp_ltz
      && session_.options().time_zone() != "UTC")
    return user_error(arguments.time->where,
                      "windows over TIMESTAMP_LTZ are not supported yet in a "
                      "session zone other than UTC");
  if (input->retracts)
    return user_error(where,
                      "a window needs rows that are only inserted, but this "
                      "input also updates or deletes rows");
  return make_window_assign(std::move(input), {column, window});
}

} // namespace herald
