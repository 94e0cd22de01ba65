#include "engine/operators/deduplicate.hpp"
#include "engine/operators/expand.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/group_aggregate.hpp"
#include "engine/operators/join.hpp"
#include "engine/operators/late_rows.hpp"
#include "engine/operators/local_aggregate.hpp"
#include "engine/operators/lookup_join.hpp"
#include "engine/operators/normalize.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/operators/processing_time.hpp"
#include "engine/operators/session_aggregate.hpp"
#include "engine/operators/session_assign.hpp"
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
    if (x.window.is_session())
      return by_clock(
          std::make_unique<session_assign_operator>(x, inputs[0], layout),
          x.time_column, x.window);
    return std::make_unique<window_assign_operator>(x, layout);
  }

  std::unique_ptr<stream_operator>
  operator()(const window_aggregate_spec& x) const {
    auto made = make_windows(x);
    return x.time_column ? by_clock(std::move(made), *x.time_column, x.window)
                         : std::move(made);
  }

  std::unique_ptr<stream_operator>
  make_windows(const window_aggregate_spec& x) const {
    if (x.time_column && x.window.is_session())
      return std::make_unique<session_aggregate_operator>(x, *inputs[0],
                                                          layout);
    if (x.emit.updates() || x.input_retracts)
      return std::make_unique<window_changes_operator>(x, *inputs[0], layout);
    return std::make_unique<window_aggregate_operator>(x, *inputs[0], layout);
  }

  std::unique_ptr<stream_operator>
  operator()(const local_aggregate_spec& x) const {
    return std::make_unique<local_aggregate_operator>(x, *inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const late_rows_spec& x) const {
    return std::make_unique<late_rows_operator>(x, layout);
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
      return std::make_unique<window_top_n_operator>(x, inputs[0], layout);
    return std::make_unique<top_n_operator>(x, inputs[0], layout);
  }

  std::unique_ptr<stream_operator> operator()(const deduplicate_spec& x) const {
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
