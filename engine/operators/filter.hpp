#pragma once

#include "engine/operators/window_zone.hpp"
#include "engine/plan/job_graph.hpp"

// Stateless operators: filter, project, and the window table functions that
// only append columns. Work is per batch; nothing is kept between batches.

namespace herald {

/// Keeps the rows whose condition is TRUE. A batch that passes whole is
/// handed on as it is.
class filter_operator final : public stream_operator {
public:
  explicit filter_operator(filter_spec spec) : spec_(std::move(spec)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  filter_spec spec_;
};

/// Computes each output column from its expression.
class project_operator final : public stream_operator {
public:
  project_operator(project_spec spec, schema_ptr layout)
      : spec_(std::move(spec)), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  project_spec spec_;
  schema_ptr layout_;
};

/// Gives each row once for every window that its time lies in, with columns
/// window_start, window_end and window_time appended. Rows without a time
/// are dropped and counted as late; whether a window is over is the business
/// of what comes behind.
class window_assign_operator final : public stream_operator {
public:
  window_assign_operator(window_assign_spec spec, schema_ptr layout)
      : spec_(spec), zone_(spec.window.zone), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

  absl::Status advance(event_time t, output& out) override {
    return out.advance(zone_.behind(t));
  }

private:
  window_assign_spec spec_;
  window_zone zone_;
  schema_ptr layout_;
};

/// Milliseconds of the event times of `x`, a TIMESTAMP or TIMESTAMP_LTZ
/// column of any precision: row i's at index i.
std::vector<event_time> times_of(const column& x);

/// A TIMESTAMP(3)-like column of `type` from milliseconds.
column_ptr time_column(const data_type& type,
                       std::span<const event_time> times);

/// The greatest multiple of `step` (plus `offset`) that is at most `t`.
constexpr event_time floor_to(event_time t, std::int64_t step,
                              std::int64_t offset = 0) {
  auto rest = (t - offset) % step;
  return t - (rest < 0 ? rest + step : rest);
}

} // namespace herald
