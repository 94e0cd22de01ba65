#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/figures.hpp"
#include "engine/plan/job_graph.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

// The operators of one subtask of a stage, wired: a batch put in at an input
// port runs through by direct calls and comes out at edges or at the sink. It
// also joins watermarks: an operator with two inputs sees the minimum of
// both. One thread at a time; holds operators, and what one call puts in front
// of an operator that is busy.

namespace herald {

/// Takes what leaves a stage.
class pipeline_output {
public:
  virtual ~pipeline_output() = default;
  virtual absl::Status emit_edge(int edge, batch_ptr rows) = 0;
  virtual absl::Status advance_edge(int edge, event_time t) = 0;
  virtual absl::Status emit_sink(batch_ptr rows) = 0;
  virtual absl::Status advance_sink(event_time t) = 0;

  /// True while edges and sink have no room; rows are taken all the same.
  virtual bool full() const {
    return false;
  }
};

class pipeline {
public:
  /// Makes the operators of `plan`; a scan's targets count as port 0.
  /// `edges` gives the layouts of what arrives at input ports.
  pipeline(const stage& plan, const std::vector<schema_ptr>& port_layouts);

  absl::Status open(const operator_context& context, pipeline_output& out);

  /// Sets processing time for what follows; milliseconds, UTC.
  void set_time(std::int64_t now_ms);

  /// Puts rows in at `port`.
  absl::Status process(int port, batch_ptr rows);

  /// Takes the watermark of `port`, already joined over its channels.
  absl::Status advance(int port, event_time t);

  absl::Status flush();
  absl::Status drained();

  /// True while something waits in front of an operator: nothing should be
  /// put in. See `stream_operator::busy`.
  bool busy() const;

  /// True while results are still to come of what was put in.
  bool pending() const;

  /// Lets operators go on as far as there is room, last ones first.
  absl::Status resume();

  /// The earliest processing time at which an operator wants `resume`.
  std::optional<std::int64_t> due_ms() const;

  /// Calls `change` for every operator, between batches.
  absl::Status
  visit(const std::function<absl::Status(stream_operator&)>& change);

  /// Writes the state of each operator as tables "NAME/TABLE".
  absl::Status write(state_writer& writer) const;
  absl::Status read(const state_reader& reader);

  std::size_t size() const { ///< operators
    return nodes_.size();
  }

  /// What an operator did; without its state, see `state_bytes`.
  operator_figures figures(std::size_t index) const;

  /// Of one operator; may walk over all of its state.
  std::int64_t state_bytes(std::size_t index) const {
    return nodes_[index].operation->state_bytes();
  }

  /// Late rows of all operators.
  std::int64_t rows_late() const;

private:
  /// Rows, or (null) the watermark `time`, for an operator that is busy.
  struct held_input {
    int port = 0;
    batch_ptr rows;
    event_time time = time_min;
  };

  struct node {
    std::string name; ///< of its state
    std::unique_ptr<stream_operator> operation;
    std::vector<event_time> watermarks; ///< one an input
    event_time watermark = time_min;    ///< their minimum, as passed on
    std::unique_ptr<output> out;
    std::deque<held_input> held; ///< of one call of those before it
    std::int64_t rows_in = 0;
    std::int64_t rows_out = 0;

    bool waits() const {
      return !held.empty() || operation->busy();
    }

    absl::Status advance(event_time t) {
      operation->set_watermark(t);
      return operation->advance(t, *out);
    }
  };

  class fan_out;

  absl::Status deliver(const std::vector<target>& targets, batch_ptr rows);
  absl::Status deliver(const std::vector<target>& targets, event_time t);
  absl::Status resume(node& x);
  bool full(const std::vector<target>& targets) const;

  std::vector<std::vector<target>> ports_;
  std::vector<node> nodes_;
  pipeline_output* out_ = nullptr;
};

/// Makes an operator from its plan; `inputs` has one layout an input.
std::unique_ptr<stream_operator>
make_operator(const operator_spec& spec, const std::vector<schema_ptr>& inputs,
              schema_ptr layout);

} // namespace herald
