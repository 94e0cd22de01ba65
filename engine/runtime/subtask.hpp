#pragma once

#include "engine/common/shared_text.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/runtime/inbox.hpp"
#include "engine/runtime/outbox.hpp"

#include <atomic>
#include <deque>
#include <memory>

// One subtask of a stage that computes: inbox, pipeline, outbox. It is driven
// from outside: frames and credit are put in, `step` does a bounded piece of
// work, `take_frames` and `take_credits` say what to send. No threads, no
// clock, no CAF: actors and simulations drive the same class. One thread at a
// time; bounded by the credit of its channels and its operators' state.

namespace herald {

/// As `operator_figures`, of one subtask.
struct operator_metrics {
  std::atomic<std::int64_t> rows_in{0};
  std::atomic<std::int64_t> rows_out{0};
  std::atomic<std::int64_t> rows_late{0};
  std::atomic<std::int64_t> state_bytes{0};
};

/// What people look at while a task runs. Written by the subtask's thread,
/// read by any.
struct subtask_metrics {
  explicit subtask_metrics(std::size_t operator_count = 0)
      : operators(operator_count) {}

  std::atomic<std::int64_t> rows_in{0};
  std::atomic<std::int64_t> rows_out{0};
  std::atomic<std::int64_t> bytes_in{0};
  std::atomic<std::int64_t> rows_late{0};
  std::atomic<std::int64_t> malformed{0};
  std::atomic<std::int64_t> lag_records{-1};
  std::atomic<std::int64_t> state_bytes{0};
  std::atomic<std::int64_t> watermark_ms{time_min};
  std::atomic<std::int64_t> credit_waits{0}; ///< times it ran out of credit
  std::deque<operator_metrics> operators;    ///< none: nobody looks at them
  shared_text problem; ///< why nothing comes or goes; empty if all is well
  std::atomic<std::int64_t> splits_resumed{0}; ///< as `source_counters`
  shared_text last_malformed; ///< where the last malformed record was, and why
};

/// Says when a subtask measures its state. Measuring may walk over all of it,
/// so the more there is, the less often.
class state_meter {
public:
  void add_rows(std::int64_t rows) {
    rows_ += rows;
  }

  bool is_due() const {
    return rows_ >= rows_min + bytes_ / 16;
  }

  void measured(std::int64_t bytes) {
    bytes_ = bytes;
    rows_ = 0;
  }

private:
  /// Rows after which a small state is measured again.
  static constexpr std::int64_t rows_min = 1024;

  std::int64_t bytes_ = 0; ///< when last measured
  std::int64_t rows_ = 0;  ///< since then
};

/// Shows what the operators of `from` did and, when the meter says so or at
/// the end, what state they hold.
void show_figures(const pipeline& from, bool ended, state_meter& meter,
                  subtask_metrics& to);

enum class step_result : std::uint8_t {
  idle,     ///< nothing to do until a frame, credit or wake-up comes
  more,     ///< call again
  finished, ///< everything has ended and left
};

/// Where a subtask stands in its job.
struct subtask_place {
  std::shared_ptr<const job_graph> graph;
  int stage = 0;
  int index = 0;

  const struct stage& plan() const {
    return graph->stages[static_cast<std::size_t>(stage)];
  }
};

/// Number of the edge from a stage to its own sink.
std::int32_t sink_edge(const job_graph& graph, int stage);

/// The channels that meet at each port of the stage, for one subtask.
std::vector<std::vector<channel>> input_channels(const subtask_place& place);

/// The edges that leave the stage, its sink's included.
std::vector<outbox::lane_plan> output_edges(const subtask_place& place);

/// Layouts of what arrives at the ports (a scan's: its output).
std::vector<schema_ptr> port_layouts(const subtask_place& place);

/// Makes the pipeline's outputs frames of an outbox.
class edge_writer final : public pipeline_output {
public:
  edge_writer(const subtask_place& place, outbox& out, subtask_metrics& count)
      : sink_edge_(sink_edge(*place.graph, place.stage)), out_(out),
        metrics_(count) {}

  absl::Status emit_edge(int edge, batch_ptr rows) override;
  absl::Status advance_edge(int edge, event_time t) override;
  absl::Status emit_sink(batch_ptr rows) override;
  absl::Status advance_sink(event_time t) override;

  bool full() const override {
    return !out_.has_credit();
  }

private:
  std::int32_t sink_edge_;
  outbox& out_;
  subtask_metrics& metrics_;
};

class subtask {
public:
  subtask(subtask_place place, std::shared_ptr<subtask_metrics> metrics);

  /// `wake` asks for a step, from any thread, as long as the subtask lives.
  absl::Status open(
      const eval_context& eval, std::int64_t batch_rows,
      std::function<void()> wake = [] {});

  absl::Status receive(frame x) {
    return inbox_.push(std::move(x));
  }

  absl::Status grant(const credit& x) {
    return outbox_.grant(x);
  }

  /// The receiver of this channel is on another node.
  void set_remote(const channel& at) {
    outbox_.set_remote(at);
  }

  /// Processing time, for functions that ask.
  void set_time(std::int64_t now_ms) {
    pipeline_.set_time(now_ms);
  }

  /// Takes at most `events_max` events of the inbox.
  absl::StatusOr<step_result> step(int events_max);

  /// Processing time at which it wants a step though nothing comes. None while
  /// a step would do nothing: without credit, of which a grant tells.
  std::optional<std::int64_t> due_ms() const {
    if (ended_ || !outbox_.has_credit())
      return std::nullopt;
    return pipeline_.due_ms();
  }

  std::vector<frame> take_frames() {
    return outbox_.take();
  }

  std::vector<credit> take_credits() {
    return std::exchange(credits_, {});
  }

  /// Changes operators while they run, between two events.
  absl::Status
  change(const std::function<absl::Status(stream_operator&)>& what) {
    return pipeline_.visit(what);
  }

  absl::Status write(state_writer& writer) const {
    return pipeline_.write(writer);
  }

  absl::Status read(const state_reader& reader) {
    return pipeline_.read(reader);
  }

private:
  absl::StatusOr<step_result> run(int events_max);
  absl::Status take(input_event& event);
  absl::Status close(const input_event& event);
  void count();

  subtask_place place_;
  std::shared_ptr<subtask_metrics> metrics_;
  inbox inbox_;
  outbox outbox_;
  pipeline pipeline_;
  edge_writer writer_;
  std::int64_t late_before_; ///< counted before a restart
  std::vector<credit> credits_;
  /// A barrier or the end, until the pipeline has nothing pending.
  std::optional<input_event> held_;
  state_meter meter_;
  bool idle_ = false; ///< said so downstream
  bool ended_ = false;
};

} // namespace herald
