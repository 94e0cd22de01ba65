#include "engine/plan/job_builder.hpp"

#include "engine/common/check.hpp"
#include "engine/plan/optimiser.hpp"
#include "engine/plan/table_options.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

/// `keys` of a node's input as columns of its output; empty if one is lost.
std::vector<int> keys_after(const plan_node& node,
                            const std::vector<int>& keys) {
  const auto* changes = node.as<changelog_spec>();
  if (changes && changes->kind == changelog_spec::kind_type::check)
    return keys;
  if (node.as<filter_spec>() || node.as<window_assign_spec>()
      || node.as<expand_spec>() || node.as<lookup_join_spec>())
    return keys;
  const auto* project = node.as<project_spec>();
  const auto* unnest = node.as<unnest_spec>();
  if (!project && !unnest)
    return {};
  const auto count = project ? project->columns.size() : unnest->columns.size();
  const auto is_key = [&](std::size_t i, int key) {
    return project ? project->columns[i]->kind == expr_kind::column
                         && project->columns[i]->column == key
                   : unnest->columns[i] == key;
  };
  std::vector<int> result;
  for (const int key : keys)
    for (std::size_t i = 0; i < count; ++i)
      if (is_key(i, key)) {
        result.push_back(static_cast<int>(i));
        break;
      }
  if (result.size() != keys.size())
    result.clear();
  return result;
}

/// The columns by whose values the rows for a sink must stay in order: the
/// primary key of one that takes changes.
std::vector<int> sink_keys(const sink_spec& x,
                           const connector_catalog& connectors) {
  std::vector<int> result;
  if (!x.table || x.table->primary_key.empty()
      || !connectors.check_changes(*x.table).ok())
    return result;
  for (const auto& name : x.table->primary_key)
    if (const auto at = x.layout->find(name))
      result.push_back(static_cast<int>(*at));
  return result;
}

/// True if OVER keeps something of a partition that time alone does not free.
bool remembers(const over_spec& x) {
  if (x.mode == over_mode::at_end || x.mode == over_mode::changing)
    return x.mode == over_mode::changing;
  return !std::all_of(x.calls.begin(), x.calls.end(), [](const auto& call) {
    return call.kind == over_function::kind_type::aggregate && !call.frame.rows
           && call.frame.start.kind == over_bound::kind_type::preceding;
  });
}

} // namespace

std::vector<int> first_columns(std::size_t count) {
  std::vector<int> result(count);
  std::iota(result.begin(), result.end(), 0);
  return result;
}

std::vector<target>& job_builder::targets_of(const producer& x) {
  auto& at = stage_at(x.stage);
  switch (x.from) {
  case producer::kind::scan:
    return at.scan->targets;
  case producer::kind::port:
    return at.inputs[static_cast<std::size_t>(x.index)];
  case producer::kind::operation:
    break;
  }
  return at.operators[static_cast<std::size_t>(x.index)].targets;
}

int job_builder::new_stage(std::string name, int parallelism) {
  auto& made = graph_.stages.emplace_back();
  made.name = std::move(name);
  made.parallelism = parallelism;
  return static_cast<int>(graph_.stages.size()) - 1;
}

job_builder::producer job_builder::append(int at, operator_spec spec,
                                          const std::vector<producer>& inputs,
                                          const plan_node& node) {
  const auto index = static_cast<int>(stage_at(at).operators.size());
  stage_operator made;
  made.spec = std::move(spec);
  made.layout = schema_of(node.columns);
  if (const auto name = state_names_.find(&node); name != state_names_.end())
    made.state_name = name->second;
  made.inputs = static_cast<int>(inputs.size());
  stage_at(at).operators.push_back(std::move(made));
  for (int i = 0; i < static_cast<int>(inputs.size()); ++i)
    targets_of(inputs[static_cast<std::size_t>(i)])
        .push_back({target::kind::operation, index, i});
  return {at, producer::kind::operation, index, {}};
}

job_builder::producer job_builder::lead(const producer& from, int to,
                                        exchange kind, std::vector<int> keys,
                                        const plan_node& node) {
  const auto port = static_cast<int>(stage_at(to).inputs.size());
  stage_at(to).inputs.emplace_back();
  targets_of(from).push_back(
      {target::kind::edge, static_cast<int>(graph_.edges.size()), 0});
  producer result{to, producer::kind::port, port, {}};
  if (kind == exchange::hash)
    result.hashed_by = keys;
  graph_.edges.push_back(
      {from.stage, to, port, kind, std::move(keys), schema_of(node.columns)});
  return result;
}

absl::StatusOr<job_builder::producer> job_builder::build(const plan_ptr& node) {
  if (const auto found = done_.find(node.get()); found != done_.end())
    return found->second;
  HERALD_ASSIGN(auto made, build_new(node));
  kept_.push_back(node);
  done_[node.get()] = made;
  return made;
}

absl::StatusOr<job_builder::producer>
job_builder::build_new(const plan_ptr& node) {
  if (const auto* scan = node->as<scan_node>())
    return build_scan(*scan);
  if (node->as<union_node>())
    return build_union(*node);
  if (const auto* filter = node->as<filter_spec>())
    return build_chained(*node, *filter);
  if (const auto* project = node->as<project_spec>())
    return build_chained(*node, *project);
  if (const auto* window = node->as<window_assign_spec>())
    return window->window.is_session()
               ? build_keyed(*node, *window, window->keys, "session")
               : build_chained(*node, *window);
  if (const auto* expand = node->as<expand_spec>())
    return build_chained(*node, *expand);
  if (const auto* unnest = node->as<unnest_spec>())
    return build_chained(*node, *unnest);
  if (const auto* changes = node->as<changelog_spec>())
    return build_chained(*node, *changes);
  if (const auto* normalize = node->as<normalize_spec>()) {
    auto spec = *normalize;
    spec.ttl_ms = session_.options().state_ttl_ms();
    HERALD_ASSIGN(auto result, build_keyed(*node, std::move(spec),
                                           normalize->keys, "normalize"));
    // The keys stay where they are.
    if (!result.hashed_by.empty())
      result.hashed_by = normalize->keys;
    return result;
  }
  if (const auto* group = node->as<group_aggregate_spec>())
    return build_group(*node, for_readers(with_options(*group), *node));
  if (const auto* window = node->as<window_aggregate_spec>())
    return build_windows(*node, for_readers(*window, *node));
  if (const auto* ranked = node->as<top_n_spec>())
    return build_ordered(
        *node, with_ttl(for_readers(*ranked, *node), !ranked->window_end),
        ranked->keys, "top n");
  if (const auto* first = node->as<deduplicate_spec>())
    return build_ordered(*node, with_ttl(for_readers(*first, *node), true),
                         first->keys, "deduplicate");
  if (const auto* sort = node->as<sort_spec>())
    return build_ordered(*node, *sort, {}, "sort");
  if (const auto* limit = node->as<limit_spec>())
    return build_ordered(*node, *limit, {}, "limit");
  if (const auto* over = node->as<over_spec>())
    return build_ordered(*node,
                         with_ttl(for_readers(*over, *node), remembers(*over)),
                         over->keys, "over");
  if (const auto* lookup = node->as<lookup_join_spec>())
    return build_chained(*node, *lookup);
  return build_join(*node, *node->as<join_spec>());
}

group_aggregate_spec
job_builder::with_options(group_aggregate_spec spec) const {
  const auto& options = session_.options();
  if (!spec.ttl_ms)
    spec.ttl_ms = options.state_ttl_ms();
  spec.mini_batch = options.mini_batch();
  return spec;
}

absl::StatusOr<job_builder::producer>
job_builder::build_scan(const scan_node& scan) {
  const auto& table = scan.table->definition;
  const int splits = session_.connectors().splits_max(*table);
  HERALD_ASSIGN(const auto own,
                table_parallelism(*table, scan_parallelism_option));
  const int wanted = own.value_or(parallelism_);
  const int at = new_stage("scan " + table->name,
                           splits > 0 ? std::min(wanted, splits) : wanted);
  scan_spec spec;
  spec.table = table;
  spec.paths = scan.paths;
  spec.layout = std::make_shared<schema>(schema{scan.raw});
  spec.pushed = scan.pushed;
  bool plain = scan.columns.size() == scan.paths.size();
  for (std::size_t i = 0; plain && i < scan.columns.size(); ++i)
    plain = scan.columns[i]->kind == expr_kind::column
            && scan.columns[i]->column == static_cast<int>(i);
  if (!plain) {
    spec.computed = scan.columns;
    spec.computed_layout = schema_of(scan.names);
  }
  spec.watermark = scan.watermark;
  spec.idle_timeout_ms = session_.options().idle_timeout_ms();
  if (const auto idle = table->option(idle_timeout_option)) {
    HERALD_ASSIGN(spec.idle_timeout_ms, parse_duration_ms(*idle, table->where));
  }
  HERALD_ASSIGN(spec.dead_letters, dead_letter_table(*table, session_));
  stage_at(at).scan = std::move(spec);
  return producer{at, producer::kind::scan, 0, {}};
}

absl::StatusOr<job_builder::producer>
job_builder::build_chained(const plan_node& node, operator_spec spec) {
  HERALD_ASSIGN(const auto input, build(node.inputs[0]));
  auto result = append(input.stage, std::move(spec), {input}, node);
  result.hashed_by = keys_after(node, input.hashed_by);
  return result;
}

absl::StatusOr<job_builder::producer>
job_builder::build_keyed(const plan_node& node, operator_spec spec,
                         const std::vector<int>& keys, std::string_view name) {
  HERALD_ASSIGN(auto input, build(node.inputs[0]));
  const int wanted = keys.empty() ? 1 : parallelism_;
  const int given = stage_at(input.stage).parallelism;
  // Rows that meet by other keys than the state's would not find it again
  // after a change of parallelism.
  const bool chained
      = (wanted == 1 && given == 1)
        || (given == wanted && !keys.empty() && input.hashed_by == keys);
  if (!chained) {
    const int at = new_stage(std::string(name), wanted);
    input = lead(input, at, keys.empty() ? exchange::gather : exchange::hash,
                 keys, *node.inputs[0]);
  }
  // Aggregations give their keys first.
  const bool moves_keys = !std::holds_alternative<window_assign_spec>(spec);
  auto result = append(input.stage, std::move(spec), {input}, node);
  const auto& made = stage_at(result.stage)
                         .operators[static_cast<std::size_t>(result.index)];
  if (const auto* found = late_rows_of(made.spec))
    add_late_rows(result, late_rows(*found));
  if (wanted > 1)
    result.hashed_by = moves_keys ? first_columns(keys.size()) : keys;
  return result;
}

absl::StatusOr<job_builder::producer>
job_builder::build_ordered(const plan_node& node, operator_spec spec,
                           const std::vector<int>& keys,
                           std::string_view name) {
  HERALD_ASSIGN(auto result, build_keyed(node, std::move(spec), keys, name));
  // These give the columns of their input, keys included, where they were.
  if (!result.hashed_by.empty())
    result.hashed_by = keys;
  return result;
}

absl::StatusOr<job_builder::producer>
job_builder::build_union(const plan_node& node) {
  std::vector<producer> inputs;
  bool together = true;
  bool equal_parallelism = true;
  for (const auto& input : node.inputs) {
    HERALD_ASSIGN(auto made, build(input));
    inputs.push_back(std::move(made));
    together &= inputs.back().stage == inputs[0].stage;
    equal_parallelism &= stage_at(inputs.back().stage).parallelism
                         == stage_at(inputs[0].stage).parallelism;
  }
  int at = inputs[0].stage;
  if (!together) {
    const int parallelism
        = equal_parallelism ? stage_at(at).parallelism : parallelism_;
    at = new_stage("union", parallelism);
    // Nothing is taken back without a key, so any spread will do.
    const auto columns = first_columns(node.columns.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      inputs[i]
          = equal_parallelism
                ? lead(inputs[i], at, exchange::forward, {}, *node.inputs[i])
                : lead(inputs[i], at, exchange::hash, columns, *node.inputs[i]);
  }
  // There is no operator of its own: a projection takes any input.
  project_spec all{columns_of(node.columns)};
  return append(at, std::move(all), inputs, node);
}

void job_builder::prepare(const std::vector<planned_sink>& sinks) {
  std::vector<plan_ptr> roots;
  for (const auto& sink : sinks)
    roots.push_back(sink.plan);
  for (const auto& node : topological(roots))
    state_names_[node.get()] = fmt::format("node{}", state_names_.size());
  upsert_keys_ = upsert_keys_of(roots);
}

absl::Status job_builder::add(const planned_sink& sink) {
  HERALD_ASSIGN(auto last, build(sink.plan));
  std::optional<int> own;
  if (sink.sink.table) {
    HERALD_ASSIGN(own,
                  table_parallelism(*sink.sink.table, sink_parallelism_option));
  }
  int at = last.stage;
  const int given = stage_at(at).parallelism;
  auto keys = sink_keys(sink.sink, session_.connectors());
  const bool by_key = !keys.empty() && given > 1 && last.hashed_by != keys;
  const int wanted = own.value_or(by_key ? parallelism_ : given);
  const bool single
      = sink.sink.overwrite
        || (sink.sink.table
            && session_.connectors().has_one_writer(*sink.sink.table));
  if (single && (given > 1 || stage_at(at).sink)) {
    at = new_stage("sink", 1);
    last = lead(last, at, exchange::gather, {}, *sink.plan);
  } else if (!single && (by_key || wanted != given)) {
    if (keys.empty() && sink.sink.retracts && wanted > 1)
      return sink.sink.table->placed(option_error(
          sink_parallelism_option,
          fmt::format("option '{}' needs a primary key of table '{}', whose "
                      "rows are updated: without one their order is lost",
                      sink_parallelism_option, sink.sink.table->name),
          "PRIMARY KEY (…) NOT ENFORCED"));
    at = new_stage("sink", wanted);
    // Nothing is taken back without a key, so any spread will do.
    if (keys.empty())
      keys = first_columns(sink.plan->columns.size());
    last = lead(last, at, exchange::hash, std::move(keys), *sink.plan);
  } else if (stage_at(at).sink) {
    at = new_stage("sink", given);
    last = lead(last, at, exchange::forward, {}, *sink.plan);
  }
  targets_of(last).push_back({target::kind::sink, 0, 0});
  stage_at(at).sink = sink.sink;
  return absl::OkStatus();
}

} // namespace herald
