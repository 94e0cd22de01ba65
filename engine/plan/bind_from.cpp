#include "engine/plan/final_rows.hpp"
#include "engine/plan/optimiser.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/query_limits.hpp"
#include "engine/plan/settings.hpp"
#include "engine/plan/table_change.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// What the rows that are read may do. Changes that may come twice are taken
/// as upserts: normalised by their key, as in Flink.
absl::StatusOr<changelog_kind> changes_read(const table_definition& table,
                                            const sql_session& session,
                                            text_position where) {
  const auto changes = session.connectors().changes_of(table);
  const auto repeats = session.options().value(settings::duplicates_key);
  if (changes != changelog_kind::all
      || !settings::same_word(repeats.value_or("false"), "true"))
    return changes;
  if (table.primary_key.empty())
    return user_error(
        where,
        fmt::format("'{}' needs tables of changes to have a primary key, "
                    "'{}' has none",
                    settings::duplicates_key, table.name),
        "PRIMARY KEY (…) NOT ENFORCED");
  return changelog_kind::upserts;
}

/// Renames the columns as `t (a, b)` says.
absl::StatusOr<plan_ptr> rename_columns(plan_ptr plan,
                                        const sql::table_reference& x) {
  if (x.columns.empty())
    return plan;
  if (x.columns.size() != plan->columns.size())
    return user_error(x.alias ? x.alias->where : x.where,
                      fmt::format("{} names for a table of {} columns",
                                  x.columns.size(), plan->columns.size()));
  std::vector<std::string> names;
  for (const auto& column : x.columns)
    names.push_back(column.name);
  return make_project(plan, columns_of(plan->columns), names);
}

} // namespace

absl::Status about_table(const absl::Status& found,
                         const sql::qualified_name& name,
                         const table_definition& table) {
  if (found.ok())
    return found;
  const auto status = table.placed(found);
  const auto context = fmt::format("table '{}'", sql::to_text(name));
  if (const auto where = position_of(status); where.line != 0)
    return at_place(status, where, context + ": ");
  return user_error(name.back().where,
                    fmt::format("{}: {}", context, message_of(status)));
}

absl::StatusOr<query_binder::source>
query_binder::bind_table(const sql::table_reference& x) {
  if (const auto* join = x.as<sql::join_table>())
    return bind_join(*join, x.where);
  if (unnests(x))
    return bind_unnest(x, {one_row(), {}}, false);
  plan_ptr plan;
  std::string alias;
  if (const auto* named = x.as<sql::named_table>()) {
    if (named->as_of)
      return user_error(named->as_of->where,
                        "FOR SYSTEM_TIME AS OF belongs to the right side of a "
                        "join");
    HERALD_ASSIGN(plan, bind_name(named->name, named->hints));
    alias = named->name.back().name;
  } else if (const auto* derived = x.as<sql::derived_table>()) {
    if (derived->lateral)
      return user_error(x.where, "LATERAL stands on the right of a join, or "
                                 "behind the comma");
    HERALD_ASSIGN(plan, bind(*derived->query));
  } else if (const auto* function = x.as<sql::table_function>()) {
    HERALD_ASSIGN(plan, bind_function(*function, x.where));
  } else {
    return user_error(x.where, "MATCH_RECOGNIZE is not supported yet");
  }
  if (x.alias)
    alias = x.alias->name;
  return name_columns(std::move(plan), std::move(alias), x);
}

absl::StatusOr<query_binder::source>
query_binder::name_columns(plan_ptr plan, std::string alias,
                           const sql::table_reference& x) const {
  HERALD_ASSIGN(plan, rename_columns(std::move(plan), x));
  if (plan->size > plan_nodes_max)
    return user_error(x.where, "with its views the statement becomes too large",
                      fmt::format("at most {} operators", plan_nodes_max));
  source result{plan, {}};
  HERALD_TRY(
      result.names.add(std::move(alias), plan->columns, x.where, home_of(x)));
  return result;
}

database_name query_binder::home_of(const sql::table_reference& x) const {
  const auto* named = x.as<sql::named_table>();
  if (!named || x.alias || find_common(named->name))
    return {};
  const auto full = session_.catalogs().resolve(named->name, home_);
  return full.ok() ? database_name{full->catalog, full->database}
                   : database_name();
}

const query_binder::common_table*
query_binder::find_common(const sql::qualified_name& name) const {
  const auto found
      = std::find_if(common_tables_.rbegin(), common_tables_.rend(),
                     [&](const auto& one) { return one.name == name[0].name; });
  return name.size() == 1 && found != common_tables_.rend() ? &*found : nullptr;
}

absl::StatusOr<plan_ptr>
query_binder::bind_name(const sql::qualified_name& name,
                        const std::vector<sql::hint>& hints) {
  HERALD_ASSIGN(const auto options, hinted_options(hints));
  const auto no_table = [&](std::string_view kind) {
    return user_error(hints[0].name.where,
                      fmt::format("OPTIONS is for tables, '{}' is a {}",
                                  name.back().name, kind),
                      "put it behind the table inside");
  };
  if (const auto* common = find_common(name)) {
    if (!options.empty())
      return no_table("query of WITH");
    return check_read(common->plan, name);
  }
  HERALD_ASSIGN(const auto* object, session_.find(name, home_));
  if (object->is_view() && !options.empty())
    return no_table("view");
  if (object->is_view()) {
    HERALD_ASSIGN(auto plan, bind_view(std::get<bound_view>(object->value),
                                       name.back().where));
    return check_read(std::move(plan), name);
  }
  const auto table
      = with_options(std::get<bound_table_ptr>(object->value), options);
  if (unread_ == 0 || !only_looked_up(*table->definition)) {
    HERALD_TRY(
        about_table(session_.connectors().check_source(*table->definition),
                    name, *table->definition));
  }
  HERALD_ASSIGN(const auto changes,
                changes_read(*table->definition, session_, name.back().where));
  const auto read = make_scan(table, changes);
  return session_.options().batch() ? without_watermark(*read) : read;
}

absl::StatusOr<plan_ptr>
query_binder::check_read(plan_ptr plan, const sql::qualified_name& name) const {
  if (unread_ > 0)
    return plan;
  for (const auto& node : topological({plan}))
    if (const auto* scan = node->as<scan_node>())
      if (const auto& table = *scan->table->definition; only_looked_up(table)) {
        HERALD_TRY(about_table(session_.connectors().check_source(table), name,
                               table));
      }
  return plan;
}

bool query_binder::only_looked_up(const table_definition& table) const {
  const auto& connectors = session_.connectors();
  return !connectors.check_source(table).ok()
         && connectors.check_lookup(table, table.primary_key).ok();
}

absl::StatusOr<plan_ptr> query_binder::bind_view(const bound_view& view,
                                                 text_position where) {
  if (view_depth_ >= view_depth_max)
    return user_error(where, fmt::format("views lie more than {} deep inside "
                                         "each other",
                                         view_depth_max));
  // A view sees the catalog only, not the WITH of the query that uses it.
  std::vector<common_table> outer;
  outer.swap(common_tables_);
  ++view_depth_;
  ++unread_;
  const auto home = std::exchange(home_, view.home);
  auto plan = bind(*view.definition->query);
  home_ = home;
  --view_depth_;
  --unread_;
  outer.swap(common_tables_);
  HERALD_TRY(plan.status());
  const auto& columns = view.definition->columns;
  if (columns.empty())
    return plan;
  if (columns.size() != (*plan)->columns.size())
    return user_error(view.definition->name.back().where,
                      fmt::format("the view lists {} columns, its query has {}",
                                  columns.size(), (*plan)->columns.size()));
  std::vector<std::string> names;
  for (const auto& column : columns)
    names.push_back(column.name.name);
  return make_project(*plan, columns_of((*plan)->columns), names);
}

} // namespace herald
