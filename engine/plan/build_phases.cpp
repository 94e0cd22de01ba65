#include "engine/expr/shared_sets.hpp"
#include "engine/plan/job_builder.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

// Aggregation in two phases: rows are combined by key where they are, and what
// that gives goes to the subtask that owns the key. So a key that most rows
// have keeps no subtask from the others.

namespace herald {

namespace {

/// True if rows come to `node` from a SESSION table function by itself.
bool reads_sessions(const plan_node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [](const plan_ptr& input) {
                       const auto* window = input->as<window_assign_spec>();
                       return window ? window->window.is_session()
                                     : !input->as<window_aggregate_spec>()
                                           && reads_sessions(*input);
                     });
}

/// Errors: an aggregation of rows that carry their windows, by the clock or
/// with results that such rows come too late for.
absl::Status check_window(const plan_node& node,
                          const window_aggregate_spec& window) {
  if (window.time_column)
    return absl::OkStatus();
  if (window.window.processing_time)
    return user_error("an aggregation over windows of processing time must "
                      "group the window function itself",
                      "GROUP BY window_start, window_end of FROM TABLE(TUMBLE("
                      "…)), without a join or another window between");
  if (window.window.is_session() && window.emit.updates()
      && reads_sessions(node))
    return user_error("the rows of a session come when it is over, neither "
                      "earlier nor later",
                      "GROUP BY window_start, window_end and the very columns "
                      "of PARTITION BY, or RESET "
                      "'table.exec.emit.early-fire.enabled' and "
                      "'table.exec.emit.allow-lateness'");
  return absl::OkStatus();
}

/// True if rows of the windows can be laid in panes where they are: there must
/// be panes, a row's time must be its own and not that of its arrival, and
/// rows that come too late are only counted.
bool has_panes(const window_aggregate_spec& x) {
  const bool is_session = x.time_column && x.window.is_session();
  return !is_session && !x.window.processing_time && !x.late
         && !x.emit.updates() && !x.input_retracts;
}

using name_list = std::span<const std::string_view>;

/// Calls that keep every value that comes.
constexpr std::array<std::string_view, 7> keep_all
    = {"ARRAY_AGG", "COLLECT",    "JSON_ARRAYAGG", "JSON_OBJECTAGG",
       "LISTAGG",   "PERCENTILE", "SINGLE_VALUE"};

/// Calls that take rows back in any order.
constexpr std::array<std::string_view, 6> linear
    = {"COUNT", "SUM", "$SUM0", "AVG", "MIN", "MAX"};

bool is_among(name_list names, const aggregate_call& x) {
  return std::find(names.begin(), names.end(), x.name) != names.end();
}

/// True if what the calls know of a batch is less than its rows. DISTINCT
/// values of a key are not: all must get to where the key is.
bool get_less(const std::vector<aggregate_call>& calls, bool has_keys) {
  return std::none_of(calls.begin(), calls.end(), [&](const auto& x) {
    return x.user || is_among(keep_all, x) || (x.distinct && has_keys);
  });
}

/// True if what the calls know of a batch adds up to what they know of all,
/// even if it takes back rows of batches before.
bool add_up(const group_aggregate_spec& x) {
  return !x.input_retracts
         || std::all_of(x.calls.begin(), x.calls.end(), [](const auto& call) {
              return !call.user && is_among(linear, call);
            });
}

} // namespace

bool job_builder::wants_two_phases(const producer& input,
                                   const std::vector<int>& keys, bool pays) {
  const auto wanted = session_.options().phases();
  if (parallelism_ == 1 || wanted == agg_phases::one
      || (wanted == agg_phases::automatic && !pays))
    return false;
  const bool is_here = stage_at(input.stage).parallelism == 1
                           ? keys.empty()
                           : !keys.empty() && input.hashed_by == keys;
  return !is_here;
}

template <class Spec>
job_builder::producer job_builder::combine(const producer& input,
                                           local_aggregate_spec local,
                                           Spec global, std::string_view name,
                                           const plan_node& node) {
  const auto keys = global.keys.size();
  auto layout = std::make_shared<schema>();
  for (const int key : local.keys) {
    const auto& column = node.inputs[0]->columns[static_cast<std::size_t>(key)];
    layout->fields.push_back({column.name, column.type});
  }
  if (local.window)
    layout->fields.push_back({"pane", data_type::timestamp(3)});
  for (const auto& type : partial_types(local.calls, local.input_retracts))
    layout->fields.push_back(
        {fmt::format("part{}", layout->fields.size()), type});
  layout->fields.push_back(
      {"rows", data_type::of(type_kind::bigint).with_nullable(false)});
  const auto here = append(input.stage, std::move(local), {input}, node);
  auto& made = stage_at(here.stage).operators.back();
  made.layout = layout;
  made.state_name.clear();
  const int at = new_stage(std::string(name), keys == 0 ? 1 : parallelism_);
  const auto kind = keys == 0 ? exchange::gather : exchange::hash;
  const auto port = lead(here, at, kind, first_columns(keys), node);
  graph_.edges.back().layout = std::move(layout);
  global.keys = first_columns(keys);
  global.merges = true;
  auto result = append(at, std::move(global), {port}, node);
  result.hashed_by = first_columns(keys);
  return result;
}

absl::StatusOr<job_builder::producer>
job_builder::build_group(const plan_node& node, group_aggregate_spec spec) {
  constexpr std::string_view name = "group aggregate";
  HERALD_ASSIGN(const auto input, build(node.inputs[0]));
  const auto keys = spec.keys;
  // Without keys all rows would go to one subtask. With keys, as in Flink, it
  // is mini-batches that make up for what it costs.
  const bool pays = get_less(spec.calls, !keys.empty())
                    && (keys.empty() || spec.mini_batch);
  if (!add_up(spec) || !wants_two_phases(input, keys, pays))
    return build_keyed(node, std::move(spec), keys, name);
  local_aggregate_spec local{keys, spec.calls};
  local.input_retracts = spec.input_retracts;
  return combine(input, std::move(local), std::move(spec), name, node);
}

absl::StatusOr<job_builder::producer>
job_builder::build_windows(const plan_node& node, window_aggregate_spec spec) {
  constexpr std::string_view name = "window aggregate";
  HERALD_TRY(check_window(node, spec));
  HERALD_ASSIGN(const auto input, build(node.inputs[0]));
  const auto keys = spec.keys;
  const bool pays = keys.empty() && get_less(spec.calls, false);
  if (!has_panes(spec) || !wants_two_phases(input, keys, pays))
    return build_keyed(node, std::move(spec), keys, name);
  local_aggregate_spec local{keys, spec.calls};
  const auto time = static_cast<int>(keys.size());
  if (spec.time_column) {
    local.window = spec.window;
    local.time_column = std::exchange(*spec.time_column, time);
  } else { // the window that rows carry is as good as a key
    local.keys.push_back(std::exchange(*spec.window_end_column, time));
  }
  return combine(input, std::move(local), std::move(spec), name, node);
}

} // namespace herald
