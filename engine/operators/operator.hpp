#pragma once

#include "engine/expr/expr.hpp"
#include "engine/state/state.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <optional>

// The computing nodes of a task as plain classes: no I/O, no threads, no CAF.
// A pipeline drives them: batches and watermarks come in on numbered inputs,
// results leave through `output` in order. One operator instance is used by
// one thread at a time and owns the key groups of its subtask.

namespace herald {

/// Event time in milliseconds since 1970-01-01 UTC.
using event_time = std::int64_t;
constexpr event_time time_min = std::numeric_limits<event_time>::min();
/// The watermark after the last row of a bounded input.
constexpr event_time time_max = std::numeric_limits<event_time>::max();

/// Where an operator's results go: the next operators, or edges.
class output {
public:
  virtual ~output() = default;
  virtual absl::Status emit(batch_ptr rows) = 0;
  /// No later row will have an event time at or before `t`. Never decreases.
  virtual absl::Status advance(event_time t) = 0;

  /// Takes note of rows of the input that are dropped, as they came too late
  /// for the watermark `t` (`time_min`: there is none yet).
  virtual absl::Status late(const batch& rows, const row_list& which,
                            event_time t) {
    (void)rows, (void)which, (void)t;
    return absl::OkStatus();
  }

  /// True while there is no room: who has much more to give keeps the rest,
  /// is `busy`, and goes on in `resume`. Rows are taken all the same.
  virtual bool full() const {
    return false;
  }
};

/// What an operator may know of its place.
struct operator_context {
  int subtask = 0;
  int parallelism = 1;
  eval_context eval;
  /// Rows an operator puts in one result batch at most.
  std::int64_t batch_rows = 4096;
  /// Asks for `resume` soon; from any thread, as long as the operator lives.
  std::function<void()> wake = [] {};

  key_group_range key_groups_owned() const {
    return range_of(subtask, parallelism);
  }
};

/// What an operator counts itself; the rows that it takes and gives are
/// counted by the pipeline around it.
struct operator_counters {
  std::int64_t rows_late = 0; ///< dropped behind the watermark
};

class stream_operator {
public:
  virtual ~stream_operator() = default;

  virtual absl::Status open(const operator_context& context) {
    context_ = context;
    return absl::OkStatus();
  }

  /// Sets processing time for what follows; milliseconds, UTC.
  void set_time(std::int64_t now_ms) {
    context_.eval.now_ms = now_ms;
  }

  /// Says which watermark the next call of `advance` brings.
  void set_watermark(event_time t) {
    context_.eval.watermark_ms = t;
  }

  /// Takes the rows of `input` (0-based).
  virtual absl::Status process(int input, const batch_ptr& rows, output& out)
      = 0;

  /// Takes a watermark that already is the minimum over all inputs of the
  /// operator. Must pass it on, after what it sets free.
  virtual absl::Status advance(event_time t, output& out) {
    return out.advance(t);
  }

  /// Emits what is held back only for efficiency (mini-batches). Called
  /// before every barrier.
  virtual absl::Status flush(output&) {
    return absl::OkStatus();
  }

  /// The inputs are drained for now: as `flush`, but for what is held back
  /// so that many changes become one, which waits for its time.
  virtual absl::Status drained(output& out) {
    return flush(out);
  }

  // -- work that outlives a call --------------------------------------------

  /// True while it takes neither rows nor watermarks: it has results that
  /// found no room, or waits for the outside. They wait in front of it.
  virtual bool busy() const {
    return false;
  }

  /// True while results of what it took are still to come without more
  /// input: barriers and the end wait until it is false. Implied by `busy`.
  virtual bool pending() const {
    return busy();
  }

  /// Goes on while `out` is not full. Called after credit came, after `wake`,
  /// and when `due_ms` has come; for no reason too.
  virtual absl::Status resume(output&) {
    return absl::OkStatus();
  }

  /// Processing time (as in `set_time`) at which it wants to be resumed next.
  virtual std::optional<std::int64_t> due_ms() const {
    return std::nullopt;
  }

  /// Writes all state, by key group. Between batches, after `flush`.
  virtual absl::Status write(state_writer&) const {
    return absl::OkStatus();
  }

  /// Reads the state of the key groups that this subtask owns. Once, after
  /// `open` and before any row.
  virtual absl::Status read(const state_reader&) {
    return absl::OkStatus();
  }

  virtual std::int64_t state_bytes() const {
    return 0;
  }

  const operator_counters& counters() const {
    return counters_;
  }

protected:
  /// Counts rows of the input that come too late for the watermark `t`.
  absl::Status drop_late(const batch& rows, const row_list& which, event_time t,
                         output& out) {
    counters_.rows_late += static_cast<std::int64_t>(which.size());
    return which.empty() ? absl::OkStatus() : out.late(rows, which, t);
  }

  operator_context context_;
  operator_counters counters_;
};

} // namespace herald
