#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/lookup_options.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// An equality that rows can be looked up by.
struct lookup_key {
  expr_ptr value; ///< over the left columns
  int column = 0; ///< of the table's definition
  std::size_t condition = 0;
};

/// Takes the keys out of a join's condition and builds the look-up.
class lookup_builder {
public:
  lookup_builder(plan_ptr left, const scan_node& dimension)
      : left_(std::move(left)), dimension_(dimension),
        left_count_(static_cast<int>(left_->columns.size())) {}

  const table_definition& table() const {
    return *dimension_.table->definition;
  }

  /// Conditions in the order that they are checked in; those from `first_key`
  /// on come first as keys.
  void read(std::vector<expr_ptr> conditions, std::size_t first_key);

  /// By the primary key alone if all of it is there: the rest is checked on
  /// the one row.
  void choose_keys();

  bool has_keys() const {
    return !keys_.empty();
  }

  std::vector<std::string> key_names() const {
    std::vector<std::string> result;
    for (const auto& key : keys_)
      result.push_back(name_of(key.column));
    return result;
  }

  plan_ptr build(lookup_join_spec spec);

private:
  const std::string& name_of(int column) const {
    return table().columns[static_cast<std::size_t>(column)].name;
  }

  std::optional<lookup_key> key_of(const expr& x) const;

  plan_ptr left_;
  const scan_node& dimension_;
  int left_count_;
  std::vector<expr_ptr> conditions_;
  std::vector<lookup_key> keys_;
};

std::optional<lookup_key> lookup_builder::key_of(const expr& x) const {
  if (x.kind != expr_kind::call || x.name != "=" || x.args.size() != 2)
    return std::nullopt;
  for (const int at : {0, 1}) {
    const auto& mine = x.args[static_cast<std::size_t>(at)];
    const auto& theirs = x.args[static_cast<std::size_t>(1 - at)];
    if (theirs->kind != expr_kind::column || theirs->column < left_count_)
      continue;
    const auto& column
        = *dimension_
               .columns[static_cast<std::size_t>(theirs->column - left_count_)];
    std::vector<int> read;
    collect_columns(*mine, read);
    const bool is_left = std::all_of(read.begin(), read.end(),
                                     [&](int i) { return i < left_count_; });
    // Keys are compared by their stored form.
    const bool fits = (mine->type.is_text() && column.type.is_text())
                      || mine->type.same_kind(column.type);
    if (column.kind == expr_kind::column && is_left && mine->steady && fits)
      return lookup_key{mine, column.column, 0};
  }
  return std::nullopt;
}

void lookup_builder::read(std::vector<expr_ptr> conditions,
                          std::size_t first_key) {
  conditions_ = std::move(conditions);
  for (std::size_t at = 0; at < conditions_.size(); ++at) {
    const auto i = (at + first_key) % conditions_.size();
    auto key = key_of(*conditions_[i]);
    const bool is_new
        = key && std::none_of(keys_.begin(), keys_.end(), [&](const auto& x) {
            return x.column == key->column;
          });
    if (!is_new)
      continue;
    key->condition = i;
    keys_.push_back(std::move(*key));
  }
}

void lookup_builder::choose_keys() {
  const auto& wanted = table().primary_key;
  std::vector<lookup_key> chosen;
  for (const auto& name : wanted)
    for (const auto& key : keys_)
      if (name_of(key.column) == name)
        chosen.push_back(key);
  if (!wanted.empty() && chosen.size() == wanted.size())
    keys_ = std::move(chosen);
}

plan_ptr lookup_builder::build(lookup_join_spec spec) {
  spec.target.table = dimension_.table->definition;
  spec.target.paths = dimension_.paths;
  spec.target.layout = std::make_shared<schema>(schema{dimension_.raw});
  spec.columns = dimension_.columns;
  spec.columns_layout = schema_of(dimension_.names);
  auto columns = columns_of(left_->columns);
  auto names = names_of(left_->columns);
  for (const auto& key : keys_) {
    spec.target.keys.push_back(key.column);
    auto place = key.value->column;
    if (key.value->kind != expr_kind::column) {
      place = static_cast<int>(columns.size());
      columns.push_back(key.value);
      names.push_back(to_string(*key.value));
    }
    spec.left_keys.push_back(place);
  }
  const auto extra = static_cast<int>(columns.size()) - left_count_;
  auto left
      = extra == 0 ? left_ : make_project(left_, std::move(columns), names);
  std::vector<expr_ptr> residual;
  for (std::size_t i = 0; i < conditions_.size(); ++i)
    if (std::none_of(keys_.begin(), keys_.end(),
                     [&](const auto& x) { return x.condition == i; }))
      residual.push_back(conditions_[i]);
  std::vector<int> places;
  const auto count = left_count_ + static_cast<int>(dimension_.columns.size());
  for (int i = 0; i < count; ++i)
    places.push_back(i < left_count_ ? i : i + extra);
  if (!residual.empty()) {
    auto all = left->columns;
    all.insert(all.end(), dimension_.names.begin(), dimension_.names.end());
    spec.residual = remap(conjunction(residual), places, all);
  }
  auto result = make_lookup_join(std::move(left), std::move(spec));
  if (extra == 0)
    return result;
  std::vector<expr_ptr> wanted;
  std::vector<std::string> labels;
  for (const int place : places) {
    wanted.push_back(column_of(result->columns, place));
    labels.push_back(result->columns[static_cast<std::size_t>(place)].name);
  }
  return make_project(std::move(result), std::move(wanted), labels);
}

const sql::named_table* timed_table(const sql::table_reference& x) {
  const auto* named = x.as<sql::named_table>();
  return named && named->as_of ? named : nullptr;
}

/// What a view gives of the one table that it filters and projects.
struct table_view {
  const scan_node* table = nullptr;
  std::vector<expr_ptr> columns;    ///< over the table's
  std::vector<expr_ptr> conditions; ///< over the table's
  bool steady = true; ///< computes none that differs the second time
};

expr_ptr over_table(const expr_ptr& x, const table_view& view) {
  return map_columns(x, [&](const expr& column) {
    return view.columns[static_cast<std::size_t>(column.column)];
  });
}

bool is_plain(const table_view& view) {
  return std::all_of(
      view.columns.begin(), view.columns.end(),
      [](const auto& column) { return column->kind == expr_kind::column; });
}

/// Nullopt: there is more than filters and projections of one table.
std::optional<table_view> look_through(const plan_node& plan) {
  if (const auto* scan = plan.as<scan_node>())
    return table_view{scan, columns_of(plan.columns), {}};
  const auto* filter = plan.as<filter_spec>();
  const auto* project = plan.as<project_spec>();
  if (!filter && !project)
    return std::nullopt;
  auto result = look_through(*plan.inputs[0]);
  if (!result)
    return result;
  if (filter) {
    result->conditions.push_back(over_table(filter->condition, *result));
    return result;
  }
  std::vector<expr_ptr> columns;
  for (const auto& x : project->columns) {
    columns.push_back(over_table(x, *result));
    result->steady &= columns.back()->steady;
  }
  result->columns = std::move(columns);
  return result;
}

/// `x` over a join of `left_count` columns and a view, as one over that many
/// and the view's table.
expr_ptr behind(const expr_ptr& x, int left_count, const table_view& view) {
  return map_columns(x, [&](const expr& column) -> expr_ptr {
    if (column.column < left_count)
      return nullptr;
    const auto& made
        = view.columns[static_cast<std::size_t>(column.column - left_count)];
    return map_columns(made, [&](const expr& inner) {
      return at_position(
          make_column(left_count + inner.column, inner.type, inner.name),
          column.where);
    });
  });
}

absl::Status check_view(const std::optional<table_view>& view,
                        const sql::join_table& x, text_position where) {
  if (!view)
    return user_error(where, "rows can be looked up in a table, or in a view "
                             "that only filters and projects one");
  // A column is computed wherever it is read, and for no missing row.
  const bool is_left = x.kind == sql::join_kind::left;
  if (view->steady && (!is_left || is_plain(*view)))
    return absl::OkStatus();
  return user_error(where,
                    view->steady
                        ? "a LEFT JOIN looks rows up in a view of plain "
                          "columns only"
                        : "rows are looked up in a view of plain columns only "
                          "when one calls RAND() or the like",
                    "compute in the select list");
}

} // namespace

absl::StatusOr<query_binder::source>
query_binder::bind_right(const sql::join_table& x) {
  const auto* named = timed_table(*x.right);
  if (!named)
    return bind_table(*x.right);
  if (x.kind != sql::join_kind::inner && x.kind != sql::join_kind::left)
    return user_error(x.right->where, "a table of a processing time can be "
                                      "joined by JOIN and LEFT JOIN only");
  if (!x.right->columns.empty())
    return user_error(x.right->where,
                      "a table that rows are looked up in keeps the names of "
                      "its columns");
  const bool is_with = find_common(named->name);
  const catalog_object* object = nullptr;
  if (!is_with) {
    HERALD_ASSIGN(object, session_.find(named->name, home_));
  }
  if (is_with || object->is_view()) {
    ++unread_;
    auto bound = bind_name(named->name, named->hints);
    --unread_;
    HERALD_ASSIGN(auto plan, std::move(bound));
    HERALD_TRY(check_view(look_through(*plan), x, named->name.back().where));
    const auto& name = x.right->alias ? *x.right->alias : named->name.back();
    return name_columns(std::move(plan), name.name, *x.right);
  }
  const auto& table = std::get<bound_table_ptr>(object->value);
  const auto& alias = x.right->alias ? *x.right->alias : named->name.back();
  HERALD_ASSIGN(const auto options, hinted_options(named->hints));
  return name_columns(make_scan(with_options(table, options)), alias.name,
                      *x.right);
}

absl::StatusOr<plan_ptr> query_binder::join_sides(const sql::join_table& x,
                                                  plan_ptr left, plan_ptr right,
                                                  join_spec spec) {
  const auto* named = timed_table(*x.right);
  if (!named)
    return join_streams(x, std::move(left), std::move(right), std::move(spec));
  const auto left_count = static_cast<int>(left->columns.size());
  const auto view = *look_through(*right);
  lookup_builder builder(std::move(left), *view.table);
  // ON sees what the view lets through.
  std::vector<expr_ptr> conditions;
  const auto add = [&](const expr_ptr& x_condition) {
    const auto parts = conjuncts(x_condition);
    conditions.insert(conditions.end(), parts.begin(), parts.end());
  };
  for (const auto& x_condition : view.conditions)
    add(moved(x_condition, left_count));
  const auto of_view = conditions.size();
  if (spec.residual)
    add(behind(spec.residual, left_count, view));
  builder.read(std::move(conditions), of_view);
  builder.choose_keys();
  const auto& table = builder.table();
  if (!builder.has_keys())
    return user_error(x.right->where,
                      fmt::format("rows of '{}' can only be looked up by "
                                  "columns that equal something of the left "
                                  "side",
                                  table.name),
                      "such as ON a.id = d.id; of another type it must be "
                      "cast to the column's");
  HERALD_TRY(about_table(
      session_.connectors().check_lookup(table, builder.key_names()),
      named->name, table));
  lookup_join_spec lookup;
  lookup.keeps_left = spec.type == join_type::left;
  HERALD_ASSIGN(lookup.policy, lookup_policy_for(*x.right, table));
  lookup.make = session_.connectors().lookups_of(table);
  auto joined = builder.build(std::move(lookup));
  if (right->as<scan_node>())
    return joined;
  std::vector<expr_ptr> columns;
  auto names = names_of(joined->columns);
  names.resize(static_cast<std::size_t>(left_count));
  for (int i = 0; i < left_count; ++i)
    columns.push_back(column_of(joined->columns, i));
  for (std::size_t i = 0; i < view.columns.size(); ++i) {
    columns.push_back(map_columns(view.columns[i], [&](const expr& column) {
      return column_of(joined->columns, left_count + column.column);
    }));
    names.push_back(right->columns[i].name);
  }
  return make_project(std::move(joined), std::move(columns), names);
}

absl::StatusOr<lookup_policy>
query_binder::lookup_policy_for(const sql::table_reference& x,
                                const table_definition& table) const {
  const auto* named = x.as<sql::named_table>();
  const sql::hint* found = nullptr;
  for (const auto* hint : hints_.lookups) {
    const auto name = hint_option(*hint, "table");
    if (name == table.name || (x.alias && name == x.alias->name)
        || (named && name == named->name.back().name))
      found = hint;
  }
  return lookup_policy_of(table, session_.options(), found);
}

} // namespace herald
