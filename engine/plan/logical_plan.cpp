#include "engine/plan/logical_plan.hpp"

#include "engine/common/check.hpp"

namespace herald {

plan_ptr make_node(plan_spec spec, std::vector<plan_ptr> inputs,
                   std::vector<plan_column> columns, bool retracts) {
  auto node = std::make_shared<plan_node>();
  node->spec = std::move(spec);
  node->inputs = std::move(inputs);
  node->columns = std::move(columns);
  node->retracts = retracts;
  // Beyond the limit nobody asks for the exact number.
  for (const auto& input : node->inputs)
    node->size = std::min(node->size + input->size, 2 * plan_nodes_max);
  return node;
}

namespace {

/// What a column becomes that is grouped by: no time attribute any more.
plan_column without_roles(plan_column x) {
  x.time = time_role::none;
  x.role = window_role::none;
  return x;
}

plan_column window_column(std::string_view name, window_role role,
                          const window_spec& window, data_type time_type) {
  auto type = role == window_role::time ? time_type : data_type::timestamp(3);
  plan_column result{.name = std::string(name),
                     .type = type.with_precision(3).with_nullable(false)};
  result.role = role;
  result.window = window;
  if (role == window_role::time)
    result.time
        = window.processing_time ? time_role::proctime : time_role::rowtime;
  return result;
}

constexpr std::string_view window_names[]
    = {"window_start", "window_end", "window_time"};

} // namespace

plan_ptr make_scan(const bound_table_ptr& table, changelog_kind changes) {
  scan_node spec;
  spec.table = table;
  for (const auto& column : table->definition->columns) {
    spec.paths.push_back({column.name});
    spec.raw.push_back({column.name, column.type});
  }
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    const auto& column = table->columns[i];
    spec.columns.push_back(
        column.computed
            ? column.computed
            : make_column(
                column.source,
                spec.raw[static_cast<std::size_t>(column.source)].type,
                column.name));
    plan_column name{.name = column.name, .type = column.type};
    if (static_cast<int>(i) == table->rowtime)
      name.time = time_role::rowtime;
    else if (column.computed && column.computed->kind == expr_kind::call
             && column.computed->name == "PROCTIME")
      name.time = time_role::proctime;
    spec.names.push_back(std::move(name));
  }
  spec.rowtime = table->rowtime;
  spec.watermark = table->watermark;
  spec.changes = changes;
  auto scan = make_scan(std::move(spec));
  if (changes != changelog_kind::upserts)
    return scan;
  normalize_spec keys;
  for (const auto& name : table->definition->primary_key)
    for (std::size_t i = 0; i < table->columns.size(); ++i)
      if (table->columns[i].name == name)
        keys.keys.push_back(static_cast<int>(i));
  return make_normalize(std::move(scan), std::move(keys));
}

plan_ptr make_scan(scan_node spec) {
  auto columns = spec.names;
  const bool retracts = spec.changes != changelog_kind::inserts;
  return make_node(std::move(spec), {}, std::move(columns), retracts);
}

plan_ptr make_union(std::vector<plan_ptr> inputs) {
  HERALD_CHECK(!inputs.empty(), "a union has inputs");
  auto columns = inputs.front()->columns;
  bool retracts = false;
  for (const auto& input : inputs) {
    retracts |= input->retracts;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& other = input->columns[i];
      if (other.time != columns[i].time)
        columns[i].time = time_role::none;
      if (other.role != columns[i].role || other.window != columns[i].window)
        columns[i].role = window_role::none;
      if (other.type.nullable())
        columns[i].type = columns[i].type.with_nullable(true);
    }
  }
  return make_node(union_node{}, std::move(inputs), std::move(columns),
                   retracts);
}

plan_ptr make_filter(plan_ptr input, expr_ptr condition) {
  if (!condition)
    return input;
  auto columns = input->columns;
  const bool retracts = input->retracts;
  return make_node(filter_spec{std::move(condition)}, {std::move(input)},
                   std::move(columns), retracts);
}

plan_ptr make_project(plan_ptr input, std::vector<expr_ptr> columns,
                      const std::vector<std::string>& names) {
  HERALD_CHECK_EQ(columns.size(), names.size());
  std::vector<plan_column> result;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& x = *columns[i];
    plan_column column{.name = names[i], .type = x.type};
    if (x.kind == expr_kind::column) {
      column = input->columns[static_cast<std::size_t>(x.column)];
      column.name = names[i];
    } else if (x.kind == expr_kind::call && x.name == "PROCTIME") {
      column.time = time_role::proctime;
    }
    result.push_back(std::move(column));
  }
  const bool retracts = input->retracts;
  return make_node(project_spec{std::move(columns)}, {std::move(input)},
                   std::move(result), retracts);
}

plan_ptr make_window_assign(plan_ptr input, window_assign_spec spec) {
  auto columns = input->columns;
  const auto& time = columns[static_cast<std::size_t>(spec.time_column)];
  const auto type = time.type;
  spec.window.processing_time = time.time == time_role::proctime;
  for (int i = 0; i < 3; ++i)
    columns.push_back(window_column(
        window_names[i], static_cast<window_role>(i + 1), spec.window, type));
  // The rows' own time may lie far before the windows' that they are now in;
  // it still follows the watermark, as each row is passed on at once. But for
  // sessions: those keep a row until they are over, unless it is taken back.
  if (spec.window.is_session())
    for (std::size_t i = 0; i < input->columns.size(); ++i)
      columns[i] = without_roles(std::move(columns[i]));
  const bool retracts = input->retracts && !spec.window.is_session();
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr make_expand(plan_ptr input, expand_spec spec) {
  auto columns = input->columns;
  for (const int key : spec.keys) {
    auto column = without_roles(input->columns[static_cast<std::size_t>(key)]);
    column.type = column.type.with_nullable(true);
    columns.push_back(std::move(column));
  }
  columns.push_back(
      {.name = "$set",
       .type = data_type::of(type_kind::integer).with_nullable(false)});
  const bool retracts = input->retracts;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

namespace {

/// Of the columns that unnesting adds.
std::vector<data_type> element_types(const unnest_spec& spec) {
  const auto& from = spec.value->type;
  using kind = unnest_spec::kind_type;
  std::vector<data_type> result;
  if (spec.kind != kind::repeat)
    result.push_back(from.fields()[0].type);
  if (spec.kind == kind::map)
    result.push_back(from.fields()[1].type);
  if (spec.ordinality)
    result.push_back(data_type::of(type_kind::integer).with_nullable(false));
  if (spec.keep_empty)
    for (auto& type : result)
      type = type.with_nullable(true);
  return result;
}

} // namespace

plan_ptr make_unnest(plan_ptr input, unnest_spec spec,
                     const std::vector<std::string>& names) {
  std::vector<plan_column> columns;
  for (const int column : spec.columns)
    columns.push_back(input->columns[static_cast<std::size_t>(column)]);
  for (const auto& type : element_types(spec))
    columns.push_back(
        {.name = names[columns.size() - spec.columns.size()], .type = type});
  const bool retracts = input->retracts;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr make_group_aggregate(plan_ptr input, group_aggregate_spec spec) {
  std::vector<plan_column> columns;
  for (const int key : spec.keys)
    columns.push_back(
        without_roles(input->columns[static_cast<std::size_t>(key)]));
  for (const auto& call : spec.calls)
    columns.push_back({.name = to_string(call), .type = call.type});
  spec.input_retracts = input->retracts;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   true);
}

plan_ptr make_window_aggregate(plan_ptr input, window_aggregate_spec spec) {
  std::vector<plan_column> columns;
  for (const int key : spec.keys) {
    const auto& column = input->columns[static_cast<std::size_t>(key)];
    // A session's start cannot be told from its end: it is a key.
    const bool start = spec.window.is_session()
                       && column.role == window_role::start
                       && column.window == spec.window;
    columns.push_back(start ? column : without_roles(column));
  }
  for (const auto& call : spec.calls)
    columns.push_back({.name = to_string(call), .type = call.type});
  data_type time_type = data_type::timestamp(3);
  for (const auto& column : input->columns)
    if (column.role == window_role::time && column.window == spec.window)
      time_type = column.type;
  if (spec.time_column)
    time_type
        = input->columns[static_cast<std::size_t>(*spec.time_column)].type;
  for (const auto output : spec.outputs) {
    const auto index = static_cast<std::size_t>(output);
    auto column = window_column(window_names[index],
                                static_cast<window_role>(index + 1),
                                spec.window, time_type);
    // No watermark says when the results of a window by the clock are there,
    // but they come by the clock, too.
    if (spec.window.processing_time)
      column.role = window_role::none;
    columns.push_back(std::move(column));
  }
  spec.input_retracts = input->retracts;
  const bool retracts = spec.emit.updates();
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr make_normalize(plan_ptr input, normalize_spec spec) {
  auto columns = input->columns;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   true);
}

plan_ptr make_changelog(plan_ptr input, changelog_spec spec,
                        const std::string& name) {
  using kind = changelog_spec::kind_type;
  auto columns = input->columns;
  if (spec.kind == kind::tell)
    columns.insert(columns.begin(),
                   {.name = name, .type = data_type::of(type_kind::varchar)});
  if (spec.kind == kind::obey)
    columns.erase(columns.begin() + spec.column);
  const bool retracts = spec.kind == kind::obey;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr with_inputs(const plan_node& node, std::vector<plan_ptr> inputs) {
  if (inputs == node.inputs)
    return std::make_shared<plan_node>(node);
  auto result = std::make_shared<plan_node>(node);
  result->inputs = std::move(inputs);
  return result;
}

} // namespace herald
