#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/runtime/subtask.hpp"

#include <map>

// One subtask of a stage that reads: a connector's reader, the computed
// columns and the watermark of the scan, then pipeline and outbox. Driven
// like `subtask`; without credit it does not poll the reader. It remembers
// which positions belong to which barrier, so that they can be made durable
// once everything before the barrier is safely out. One thread at a time;
// holds at most one poll's rows and `epochs_open_max` positions.

namespace herald {

class source_driver {
public:
  /// Barriers that were sent but not yet confirmed; older ones are dropped,
  /// since confirming a later one confirms them too.
  static constexpr std::size_t epochs_open_max = 64;

  /// `dead_letters` takes what the format could not read; may be null.
  source_driver(subtask_place place, std::unique_ptr<source_reader> reader,
                std::unique_ptr<sink_writer> dead_letters,
                std::shared_ptr<subtask_metrics> metrics);

  absl::Status open(const eval_context& eval, std::int64_t batch_rows,
                    wake_function wake);

  absl::Status grant(const credit& x) {
    return outbox_.grant(x);
  }

  /// The receiver of this channel is on another node.
  void set_remote(const channel& at) {
    outbox_.set_remote(at);
  }

  /// Polls once and runs what came. `now_ms` is processing time, UTC.
  absl::StatusOr<step_result> step(std::int64_t now_ms);

  /// Before the first step: only the first `rows` are read (0: none), then
  /// the input ends, also when it is stopped before; nothing is committed.
  void sample(std::int64_t rows) {
    sample_left_ = rows;
  }

  /// Sends a barrier and remembers the positions it stands for; once the
  /// pipeline has nothing pending, until when nothing is read. A source that
  /// has ended sends none: its end went before.
  absl::Status barrier(std::int64_t epoch);

  /// Everything before barrier `epoch` is out: commits its positions, as soon
  /// as the dead letters before it are out too; nothing is read until then.
  absl::Status commit(std::int64_t epoch);

  /// Ends reading early: what was read goes its way, then the end follows.
  void stop() {
    stopping_ = true;
  }

  /// Processing time at which an operator wants a step though nothing comes.
  /// None while a step would not ask it, as of `subtask`.
  std::optional<std::int64_t> due_ms() const {
    if (ended_ || !outbox_.has_credit())
      return std::nullopt;
    return pipeline_.due_ms();
  }

  std::vector<frame> take_frames() {
    return outbox_.take();
  }

  /// Positions after all rows given out so far.
  std::vector<split_position> positions() const {
    return reader_->positions();
  }

  absl::Status write(state_writer& writer) const {
    return pipeline_.write(writer);
  }

  absl::Status read(const state_reader& reader) {
    return pipeline_.read(reader);
  }

private:
  /// Lets the pipeline go on; true if nothing may be read meanwhile.
  absl::StatusOr<bool> work_off(std::int64_t now_ms);
  void send_barrier(std::int64_t epoch);
  void keep_positions(std::int64_t epoch);
  absl::StatusOr<step_result> poll(std::int64_t now_ms);
  absl::Status take(source_rows& x);
  /// Cuts off what is more than the sample.
  void keep_sample(source_rows& x);
  absl::StatusOr<event_time> watermark_of(const batch& rows);
  absl::Status keep_dead(const std::vector<dead_letter>& dead);
  absl::Status finish();
  absl::StatusOr<step_result> close_dead_letters();

  /// Lets splits that give nothing for long hold nobody back.
  absl::Status watch_idle(std::int64_t now_ms);
  void count();

  subtask_place place_;
  std::unique_ptr<source_reader> reader_;
  std::unique_ptr<sink_writer> dead_letters_;
  std::shared_ptr<subtask_metrics> metrics_;
  outbox outbox_;
  pipeline pipeline_;
  state_meter meter_;
  edge_writer writer_;
  // Counted before a restart.
  std::int64_t rows_before_;
  std::int64_t bytes_before_;
  std::int64_t malformed_before_;
  std::int64_t late_before_;
  eval_context eval_;
  std::int64_t batch_rows_ = 0;
  watermark_merge splits_;
  bool splits_known_ = false;
  std::vector<std::int64_t> split_rows_ms_; ///< when each gave rows last
  std::map<std::int64_t, std::vector<split_position>> epochs_;
  std::optional<std::int64_t> commit_waiting_; ///< epoch
  std::int64_t last_rows_ms_ = 0;
  bool reachable_ = true; ///< nothing is known to be wrong outside
  bool blocked_ = false;  ///< nothing may be read now
  bool idle_ = false;     ///< said so downstream
  std::optional<std::int64_t> sample_left_; ///< of a sample
  bool stopping_ = false;
  bool finishing_ = false; ///< read to the end; the pipeline is working it off
  bool ended_ = false;
  std::vector<std::int64_t> barriers_waiting_; ///< epochs
};

/// The layout of dead letters: raw BYTES, reason STRING, split STRING,
/// position BIGINT.
schema_ptr dead_letter_layout();

} // namespace herald
