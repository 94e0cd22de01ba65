#include "engine/plan/push_filters.hpp"
#include "engine/plan/query_binder.hpp"

#include <algorithm>

#include <fmt/format.h>

// Temporal joins by event time. Their right side is a table whose rows are
// versions: each is valid from its event time on until the next one of its
// primary key. A deduplication that keeps the last row by event time names
// the versions of its input; it is left out of the plan.

namespace herald {

namespace {

/// A plan whose rows are versions.
struct versioned {
  plan_ptr plan;
  std::vector<int> key;
  int time = -1;
};

std::optional<versioned> versions_of(const plan_ptr& plan);

/// Where `columns` give column `wanted` unchanged; -1: nowhere.
int place_in(const std::vector<expr_ptr>& columns, int wanted) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i]->kind == expr_kind::column && columns[i]->column == wanted)
      return static_cast<int>(i);
  return -1;
}

std::optional<versioned> versions_of(const plan_node& node,
                                     const project_spec& project) {
  auto below = versions_of(node.inputs[0]);
  if (!below)
    return std::nullopt;
  versioned result;
  result.plan
      = make_project(below->plan, project.columns, names_of(node.columns));
  for (const int key : below->key)
    result.key.push_back(place_in(project.columns, key));
  result.time = place_in(project.columns, below->time);
  const bool lost = result.time < 0
                    || std::find(result.key.begin(), result.key.end(), -1)
                           != result.key.end();
  return lost ? std::nullopt : std::optional(result);
}

std::optional<versioned> versions_of(const plan_ptr& plan) {
  if (const auto* project = plan->as<project_spec>())
    return versions_of(*plan, *project);
  if (const auto* last = plan->as<deduplicate_spec>())
    return last->keep_last && !last->processing_time ? std::optional(
               versioned{plan->inputs[0], last->keys, last->time_column})
                                                     : std::nullopt;
  const auto* scan = plan->as<scan_node>();
  if (plan->as<normalize_spec>())
    scan = plan->inputs[0]->as<scan_node>();
  if (!scan || scan->rowtime < 0)
    return std::nullopt;
  versioned result{plan, {}, scan->rowtime};
  for (const auto& name : scan->table->definition->primary_key) {
    const auto found
        = std::find_if(plan->columns.begin(), plan->columns.end(),
                       [&](const auto& x) { return x.name == name; });
    if (found == plan->columns.end())
      return std::nullopt;
    result.key.push_back(static_cast<int>(found - plan->columns.begin()));
  }
  return result.key.empty() ? std::nullopt : std::optional(result);
}

/// Puts the keys of a join behind the columns of its sides where they are no
/// columns.
class side_keys {
public:
  explicit side_keys(plan_ptr plan) : plan_(std::move(plan)) {}

  int place_of(const expr_ptr& x) {
    if (x->kind == expr_kind::column)
      return x->column;
    extra_.push_back(x);
    return static_cast<int>(plan_->columns.size() + extra_.size()) - 1;
  }

  plan_ptr widened() const {
    if (extra_.empty())
      return plan_;
    auto columns = columns_of(plan_->columns);
    auto names = names_of(plan_->columns);
    for (const auto& x : extra_) {
      columns.push_back(x);
      names.push_back(to_string(*x));
    }
    return make_project(plan_, std::move(columns), names);
  }

private:
  plan_ptr plan_;
  std::vector<expr_ptr> extra_;
};

/// `x` itself, or what is cast in it.
const expr& without_cast(const expr& x) {
  return x.kind == expr_kind::call && x.name == "CAST" ? *x.args[0] : x;
}

struct version_join {
  side_keys left;
  side_keys right;
  int left_count = 0;
  int right_count = 0;
  join_spec spec;
  std::vector<expr_ptr> residual;
  std::vector<int> unkeyed; ///< columns of the versions' key

  /// Takes `x` as a key if it compares a column of the versions' key with a
  /// value of the left side.
  bool take_key(const expr_ptr& x) {
    if (x->kind != expr_kind::call || x->name != "=" || x->args.size() != 2)
      return false;
    for (const auto& [mine, theirs] :
         {std::pair(x->args[0], x->args[1]), std::pair(x->args[1], x->args[0])})
      if (take_key(mine, theirs))
        return true;
    return false;
  }

  plan_ptr make() {
    const auto a = left.widened();
    const auto b = right.widened();
    std::vector<int> places;
    for (int i = 0; i < left_count + right_count; ++i)
      places.push_back(i < left_count
                           ? i
                           : i - left_count
                                 + static_cast<int>(a->columns.size()));
    auto columns = a->columns;
    columns.insert(columns.end(), b->columns.begin(), b->columns.end());
    if (!residual.empty())
      spec.residual = remap(conjunction(residual), places, columns);
    auto joined = make_join(a, b, spec);
    if (joined->columns.size() == places.size())
      return joined;
    std::vector<expr_ptr> kept;
    std::vector<std::string> names;
    for (const int place : places) {
      kept.push_back(column_of(joined->columns, place));
      names.push_back(kept.back()->name);
    }
    return make_project(std::move(joined), std::move(kept), names);
  }

private:
  bool take_key(const expr_ptr& mine, const expr_ptr& theirs) {
    const auto& column = without_cast(*theirs);
    if (column.kind != expr_kind::column
        || !pushing::reads_only(*mine, 0, left_count)
        || !(mine->type.same_kind(theirs->type)
             || (mine->type.is_text() && theirs->type.is_text())))
      return false;
    const auto found
        = std::find(unkeyed.begin(), unkeyed.end(), column.column - left_count);
    if (found == unkeyed.end())
      return false;
    std::vector<int> to_right(
        static_cast<std::size_t>(left_count + right_count), -1);
    for (int i = 0; i < right_count; ++i)
      to_right[static_cast<std::size_t>(left_count + i)] = i;
    unkeyed.erase(found);
    spec.left_keys.push_back(left.place_of(mine));
    spec.right_keys.push_back(
        right.place_of(remap(theirs, to_right, right.widened()->columns)));
    return true;
  }
};

} // namespace

absl::StatusOr<std::optional<int>>
query_binder::bind_as_of(const sql::expression& x, const source& left) {
  expression_binder binder(&session_, left.names, "FOR SYSTEM_TIME AS OF");
  HERALD_ASSIGN(const auto time, binder.bind(x));
  if (time->kind == expr_kind::call && time->name == "PROCTIME")
    return std::nullopt;
  if (time->kind != expr_kind::column)
    return user_error(x.where,
                      "FOR SYSTEM_TIME AS OF must name a column of time of "
                      "the left side");
  const auto& column
      = left.plan->columns[static_cast<std::size_t>(time->column)];
  if (column.time == time_role::proctime)
    return std::nullopt;
  return time->column;
}

absl::StatusOr<query_binder::source>
query_binder::bind_versions(const sql::join_table& x, source left, int time,
                            text_position where) {
  const auto& table = *x.right->as<sql::named_table>();
  const auto at = table.as_of->where;
  const auto& column = left.plan->columns[static_cast<std::size_t>(time)];
  if (column.time != time_role::rowtime)
    return user_error(at,
                      fmt::format("'{}' is no event time: FOR SYSTEM_TIME AS "
                                  "OF needs the column that has the watermark",
                                  column.name));
  const bool outer = x.kind == sql::join_kind::left;
  if ((x.kind != sql::join_kind::inner && !outer) || !x.on)
    return user_error(where, "a join FOR SYSTEM_TIME AS OF is a JOIN or a LEFT "
                             "JOIN with ON");
  HERALD_ASSIGN(auto plan, bind_name(table.name, table.hints));
  const auto found = versions_of(plan);
  if (!found)
    return user_error(table.name.back().where,
                      fmt::format("'{}' has no versions to join as of a time",
                                  sql::to_text(table.name)),
                      "it must be a table with a PRIMARY KEY and a WATERMARK, "
                      "or a view of the last row of each key by event time");
  const auto left_count = static_cast<int>(left.plan->columns.size());
  const auto right_count = static_cast<int>(found->plan->columns.size());
  source right{found->plan, {}};
  auto alias = x.right->alias ? x.right->alias->name : table.name.back().name;
  auto columns = found->plan->columns;
  if (!x.right->columns.empty() && x.right->columns.size() != columns.size())
    return user_error(x.right->where,
                      fmt::format("{} names for a table of {} "
                                  "columns",
                                  x.right->columns.size(), columns.size()));
  for (std::size_t i = 0; i < x.right->columns.size(); ++i)
    columns[i].name = x.right->columns[i].name;
  HERALD_TRY(right.names.add(std::move(alias), columns, x.right->where,
                             home_of(*x.right)));
  HERALD_TRY(left.names.append(right.names, where));
  expression_binder binder(&session_, left.names, "ON");
  HERALD_ASSIGN(const auto on, binder.bind_condition(*x.on));
  version_join made{side_keys(left.plan),
                    side_keys(found->plan),
                    left_count,
                    right_count,
                    {},
                    {},
                    found->key};
  made.spec.type = outer ? join_type::left : join_type::inner;
  made.spec.versions = version_times{time, found->time};
  for (const auto& condition : conjuncts(on))
    if (!made.take_key(condition))
      made.residual.push_back(condition);
  if (!made.unkeyed.empty()) {
    const auto key = static_cast<std::size_t>(made.unkeyed[0]);
    return user_error(x.on->where,
                      fmt::format("ON must ask for the whole key of the "
                                  "versions; '{}' is missing",
                                  columns[key].name));
  }
  auto joined = made.make();
  left.names.refine(joined->columns);
  return source{std::move(joined), std::move(left.names)};
}

} // namespace herald
