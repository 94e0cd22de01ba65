#include "engine/runtime/sink_driver.hpp"

namespace herald {

namespace {

std::vector<std::vector<channel>> sink_channels(const subtask_place& place) {
  return {{{sink_edge(*place.graph, place.stage), place.index, place.index}}};
}

} // namespace

sink_driver::sink_driver(const subtask_place& place,
                         std::unique_ptr<sink_writer> writer,
                         std::shared_ptr<subtask_metrics> metrics)
    : writer_(std::move(writer)), metrics_(std::move(metrics)),
      inbox_(sink_channels(place)) {
  const auto& stage
      = place.graph->stages[static_cast<std::size_t>(place.stage)];
  overwrites_ = stage.sink && stage.sink->overwrite;
}

absl::Status sink_driver::take(input_event& event) {
  if (auto* x = std::get_if<input_rows>(&event)) {
    auto bytes = frame_bytes(*x->rows);
    metrics_->rows_in += x->rows->rows;
    metrics_->bytes_in += bytes;
    HERALD_TRY(writer_->write(x->rows));
    rows_held_ += x->rows->rows;
    credits_.push_back({x->from, bytes});
  } else if (auto* mark = std::get_if<input_watermark>(&event)) {
    metrics_->watermark_ms = mark->time;
    complete_ = mark->time == time_max;
    writer_->watermark(mark->time);
  } else if (auto* barrier = std::get_if<input_barrier>(&event)) {
    waiting_ = barrier->epoch;
    return writer_->flush();
  } else if (std::holds_alternative<input_end>(event)) {
    ending_ = true;
    return writer_->flush();
  }
  return absl::OkStatus();
}

absl::Status sink_driver::settle() {
  if (writer_->pending_bytes() > 0)
    return absl::OkStatus();
  if (waiting_ != 0)
    barriers_.push_back(std::exchange(waiting_, 0));
  else if (!ending_)
    return absl::OkStatus(); // it may hold rows until it is flushed
  if (!overwrites_ || complete_)
    metrics_->rows_out += std::exchange(rows_held_, 0);
  closed_ = ending_;
  return !closed_ || (overwrites_ && !complete_) ? absl::OkStatus()
                                                 : writer_->close();
}

absl::StatusOr<step_result> sink_driver::step(int events_max) {
  if (closed_)
    return step_result::finished;
  HERALD_TRY(writer_->poll());
  metrics_->problem.set(writer_->problem());
  HERALD_TRY(settle());
  for (int i = 0; i < events_max && !closed_; ++i) {
    if (waiting_ != 0 || ending_
        || writer_->pending_bytes() > pending_bytes_max)
      return step_result::idle;
    auto event = inbox_.next();
    if (!event)
      return step_result::idle;
    HERALD_TRY(take(*event));
    HERALD_TRY(settle());
  }
  return closed_ ? step_result::finished : step_result::more;
}

} // namespace herald
