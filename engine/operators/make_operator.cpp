#include "engine/operators/changelog.hpp"
#include "engine/operators/deduplicate.hpp"
#include "engine/operators/expand.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/first_row.hpp"
#include "engine/operators/group_aggregate.hpp"
#include "engine/operators/join.hpp"
#include "engine/operators/local_aggregate.hpp"
#include "engine/operators/local_windows.hpp"
#include "engine/operators/lookup_join.hpp"
#include "engine/operators/normalize.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/operators/processing_time.hpp"
#include "engine/operators/session_aggregate.hpp"
#include "engine/operators/session_assign.hpp"
#include "engine/operators/session_changes.hpp"
#include "engine/operators/sort.hpp"
#include "engine/operators/sorted_over.hpp"
#include "engine/operators/stream_over.hpp"
#include "engine/operators/temporal_join.hpp"
#include "engine/operators/top_n.hpp"
#include "engine/operators/unnest.hpp"
#include "engine/operators/window_aggregate.hpp"
#include "engine/operators/window_changes.hpp"

namespace herald {

namespace {

struct operator_maker {
  const std::vector<schema_ptr>& inputs;
  schema_ptr layout;

  std::unique_ptr<stream_operator> operator()(const filter_spec& x) const {
    return std::make_unique<filter_operator>(x);
  }

  std::unique_ptr<stream_operator> operator()(const project_spec& x) const {
    return std::make_unique<project_operator>(x, layout);
  }

  std::unique_ptr<stream_operator>
  operator()(const window_assign_spec& x) const {
    if (!x.window.is_session())
      return std::make_unique<window_assign_operator>(x, layout);
    auto spec = x;
    auto input = inputs[0];
    local_windows_columns columns{
        x.time_column, {static_cast<int>(layout->fields.size()) - 1}};
    if (!x.window.zone.empty()) {
      spec.time_column = static_cast<int>(input->fields.size());
      input = local_windows_operator::layout_inside(*input);
    }
    auto made = std::make_unique<session_assign_operator>(std::move(spec),
                                                          input, layout);
    return by_clock(in_zone(std::move(made), x.window.zone, std::move(columns)),
                    x.time_column, x.window);
  }

  std::unique_ptr<stream_operator>
  operator()(const window_aggregate_spec& x) const {
    auto spec = x;
    // The panes that a local aggregation gives are local already.
    local_windows_columns columns{x.merges ? std::nullopt : x.time_column};
    if (columns.time && !x.window.zone.empty())
      spec.time_column = static_cast<int>(inputs[0]->fields.size());
    using output = window_aggregate_spec::window_output;
    for (std::size_t i = 0; i < x.outputs.size(); ++i)
      if (x.outputs[i] == output::time)
        columns.window_times.push_back(
            static_cast<int>(x.keys.size() + x.calls.size() + i));
    auto made = in_zone(make_windows(spec), x.window.zone, std::move(columns));
    return x.time_column ? by_clock(std::move(made), *x.time_column, x.window)
                         : std::move(made);
  }

  std::unique_ptr<stream_operator>
  make_windows(const window_aggregate_spec& x) const {
    const bool changes = x.emit.updates() || x.input_retracts;
    if (x.time_column && x.window.is_session() && changes)
      return std::make_unique<session_changes_operator>(x, *inputs[0], layout);
    if (x.time_column && x.window.is_session())
      return std::make_unique<session_aggregate_operator>(x, *inputs[0],
                                                          layout);
    if (changes)
      return std::make_unique<window_changes_operator>(x, *inputs[0], layout);
    return std::make_unique<window_aggregate_operator>(x, *inputs[0], layout);
  }

  std::unique_ptr<stream_operator>
  operator()(const local_aggregate_spec& x) const {
    return std::make_unique<local_aggregate_operator>(x, *inputs[0], layout);
  }

  /// `made`, whose times are local ones if there is a zone.
  std::unique_ptr<stream_operator>
  in_zone(std::unique_ptr<stream_operator> made, const std::string& zone,
          local_windows_columns columns) const {
    if (zone.empty())
      return made;
    return std::make_unique<local_windows_operator>(
        std::move(made), zone, *inputs[0], std::move(columns));
  }

  /// `made`, led by the clock if its windows are of processing time.
  static std::unique_ptr<stream_operator>
  by_clock(std::unique_ptr<stream_operator> made, int time_column,
           const window_spec& window) {
    if (!window.processing_time)
      return made;
    return std::make_unique<processing_time_operator>(std::move(made),
                                                      time_column, window);
  }

  std::unique_ptr<stream_operator>
  operator()(const group_aggregate_spec& x) const {
    return std::make_unique<group_aggregate_operator>(x, *inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const expand_spec& x) const {
    return std::make_unique<expand_operator>(x, layout);
  }

  std::unique_ptr<stream_operator> operator()(const top_n_spec& x) const {
    if (x.window_end)
      return in_zone(
          std::make_unique<window_top_n_operator>(x, inputs[0], layout),
          x.window_zone, {});
    return std::make_unique<top_n_operator>(x, inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const deduplicate_spec& x) const {
    if (!x.keep_last && !x.processing_time)
      return std::make_unique<first_row_operator>(x, layout);
    return std::make_unique<deduplicate_operator>(x, inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const sort_spec& x) const {
    if (x.at_end)
      return std::make_unique<sort_operator>(x, layout);
    return std::make_unique<time_sort_operator>(x, layout);
  }

  std::unique_ptr<stream_operator> operator()(const limit_spec& x) const {
    return std::make_unique<limit_operator>(x, layout);
  }

  std::unique_ptr<stream_operator> operator()(const over_spec& x) const {
    if (x.mode == over_mode::with_watermark || x.mode == over_mode::on_arrival)
      return std::make_unique<stream_over_operator>(x, inputs[0], layout);
    return std::make_unique<sorted_over_operator>(x, inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const changelog_spec& x) const {
    using kind = changelog_spec::kind_type;
    if (x.kind == kind::tell)
      return std::make_unique<tell_changes_operator>(x, layout);
    if (x.kind == kind::obey)
      return std::make_unique<obey_changes_operator>(x, layout);
    return std::make_unique<check_changes_operator>(x);
  }

  std::unique_ptr<stream_operator> operator()(const normalize_spec& x) const {
    return std::make_unique<normalize_operator>(x, inputs[0]);
  }

  std::unique_ptr<stream_operator> operator()(const lookup_join_spec& x) const {
    return std::make_unique<lookup_join_operator>(x, *inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const unnest_spec& x) const {
    return std::make_unique<unnest_operator>(x, layout);
  }

  std::unique_ptr<stream_operator> operator()(const custom_spec& x) const {
    return x.make();
  }

  std::unique_ptr<stream_operator> operator()(const join_spec& x) const {
    if (x.versions)
      return std::make_unique<temporal_join_operator>(x, inputs[0], inputs[1],
                                                      layout);
    return std::make_unique<join_operator>(x, inputs[0], inputs[1], layout);
  }
};

} // namespace

std::unique_ptr<stream_operator>
make_operator(const operator_spec& spec, const std::vector<schema_ptr>& inputs,
              schema_ptr layout) {
  return std::visit(operator_maker{inputs, std::move(layout)}, spec);
}

} // namespace herald
