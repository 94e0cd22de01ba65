#include "engine/runtime/subtask.hpp"

namespace herald {

std::int32_t sink_edge(const job_graph& graph, int stage) {
  return static_cast<std::int32_t>(graph.edges.size()) + stage;
}

std::vector<std::vector<channel>> input_channels(const subtask_place& place) {
  std::vector<std::vector<channel>> result(place.plan().inputs.size());
  const auto& graph = *place.graph;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const auto& x = graph.edges[i];
    if (x.to_stage != place.stage)
      continue;
    auto& port = result[static_cast<std::size_t>(x.to_port)];
    auto edge = static_cast<std::int32_t>(i);
    auto senders
        = graph.stages[static_cast<std::size_t>(x.from_stage)].parallelism;
    if (x.kind == exchange::forward) {
      port.push_back({edge, place.index, place.index});
      continue;
    }
    for (int from = 0; from < senders; ++from)
      port.push_back({edge, from, place.index});
  }
  return result;
}

std::vector<outbox::lane_plan> output_edges(const subtask_place& place) {
  std::vector<outbox::lane_plan> result;
  const auto& graph = *place.graph;
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const auto& x = graph.edges[i];
    if (x.from_stage != place.stage)
      continue;
    auto receivers
        = graph.stages[static_cast<std::size_t>(x.to_stage)].parallelism;
    result.push_back({static_cast<std::int32_t>(i), x.kind, x.keys, receivers});
  }
  if (place.plan().sink)
    result.push_back({sink_edge(graph, place.stage),
                      exchange::forward,
                      {},
                      place.plan().parallelism});
  return result;
}

std::vector<schema_ptr> port_layouts(const subtask_place& place) {
  std::vector<schema_ptr> result(place.plan().inputs.size());
  for (const auto& x : place.graph->edges)
    if (x.to_stage == place.stage)
      result[static_cast<std::size_t>(x.to_port)] = x.layout;
  if (const auto& scan = place.plan().scan)
    result.push_back(scan->computed.empty() ? scan->layout
                                            : scan->computed_layout);
  return result;
}

absl::Status edge_writer::emit_edge(int edge, batch_ptr rows) {
  metrics_.rows_out += rows->rows;
  out_.emit(edge, rows);
  return absl::OkStatus();
}

absl::Status edge_writer::advance_edge(int edge, event_time t) {
  out_.advance(edge, t);
  return absl::OkStatus();
}

absl::Status edge_writer::emit_sink(batch_ptr rows) {
  return emit_edge(sink_edge_, std::move(rows));
}

absl::Status edge_writer::advance_sink(event_time t) {
  return advance_edge(sink_edge_, t);
}

void show_figures(const pipeline& from, bool ended, state_meter& meter,
                  subtask_metrics& to) {
  for (std::size_t i = 0; i < to.operators.size(); ++i) {
    const auto figures = from.figures(i);
    to.operators[i].rows_in = figures.rows_in;
    to.operators[i].rows_out = figures.rows_out;
    to.operators[i].rows_late = figures.rows_late;
  }
  if (!ended && !meter.is_due())
    return;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto bytes = from.state_bytes(i);
    sum += bytes;
    if (i < to.operators.size())
      to.operators[i].state_bytes = bytes;
  }
  to.state_bytes = sum;
  meter.measured(sum);
}

subtask::subtask(subtask_place place, std::shared_ptr<subtask_metrics> metrics)
    : place_(std::move(place)), metrics_(std::move(metrics)),
      inbox_(input_channels(place_)),
      outbox_(output_edges(place_), place_.index),
      pipeline_(place_.plan(), port_layouts(place_)),
      writer_(place_, outbox_, *metrics_), late_before_(metrics_->rows_late) {}

absl::Status subtask::open(const eval_context& eval, std::int64_t batch_rows,
                           std::function<void()> wake) {
  operator_context context;
  context.wake = std::move(wake);
  context.subtask = place_.index;
  context.parallelism = place_.plan().parallelism;
  context.eval = eval;
  context.batch_rows = batch_rows;
  return pipeline_.open(context, writer_);
}

absl::Status subtask::take(input_event& event) {
  auto moves = std::holds_alternative<input_rows>(event)
               || std::holds_alternative<input_watermark>(event);
  if (moves && std::exchange(idle_, false))
    outbox_.resume();
  if (auto* x = std::get_if<input_rows>(&event)) {
    auto bytes = frame_bytes(*x->rows);
    metrics_->rows_in += x->rows->rows;
    metrics_->bytes_in += bytes;
    meter_.add_rows(x->rows->rows);
    HERALD_TRY(pipeline_.process(x->port, std::move(x->rows)));
    credits_.push_back({x->from, bytes});
    return absl::OkStatus();
  }
  if (auto* x = std::get_if<input_watermark>(&event)) {
    metrics_->watermark_ms = x->time;
    return pipeline_.advance(x->port, x->time);
  }
  return close(event);
}

/// A barrier, an idle mark or the end: everything before it must have left.
absl::Status subtask::close(const input_event& event) {
  HERALD_TRY(pipeline_.flush());
  if (pipeline_.pending()) {
    held_ = event;
    return absl::OkStatus();
  }
  if (const auto* x = std::get_if<input_barrier>(&event)) {
    outbox_.barrier(x->epoch);
    return absl::OkStatus();
  }
  if (std::holds_alternative<input_idle>(event)) {
    idle_ = true;
    outbox_.idle();
    return absl::OkStatus();
  }
  outbox_.end();
  ended_ = true;
  return absl::OkStatus();
}

void subtask::count() {
  metrics_->rows_late = late_before_ + pipeline_.rows_late();
  show_figures(pipeline_, ended_, meter_, *metrics_);
}

absl::StatusOr<step_result> subtask::step(int events_max) {
  if (ended_)
    return step_result::finished;
  auto result = run(events_max);
  count();
  return result;
}

absl::StatusOr<step_result> subtask::run(int events_max) {
  for (int i = 0; i < events_max; ++i) {
    if (!outbox_.has_credit()) {
      ++metrics_->credit_waits;
      return step_result::idle;
    }
    HERALD_TRY(pipeline_.resume());
    if (pipeline_.busy() || (held_ && pipeline_.pending()))
      return step_result::idle;
    auto event = held_ ? std::exchange(held_, std::nullopt) : inbox_.next();
    if (!event) {
      HERALD_TRY(pipeline_.drained());
      return step_result::idle;
    }
    HERALD_TRY(take(*event));
    if (ended_)
      return step_result::finished;
  }
  return step_result::more;
}

} // namespace herald
