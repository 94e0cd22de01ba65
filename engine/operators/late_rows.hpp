#pragma once

#include "engine/operators/window_zone.hpp"
#include "engine/plan/job_graph.hpp"

// The rows that a window aggregation beside it drops, because their windows
// are gone: it reads the same rows and watermarks in the same order, and so
// decides the same. Keeps the watermark alone.

namespace herald {

class late_rows_operator final : public stream_operator {
public:
  late_rows_operator(late_rows_spec spec, schema_ptr layout)
      : spec_(std::move(spec)), zone_(spec_.window.zone),
        layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;

private:
  late_rows_spec spec_;
  window_zone zone_;
  schema_ptr layout_;
  event_time watermark_ = time_min;
};

} // namespace herald
