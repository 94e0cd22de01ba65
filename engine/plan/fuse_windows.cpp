#include "engine/plan/make_grouped.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

/// What stands between an aggregation and its window function: a projection,
/// GROUPING SETS over it, either or none.
struct window_input {
  plan_ptr assign;               ///< the window function
  std::vector<expr_ptr> columns; ///< over `assign`, before GROUPING SETS
  const expand_spec* sets = nullptr;
};

std::optional<window_input> find_window(const plan_node& aggregate) {
  window_input result;
  auto node = aggregate.inputs[0];
  if (const auto* expand = node->as<expand_spec>()) {
    result.sets = expand;
    node = node->inputs[0];
  }
  result.columns = columns_of(node->columns);
  if (const auto* project = node->as<project_spec>()) {
    result.columns = project->columns;
    node = node->inputs[0];
  }
  if (!node->as<window_assign_spec>())
    return std::nullopt;
  result.assign = node;
  return result;
}

/// True if `x` reads none of the columns that the window function adds.
bool without_window(const expr& x, int input_count) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return column < input_count; });
}

/// Moves an aggregation under its window function.
class window_fuser {
public:
  window_fuser(const plan_node& node, const window_aggregate_spec& spec,
               const window_input& found)
      : node_(node), spec_(spec), found_(found), rows_(found.assign->inputs[0]),
        assign_(*found.assign->as<window_assign_spec>()),
        count_(static_cast<int>(rows_->columns.size())),
        columns_(columns_of(rows_->columns)), names_(names_of(rows_->columns)) {
  }

  /// Null if it reads the window itself, or sessions of other keys or of
  /// rows that it cannot take back.
  plan_ptr fuse() {
    auto fused = spec_;
    fused.time_column = assign_.time_column;
    fused.window_start_column.reset();
    fused.window_end_column.reset();
    fused.keys.clear();
    for (auto& call : fused.calls) {
      call = substitute(call, found_.columns);
      std::vector<int> used;
      collect_columns(call, used);
      if (std::any_of(used.begin(), used.end(),
                      [&](int column) { return column >= count_; }))
        return nullptr;
      // A session that is over takes no rows back.
      if (rows_->retracts && !takes_rows_back(call))
        return nullptr;
    }
    // Those of a session are its window function's.
    if (!fused.late)
      fused.late = assign_.late;
    else
      for (auto& column : fused.late->columns) {
        if (column < 0)
          continue;
        if (column >= static_cast<int>(found_.columns.size()))
          return nullptr;
        column = place(found_.columns[static_cast<std::size_t>(column)]);
        if (column < 0)
          return nullptr;
      }
    if (!place_sets() || !place_keys(fused.keys) || !sessions_fit(fused.keys))
      return nullptr;
    auto input = rows_;
    if (columns_.size() > rows_->columns.size())
      input = make_project(input, std::move(columns_), names_);
    if (found_.sets) {
      // Copies come behind all columns, however many these have become.
      const auto shift = static_cast<int>(input->columns.size());
      for (const auto at : copies_)
        fused.keys[at] += shift;
      input = make_expand(std::move(input), sets_);
    }
    return finish(std::move(input), std::move(fused));
  }

private:
  /// The column of `x`, over the window function, under it; -1: it has none.
  int place(const expr_ptr& x) {
    if (!without_window(*x, count_))
      return -1;
    if (x->kind == expr_kind::column)
      return x->column;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (equal(*columns_[i], *x))
        return static_cast<int>(i);
    columns_.push_back(x);
    names_.push_back(to_string(*x));
    return static_cast<int>(columns_.size()) - 1;
  }

  bool place_sets() {
    if (!found_.sets)
      return true;
    sets_ = *found_.sets;
    for (auto& key : sets_.keys) {
      key = place(found_.columns[static_cast<std::size_t>(key)]);
      if (key < 0)
        return false;
    }
    return true;
  }

  bool place_keys(std::vector<int>& out) {
    const auto plain = static_cast<int>(found_.columns.size());
    for (std::size_t i = 0; i < spec_.keys.size(); ++i) {
      const int key = spec_.keys[i];
      if (key >= plain) {
        copies_.push_back(out.size());
        out.push_back(key - plain);
        continue;
      }
      const auto& x = found_.columns[static_cast<std::size_t>(key)];
      if (spec_.window.is_session() && x->kind == expr_kind::column
          && x->column == count_) {
        start_key_ = static_cast<int>(i);
        continue;
      }
      out.push_back(place(x));
      if (out.back() < 0)
        return false;
    }
    return true;
  }

  /// A session is one of its own keys; those of others are aggregated later.
  bool sessions_fit(std::vector<int> keys) const {
    if (!spec_.window.is_session())
      return true;
    auto wanted = assign_.keys;
    std::sort(wanted.begin(), wanted.end());
    std::sort(keys.begin(), keys.end());
    return !found_.sets && start_key_ >= 0 && keys == wanted;
  }

  /// The aggregation, its columns in their old places and names.
  plan_ptr finish(plan_ptr input, window_aggregate_spec fused) const {
    using output = window_aggregate_spec::window_output;
    if (start_key_ >= 0)
      fused.outputs.push_back(output::start);
    const auto start
        = fused.keys.size() + fused.calls.size() + fused.outputs.size() - 1;
    const auto result
        = make_window_aggregate(std::move(input), std::move(fused));
    std::vector<expr_ptr> columns;
    int next = 0;
    for (int i = 0; i < static_cast<int>(node_.columns.size()); ++i)
      columns.push_back(column_of(
          result->columns, i == start_key_ ? static_cast<int>(start) : next++));
    return make_project(result, std::move(columns), names_of(node_.columns));
  }

  const plan_node& node_;
  const window_aggregate_spec& spec_;
  const window_input& found_;
  const plan_ptr& rows_;
  const window_assign_spec& assign_;
  int count_;
  std::vector<expr_ptr> columns_; ///< under the window function
  std::vector<std::string> names_;
  expand_spec sets_;
  std::vector<std::size_t> copies_; ///< keys that GROUPING SETS add
  int start_key_ = -1;              ///< key that is a session's start
};

} // namespace

/// `node` over the copies of rows for GROUPING SETS, if between them there is
/// but a projection that moves columns; else `node`.
static plan_ptr over_copies(const plan_ptr& node) {
  const auto& input = node->inputs[0];
  const auto* moves = input->as<project_spec>();
  if (!moves || !input->inputs[0]->as<expand_spec>())
    return node;
  std::vector<int> places;
  for (const auto& x : moves->columns) {
    if (x->kind != expr_kind::column)
      return node;
    places.push_back(x->column);
  }
  const auto& copies = input->inputs[0];
  const auto place
      = [&](int column) { return places[static_cast<std::size_t>(column)]; };
  auto spec = *node->as<window_aggregate_spec>();
  for (auto& key : spec.keys)
    key = place(key);
  for (auto& call : spec.calls)
    call = remap(call, places, copies->columns);
  for (auto* bound : {&spec.window_start_column, &spec.window_end_column})
    if (*bound)
      *bound = place(**bound);
  if (spec.late)
    for (auto& column : spec.late->columns)
      if (column >= 0)
        column = place(column);
  return make_window_aggregate(copies, std::move(spec));
}

plan_ptr fuse_windows(const plan_ptr& plan) {
  std::vector<plan_ptr> inputs;
  for (const auto& input : plan->inputs)
    inputs.push_back(fuse_windows(input));
  const auto same = [](const expr_ptr& x) { return x; };
  auto result = plan->inputs.empty()
                    ? plan
                    : map_expressions(plan, std::move(inputs), same);
  const auto* spec = result->as<window_aggregate_spec>();
  if (!spec || spec->time_column)
    return result;
  const auto node = over_copies(result);
  const auto found = find_window(*node);
  if (!found)
    return result;
  auto fused
      = window_fuser(*node, *node->as<window_aggregate_spec>(), *found).fuse();
  return fused ? fused : result;
}

} // namespace herald
