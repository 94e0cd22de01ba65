#include "engine/plan/call_arguments.hpp"
#include "engine/plan/window_call.hpp"

#include <array>

#include <fmt/format.h>

// FROM_CHANGELOG(input => TABLE t, …) and TO_CHANGELOG: the built-in process
// table functions of Flink 2.3.

namespace herald {

namespace {

using kind = changelog_spec::kind_type;
using code = std::pair<std::string, change>;

constexpr std::string_view from_usage
    = "FROM_CHANGELOG(input => TABLE t, op => DESCRIPTOR(op), op_mapping => "
      "MAP['c, r', 'INSERT', 'ub', 'UPDATE_BEFORE', 'ua', 'UPDATE_AFTER', 'd', "
      "'DELETE'])";
constexpr std::string_view to_usage
    = "TO_CHANGELOG(input => TABLE t, op => DESCRIPTOR(op), op_mapping => "
      "MAP['INSERT, UPDATE_AFTER', 'U', 'DELETE', 'D'])";

/// By change.
constexpr std::array<std::string_view, 4> change_names
    = {"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"};

struct changelog_arguments {
  const sql::expression* input = nullptr;
  const sql::expression* op = nullptr;
  const sql::expression* mapping = nullptr;
  const sql::expression* on_time = nullptr;
  const sql::expression* uid = nullptr; ///< names state; there is none
};

absl::StatusOr<change> find_change(const std::string& name,
                                   text_position where) {
  for (std::size_t i = 0; i < change_names.size(); ++i)
    if (name == change_names[i])
      return static_cast<change>(i);
  return user_error(
      where, fmt::format("'{}' is no operation", name),
      "INSERT, UPDATE_BEFORE, UPDATE_AFTER or DELETE, in capitals");
}

/// The parts of 'a, b', without blanks around them.
std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> result;
  for (;;) {
    const auto comma = list.find(',');
    auto part = list.substr(0, comma);
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ')
      part.remove_suffix(1);
    result.emplace_back(part);
    if (comma == std::string_view::npos)
      return result;
    list.remove_prefix(comma + 1);
  }
}

absl::StatusOr<std::string> text_of(const sql::expression& x) {
  const auto* text = x.as<sql::literal>();
  if (!text || text->kind != sql::literal_kind::string)
    return user_error(x.where, "op_mapping is a MAP of texts, written out");
  return text->text;
}

/// What stands for each change; without a mapping its own name.
absl::StatusOr<std::vector<code>> codes_of(const sql::expression* mapping,
                                           kind direction) {
  std::vector<code> result;
  if (!mapping) {
    for (std::size_t i = 0; i < change_names.size(); ++i)
      result.emplace_back(change_names[i], static_cast<change>(i));
    return result;
  }
  const auto* map = mapping->as<sql::operation>();
  if (!map || map->op != sql::operator_kind::map)
    return user_error(
        mapping->where, "op_mapping is a MAP of texts, written out",
        std::string(direction == kind::tell ? to_usage : from_usage));
  std::array<bool, 4> known{};
  for (std::size_t i = 0; i + 1 < map->args.size(); i += 2) {
    HERALD_ASSIGN(const auto key, text_of(*map->args[i]));
    HERALD_ASSIGN(const auto value, text_of(*map->args[i + 1]));
    // The operations are on the left of one, and on the right of the other.
    const bool tells = direction == kind::tell;
    const auto at = map->args[tells ? i : i + 1]->where;
    const auto names = tells ? parts_of(key) : std::vector{value};
    for (const auto& name : names) {
      HERALD_ASSIGN(const auto what, find_change(name, at));
      if (std::exchange(known[static_cast<std::size_t>(what)], true))
        return user_error(at, fmt::format("{} is there twice", name),
                          tells ? "" : "several texts for one: 'c, r'");
      for (const auto& text : tells ? std::vector{value} : parts_of(key))
        result.emplace_back(text, what);
    }
  }
  if (direction == kind::obey && known[2] && !known[1])
    return user_error(mapping->where,
                      "op_mapping has UPDATE_AFTER and no UPDATE_BEFORE",
                      "rows that replace others without taking them back are "
                      "read by 'upsert-kafka'");
  return result;
}

/// The one name of DESCRIPTOR(name).
absl::StatusOr<const sql::identifier*> name_of(const sql::expression& x,
                                               std::string_view argument) {
  const auto* named = x.as<sql::descriptor>();
  if (!named || named->columns.size() != 1)
    return user_error(
        x.where, fmt::format("{} is given as DESCRIPTOR(column)", argument));
  return &named->columns[0];
}

absl::StatusOr<plan_ptr> tell_changes(plan_ptr input, changelog_spec spec,
                                      const changelog_arguments& arguments) {
  std::string name = "op";
  auto where = arguments.input->where;
  if (arguments.op) {
    HERALD_ASSIGN(const auto* given, name_of(*arguments.op, "op"));
    name = given->name;
    where = given->where;
  }
  for (const auto& column : input->columns)
    if (column.name == name)
      return user_error(
          where, fmt::format("the table has a column '{}' already", name),
          "another name: op => DESCRIPTOR(operation)");
  return make_changelog(std::move(input), std::move(spec), name);
}

absl::StatusOr<plan_ptr> obey_changes(plan_ptr input, changelog_spec spec,
                                      const changelog_arguments& arguments) {
  sql::identifier name{"op", arguments.input->where};
  if (arguments.op) {
    HERALD_ASSIGN(const auto* given, name_of(*arguments.op, "op"));
    name = *given;
  }
  if (input->retracts)
    return user_error(arguments.input->where,
                      "FROM_CHANGELOG needs rows that are only inserted, but "
                      "this input also updates or deletes rows");
  HERALD_ASSIGN(spec.column, find_column(name, input->columns));
  const auto& type = input->columns[static_cast<std::size_t>(spec.column)].type;
  if (!type.is_text())
    return user_error(name.where,
                      fmt::format("'{}' is {}, an operation is a STRING",
                                  name.name, type.to_short_string()));
  if (input->columns.size() == 1)
    return user_error(name.where,
                      fmt::format("there is no column but '{}'", name.name));
  return make_changelog(std::move(input), std::move(spec));
}

/// `plan` with the event time of `on_time` once more as `rowtime`.
absl::StatusOr<plan_ptr> with_rowtime(plan_ptr plan,
                                      const sql::expression& on_time,
                                      bool changes,
                                      const sql_session& session) {
  if (changes)
    return user_error(on_time.where,
                      "on_time is for rows that are only inserted",
                      "leave it out: the columns stay what they are");
  HERALD_ASSIGN(const auto* name, name_of(on_time, "on_time"));
  HERALD_ASSIGN(const int column, find_column(*name, plan->columns));
  HERALD_TRY(check_time_attribute(
      plan->columns[static_cast<std::size_t>(column)], session, name->where));
  auto columns = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  columns.push_back(column_of(plan->columns, column));
  names.emplace_back("rowtime");
  return make_project(std::move(plan), std::move(columns), names);
}

} // namespace

/// TABLE t, TABLE (query) or (query).
absl::StatusOr<plan_ptr>
query_binder::bind_table_argument(const sql::expression& x) {
  if (const auto* query = x.as<sql::subquery>())
    return bind(*query->query);
  const auto* table = x.as<sql::table_argument>();
  if (!table)
    return user_error(x.where, "input is a table: TABLE t");
  if (!table->partition_by.empty() || !table->order_by.empty())
    return user_error(x.where, "input takes no PARTITION BY and no ORDER BY",
                      "rows stay in their order anyway");
  return table->query ? bind(*table->query) : bind_name(table->table);
}

absl::StatusOr<plan_ptr> query_binder::bind_changelog(const sql::call& x,
                                                      text_position at) {
  changelog_spec spec;
  spec.kind = x.upper_name() == "TO_CHANGELOG" ? kind::tell : kind::obey;
  const auto usage = spec.kind == kind::tell ? to_usage : from_usage;
  changelog_arguments arguments;
  const std::array<argument_place, 5> places
      = {{{"input", &arguments.input},
          {"op", &arguments.op},
          {"op_mapping", &arguments.mapping},
          {"on_time", &arguments.on_time},
          {"uid", &arguments.uid}}};
  HERALD_TRY(place_arguments(x, places, usage));
  if (!arguments.input)
    return user_error(at, "arguments are missing", std::string(usage));
  HERALD_ASSIGN(auto input, bind_table_argument(*arguments.input));
  HERALD_ASSIGN(spec.codes, codes_of(arguments.mapping, spec.kind));
  const bool tells = spec.kind == kind::tell;
  const bool changes = !tells || input->retracts;
  HERALD_ASSIGN(
      auto result,
      tells ? tell_changes(std::move(input), std::move(spec), arguments)
            : obey_changes(std::move(input), std::move(spec), arguments));
  return arguments.on_time ? with_rowtime(std::move(result), *arguments.on_time,
                                          changes, session_)
                           : result;
}

} // namespace herald
