#include "engine/plan/planner.hpp"

#include "engine/plan/define_table.hpp"
#include "engine/plan/final_rows.hpp"
#include "engine/plan/newest_rows.hpp"
#include "engine/plan/optimiser.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/table_change.hpp"

#include <map>

#include <fmt/format.h>

namespace herald {

namespace {

std::optional<std::int64_t> rows_max_of(const plan_node& plan) {
  if (const auto* limit = plan.as<limit_spec>())
    return limit->limit;
  return plan.as<project_spec>() ? rows_max_of(*plan.inputs[0]) : std::nullopt;
}

/// Carries out one statement, whatever its kind.
class executor {
public:
  executor(std::shared_ptr<const sql::statement> statement,
           sql_session& session)
      : statement_(std::move(statement)), session_(session) {}

  absl::StatusOr<planned_statement> run() {
    return std::visit([&](const auto& x) { return run(x); }, statement_->node);
  }

private:
  using result = absl::StatusOr<planned_statement>;

  static result done(std::string message) {
    return statement_done{std::move(message)};
  }

  result run(const sql::query_ptr&) {
    return run_job();
  }

  result run(const sql::insert_statement&) {
    return run_job();
  }

  result run(const sql::statement_set&) {
    return run_job();
  }

  result run(const sql::create_table& x) {
    if (x.query) {
      HERALD_ASSIGN(auto insert, define_table_as(*statement_, session_));
      if (!insert)
        return done(
            fmt::format("table '{}' is there already", sql::to_text(x.name)));
      auto job = executor(std::move(insert), session_).run();
      if (job.ok())
        return job;
      if (!x.or_replace)
        HERALD_TRY(session_.remove(x.name));
      return at_place(job.status(), x.name.back().where);
    }
    HERALD_TRY(define_table(*statement_, session_));
    return done(fmt::format("table '{}' created", sql::to_text(x.name)));
  }

  result run(const sql::create_view& x) {
    // Binding it now finds its mistakes where it is declared.
    query_binder binder(session_);
    const bound_view view{statement_, &x, session_.catalogs().current()};
    HERALD_TRY(binder.bind_view(view, x.name.back().where).status());
    HERALD_TRY(session_.add(x.name, {view, x.temporary, {}}, x.or_replace,
                            x.if_not_exists));
    return done(fmt::format("view '{}' created", sql::to_text(x.name)));
  }

  result run(const sql::create_function& x) {
    if (x.alter && x.if_exists && !session_.find_function(x.name))
      return done(fmt::format("there is no '{}'", sql::to_text(x.name)));
    HERALD_TRY(session_.create_function(statement_));
    return done(fmt::format("function '{}' {}", sql::to_text(x.name),
                            x.alter ? "changed" : "created"));
  }

  result run(const sql::create_database& x) {
    HERALD_TRY(session_.catalogs().create(x));
    return done(fmt::format("database '{}' created", sql::to_text(x.name)));
  }

  result run(const sql::create_catalog& x) {
    HERALD_TRY(session_.catalogs().create(x));
    return done(fmt::format("catalog '{}' created", x.name.name));
  }

  result run(const sql::drop_statement& x) {
    HERALD_TRY(session_.drop(x));
    return done(fmt::format("'{}' dropped", sql::to_text(x.name)));
  }

  result run(const sql::use_statement& x) {
    HERALD_TRY(session_.catalogs().use(x));
    return done(fmt::format("using '{}'", sql::to_text(x.name)));
  }

  result run(const sql::alter_table& x) {
    if (x.if_exists && !session_.find(x.name).ok())
      return done(fmt::format("there is no '{}'", sql::to_text(x.name)));
    if (const auto* rename = std::get_if<sql::rename_object>(&x.action))
      return run_rename(x.name, sql::object_kind::table, rename->to);
    HERALD_TRY(alter_table(*statement_, session_));
    return done(fmt::format("table '{}' changed", sql::to_text(x.name)));
  }

  result run(const sql::alter_object& x) {
    const auto changed = fmt::format("{} '{}' changed", sql::to_text(x.kind),
                                     sql::to_text(x.name));
    if (x.kind != sql::object_kind::view) {
      HERALD_TRY(session_.catalogs().change(x));
      return done(changed);
    }
    if (x.if_exists && !session_.find(x.name).ok())
      return done(fmt::format("there is no '{}'", sql::to_text(x.name)));
    if (const auto* rename = std::get_if<sql::rename_object>(&x.action))
      return run_rename(x.name, x.kind, rename->to);
    // The query is checked where it was written; the view keeps a copy.
    query_binder binder(session_);
    HERALD_TRY(binder.bind(*std::get<sql::query_ptr>(x.action)).status());
    HERALD_TRY(alter_view(*statement_, session_));
    return done(changed);
  }

  result run_rename(const sql::qualified_name& from, sql::object_kind kind,
                    const sql::qualified_name& to) {
    HERALD_TRY(rename(from, kind, to, session_));
    return done(fmt::format("'{}' renamed to '{}'", sql::to_text(from),
                            sql::to_text(to)));
  }

  result run(const sql::set_statement& x) {
    if (!x.option) {
      text_table table{{"key", "value"}, {}};
      for (const auto& [key, value] : session_.options().values())
        table.rows.push_back({key, value});
      return table;
    }
    HERALD_TRY(session_.options().set(x.option->key, x.option->value,
                                      x.option->where, x.option->value_where));
    return done(
        fmt::format("'{}' set to '{}'", x.option->key, x.option->value));
  }

  result run(const sql::reset_statement& x) {
    HERALD_TRY(session_.options().reset(x.key, x.key_where));
    return done(x.key ? fmt::format("'{}' reset", *x.key) : "options reset");
  }

  result run(const sql::show_statement& x) {
    HERALD_ASSIGN(auto table, show(x, session_, statement_->where));
    return table;
  }

  result run(const sql::describe_statement& x) {
    HERALD_ASSIGN(auto table, describe(x, session_));
    return table;
  }

  result run(const sql::explain_statement& x) {
    if (std::find(x.details.begin(), x.details.end(), "ANALYZE")
        != x.details.end())
      return analyze(*x.statement);
    HERALD_ASSIGN(auto text, explain(*x.statement, x.details, session_));
    HERALD_ASSIGN(auto json, explain_json(*x.statement, session_));
    return text_table{{"result"}, {{std::move(text)}}, std::move(json)};
  }

  template <class T>
  result run(const T&) {
    return user_error(statement_->where, "this statement is not supported yet");
  }

  result analyze(const sql::statement& statement) {
    if (statement.as<sql::create_table>())
      return user_error(statement.where, "EXPLAIN ANALYZE runs a statement: it "
                                         "takes a query or INSERT");
    HERALD_ASSIGN(auto job, plan_job(statement));
    job.is_analysis = true;
    return job;
  }

  result run_job() {
    return plan_job(*statement_);
  }

  absl::StatusOr<planned_job> plan_job(const sql::statement& statement) {
    HERALD_ASSIGN(const auto bound, bind_statement(statement, session_));
    HERALD_ASSIGN(const auto sinks, plan_sinks(bound, session_));
    planned_job job;
    HERALD_ASSIGN(job.graph, build_job(sinks, session_));
    job.bounded = true;
    for (const auto& stage : job.graph.stages)
      if (stage.scan)
        job.bounded &= session_.connectors().bounded(*stage.scan->table);
    if (!sinks[0].sink.table) {
      for (const auto& column : sinks[0].sink.layout->fields)
        if (column.type.kind() == type_kind::null)
          return user_error(statement_->where,
                            fmt::format("column '{}' of the result is NULL "
                                        "without a type",
                                        column.name),
                            "CAST(NULL AS STRING), or whatever type is meant");
      job.is_select = true;
      job.columns = sinks[0].sink.layout;
      job.retracts = sinks[0].sink.retracts;
      if (!job.retracts)
        job.rows_max = rows_max_of(*sinks[0].plan);
    }
    return job;
  }

  std::shared_ptr<const sql::statement> statement_;
  sql_session& session_;
};

} // namespace

absl::StatusOr<planned_statement>
plan_statement(std::shared_ptr<const sql::statement> statement,
               sql_session& session) {
  return executor(std::move(statement), session).run();
}

/// What an INSERT OVERWRITE of a set replaces must not be written by another.
static absl::Status check_overwrites(const sql::statement_set& set,
                                     const sql_session& session) {
  std::map<object_name, bool> written; // by table: it is overwritten
  for (const auto& x : set.inserts) {
    HERALD_ASSIGN(auto name, session.resolve(x.table));
    const auto [before, first] = written.emplace(std::move(name), x.overwrite);
    if (!first && (before->second || x.overwrite))
      return user_error(x.table.back().where,
                        fmt::format("table '{}' is overwritten, so only one "
                                    "INSERT of the set can write it",
                                    x.table.back().name),
                        "join their queries by UNION ALL");
  }
  return absl::OkStatus();
}

absl::StatusOr<bound_statement> bind_statement(const sql::statement& statement,
                                               const sql_session& session) {
  bound_statement result;
  if (const auto* query = statement.as<sql::query_ptr>()) {
    query_binder binder(session);
    HERALD_ASSIGN(auto plan, binder.bind(**query));
    HERALD_ASSIGN(plan, as_batch(std::move(plan), session, statement.where));
    result.sinks.push_back({std::move(plan), nullptr, statement.where});
  } else if (const auto* insert = statement.as<sql::insert_statement>()) {
    HERALD_ASSIGN(auto sink, bind_insert(*insert, session));
    result.sinks.push_back(std::move(sink));
  } else if (const auto* set = statement.as<sql::statement_set>()) {
    HERALD_TRY(check_overwrites(*set, session));
    for (const auto& part : set->inserts) {
      HERALD_ASSIGN(auto sink, bind_insert(part, session));
      result.sinks.push_back(std::move(sink));
    }
  } else if (const auto* table = statement.as<sql::create_table>();
             table && table->query) {
    auto copy = session;
    HERALD_ASSIGN(const auto made, define_table_as(statement, copy));
    if (!made)
      return user_error(table->name.back().where, "the table is there already");
    auto bound = bind_statement(*made, copy);
    if (!bound.ok())
      return at_place(bound.status(), table->name.back().where);
    return bound;
  } else {
    return user_error(statement.where, "only queries, INSERT and statement "
                                       "sets have a plan");
  }
  std::size_t size = 0;
  for (const auto& sink : result.sinks)
    size += sink.plan->size;
  if (size > plan_nodes_max)
    return user_error(statement.where,
                      fmt::format("the statement needs more than {} operators",
                                  plan_nodes_max));
  return result;
}

/// The columns of a SELECT as its client gets them: a name that stood before
/// gets a number behind it, as Flink does, for a JSON object has each key once.
static schema_ptr unique_names(const schema& layout) {
  auto result = std::make_shared<schema>();
  for (const auto& x : layout.fields) {
    auto name = x.name;
    for (int i = 0; result->find(name); ++i)
      name = fmt::format("{}{}", x.name, i);
    result->fields.push_back({std::move(name), x.type});
  }
  return result;
}

/// `rows` of which several may have the primary key of the sink.
static absl::StatusOr<plan_ptr> settle_conflicts(plan_ptr rows,
                                                 const bound_sink& sink) {
  using rule = sql::conflict_rule;
  if (sink.on_conflict != rule::error)
    return make_newest_rows(std::move(rows), sink.newest_by,
                            sink.on_conflict == rule::nothing);
  if (rows->retracts)
    return user_error(sink.conflict_where,
                      "ON CONFLICT DO ERROR: the query updates rows by other "
                      "columns than the table's PRIMARY KEY, so two may share "
                      "a key for a moment without being in conflict",
                      "DO DEDUPLICATE keeps the newest row of a key, DO "
                      "NOTHING the first");
  return make_unique_rows(std::move(rows), sink.newest_by, sink.table->name);
}

absl::StatusOr<std::vector<planned_sink>>
plan_sinks(const bound_statement& statement, const sql_session& session) {
  std::vector<plan_ptr> roots;
  for (const auto& sink : statement.sinks)
    roots.push_back(sink.plan);
  HERALD_ASSIGN(auto plans, optimise(roots, session));
  const auto keys = upsert_keys_of(plans);
  std::vector<planned_sink> result;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto& sink = statement.sinks[i];
    const auto known = keys.find(plans[i].get());
    if (!sink.newest_by.empty()
        && (known == keys.end()
            || !has_key_within(known->second, sink.newest_by))) {
      HERALD_ASSIGN(plans[i], settle_conflicts(plans[i], sink));
    }
    auto layout = schema_of(sink.plan->columns);
    if (!sink.table)
      layout = unique_names(*layout);
    result.push_back({plans[i],
                      {sink.table, layout, plans[i]->retracts, sink.overwrite,
                       sink.partition}});
  }
  return result;
}

} // namespace herald
