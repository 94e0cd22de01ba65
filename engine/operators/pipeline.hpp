#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

#include <functional>
#include <memory>
#include <vector>

// The operators of one subtask of a stage, wired: a batch put in at an input
// port runs through by direct calls and comes out at edges or at the sink. It
// also joins watermarks: an operator with two inputs sees the minimum of
// both. One thread at a time; holds nothing itself but operators.

namespace herald {

/// Takes what leaves a stage.
class pipeline_output {
public:
  virtual ~pipeline_output() = default;
  virtual absl::Status emit_edge(int edge, batch_ptr rows) = 0;
  virtual absl::Status advance_edge(int edge, event_time t) = 0;
  virtual absl::Status emit_sink(batch_ptr rows) = 0;
  virtual absl::Status advance_sink(event_time t) = 0;
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

  /// Calls `change` for every operator, between batches.
  absl::Status
  visit(const std::function<absl::Status(stream_operator&)>& change);

  /// Writes the state of operator i as tables "i/NAME".
  absl::Status write(state_writer& writer) const;
  absl::Status read(const state_reader& reader);

  std::int64_t state_bytes() const;

  /// Late rows of all operators.
  std::int64_t rows_late() const;

private:
  struct node {
    std::unique_ptr<stream_operator> operation;
    std::vector<event_time> watermarks; ///< one an input
    event_time watermark = time_min;    ///< their minimum, as passed on
    std::unique_ptr<output> out;
  };

  class fan_out;

  absl::Status deliver(const std::vector<target>& targets, batch_ptr rows);
  absl::Status deliver(const std::vector<target>& targets, event_time t);

  std::vector<std::vector<target>> ports_;
  std::vector<node> nodes_;
  pipeline_output* out_ = nullptr;
};

/// Makes an operator from its plan; `inputs` has one layout an input.
std::unique_ptr<stream_operator>
make_operator(const operator_spec& spec, const std::vector<schema_ptr>& inputs,
              schema_ptr layout);

} // namespace herald
