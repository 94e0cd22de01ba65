#include "engine/operators/pipeline.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/deduplicate.hpp"
#include "engine/operators/expand.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/group_aggregate.hpp"
#include "engine/operators/join.hpp"
#include "engine/operators/lookup_join.hpp"
#include "engine/operators/normalize.hpp"
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

#include <algorithm>

#include <fmt/format.h>

namespace herald {

/// An operator's output: its targets inside the stage and outside.
class pipeline::fan_out final : public output {
public:
  fan_out(pipeline& owner, std::vector<target> targets)
      : owner_(owner), targets_(std::move(targets)) {}

  absl::Status emit(batch_ptr rows) override {
    return owner_.deliver(targets_, std::move(rows));
  }

  absl::Status advance(event_time t) override {
    return owner_.deliver(targets_, t);
  }

  bool full() const override {
    return owner_.full(targets_);
  }

private:
  pipeline& owner_;
  std::vector<target> targets_;
};

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
    if (!x.time_column)
      return std::make_unique<window_aggregate_operator>(x, *inputs[0], layout);
    if (x.window.is_session())
      return by_clock(
          std::make_unique<session_aggregate_operator>(x, *inputs[0], layout),
          *x.time_column, x.window);
    return by_clock(
        std::make_unique<window_aggregate_operator>(x, *inputs[0], layout),
        *x.time_column, x.window);
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

  std::unique_ptr<stream_operator>
  operator()(const lookup_join_spec& x) const {
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

/// Prefixes table names, so that the operators of a stage share one writer.
class named_writer final : public state_writer {
public:
  named_writer(state_writer& inner, const std::string& name)
      : inner_(inner), prefix_(name + "/") {}

  absl::Status put(std::string_view table, int key_group,
                   const batch& rows) override {
    return inner_.put(prefix_ + std::string(table), key_group, rows);
  }

private:
  state_writer& inner_;
  std::string prefix_;
};

class named_reader final : public state_reader {
public:
  named_reader(const state_reader& inner, const std::string& name)
      : inner_(inner), prefix_(name + "/") {}

  absl::Status read(std::string_view table, key_group_range range,
                    const visitor& visit) const override {
    return inner_.read(prefix_ + std::string(table), range, visit);
  }

private:
  const state_reader& inner_;
  std::string prefix_;
};

} // namespace

std::unique_ptr<stream_operator>
make_operator(const operator_spec& spec, const std::vector<schema_ptr>& inputs,
              schema_ptr layout) {
  return std::visit(operator_maker{inputs, std::move(layout)}, spec);
}

pipeline::pipeline(const stage& plan,
                   const std::vector<schema_ptr>& port_layouts) {
  ports_ = plan.inputs;
  if (plan.scan)
    ports_.push_back(plan.scan->targets);
  HERALD_CHECK_EQ(ports_.size(), port_layouts.size());
  // What arrives at each input of each operator, from ports and operators.
  std::vector<std::vector<schema_ptr>> arriving(plan.operators.size());
  for (std::size_t i = 0; i < arriving.size(); ++i)
    arriving[i].resize(static_cast<std::size_t>(plan.operators[i].inputs));
  auto connect = [&](const std::vector<target>& targets, schema_ptr layout) {
    for (const auto& x : targets)
      if (x.to == target::kind::operation)
        arriving[static_cast<std::size_t>(x.index)]
                [static_cast<std::size_t>(x.port)]
            = layout;
  };
  for (std::size_t i = 0; i < ports_.size(); ++i)
    connect(ports_[i], port_layouts[i]);
  for (std::size_t i = 0; i < plan.operators.size(); ++i) {
    const auto& x = plan.operators[i];
    connect(x.targets, x.layout);
    for (const auto& layout : arriving[i])
      HERALD_CHECK(layout, "every input of an operator is connected before");
    node made;
    made.name = x.state_name.empty() ? std::to_string(i) : x.state_name;
    made.operation = make_operator(x.spec, arriving[i], x.layout);
    made.watermarks.resize(static_cast<std::size_t>(x.inputs), time_min);
    made.out = std::make_unique<fan_out>(*this, x.targets);
    nodes_.push_back(std::move(made));
  }
}

absl::Status pipeline::open(const operator_context& context,
                            pipeline_output& out) {
  out_ = &out;
  for (auto& x : nodes_) {
    HERALD_TRY(x.operation->open(context));
  }
  return absl::OkStatus();
}

void pipeline::set_time(std::int64_t now_ms) {
  for (auto& x : nodes_)
    x.operation->set_time(now_ms);
}

absl::Status pipeline::process(int port, batch_ptr rows) {
  return deliver(ports_[static_cast<std::size_t>(port)], std::move(rows));
}

absl::Status pipeline::advance(int port, event_time t) {
  return deliver(ports_[static_cast<std::size_t>(port)], t);
}

absl::Status pipeline::deliver(const std::vector<target>& targets,
                               batch_ptr rows) {
  for (const auto& x : targets) {
    switch (x.to) {
    case target::kind::operation: {
      auto& next = nodes_[static_cast<std::size_t>(x.index)];
      if (next.waits()) {
        next.held.push_back({x.port, rows, time_min});
        break;
      }
      HERALD_TRY(next.operation->process(x.port, rows, *next.out));
      break;
    }
    case target::kind::edge:
      HERALD_TRY(out_->emit_edge(x.index, rows));
      break;
    case target::kind::sink:
      HERALD_TRY(out_->emit_sink(rows));
      break;
    }
  }
  return absl::OkStatus();
}

absl::Status pipeline::deliver(const std::vector<target>& targets,
                               event_time t) {
  for (const auto& x : targets) {
    if (x.to == target::kind::edge) {
      HERALD_TRY(out_->advance_edge(x.index, t));
      continue;
    }
    if (x.to == target::kind::sink) {
      HERALD_TRY(out_->advance_sink(t));
      continue;
    }
    auto& next = nodes_[static_cast<std::size_t>(x.index)];
    auto& mine = next.watermarks[static_cast<std::size_t>(x.port)];
    mine = std::max(mine, t);
    auto lowest
        = *std::min_element(next.watermarks.begin(), next.watermarks.end());
    if (lowest <= next.watermark)
      continue;
    next.watermark = lowest;
    if (next.waits()) {
      next.held.push_back({0, nullptr, lowest});
      continue;
    }
    HERALD_TRY(next.operation->advance(lowest, *next.out));
  }
  return absl::OkStatus();
}

bool pipeline::full(const std::vector<target>& targets) const {
  for (const auto& x : targets) {
    if (x.to != target::kind::operation) {
      if (out_->full())
        return true;
      continue;
    }
    const auto& next = nodes_[static_cast<std::size_t>(x.index)];
    if (next.waits() || next.out->full())
      return true;
  }
  return false;
}

bool pipeline::busy() const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [](const node& x) { return x.waits(); });
}

bool pipeline::pending() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const node& x) {
    return x.waits() || x.operation->pending();
  });
}

absl::Status pipeline::resume(node& x) {
  HERALD_TRY(x.operation->resume(*x.out));
  while (!x.held.empty() && !x.operation->busy() && !x.out->full()) {
    auto next = std::move(x.held.front());
    x.held.pop_front();
    HERALD_TRY(next.rows ? x.operation->process(next.port, next.rows, *x.out)
                         : x.operation->advance(next.time, *x.out));
  }
  return absl::OkStatus();
}

absl::Status pipeline::resume() {
  for (auto x = nodes_.rbegin(); x != nodes_.rend(); ++x) {
    HERALD_TRY(resume(*x));
  }
  return absl::OkStatus();
}

std::optional<std::int64_t> pipeline::due_ms() const {
  std::optional<std::int64_t> result;
  for (const auto& x : nodes_)
    if (const auto due = x.operation->due_ms(); due)
      result = std::min(*due, result.value_or(*due));
  return result;
}

absl::Status pipeline::drained() {
  for (auto& x : nodes_) {
    HERALD_TRY(x.operation->drained(*x.out));
  }
  return absl::OkStatus();
}

absl::Status pipeline::flush() {
  for (auto& x : nodes_) {
    HERALD_TRY(x.operation->flush(*x.out));
  }
  return absl::OkStatus();
}

absl::Status
pipeline::visit(const std::function<absl::Status(stream_operator&)>& change) {
  for (auto& x : nodes_) {
    HERALD_TRY(change(*x.operation));
  }
  return absl::OkStatus();
}

absl::Status pipeline::write(state_writer& writer) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    named_writer named(writer, nodes_[i].name);
    HERALD_TRY(nodes_[i].operation->write(named));
  }
  return absl::OkStatus();
}

absl::Status pipeline::read(const state_reader& reader) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    named_reader named(reader, nodes_[i].name);
    HERALD_TRY(nodes_[i].operation->read(named));
  }
  return absl::OkStatus();
}

std::int64_t pipeline::state_bytes() const {
  std::int64_t result = 0;
  for (const auto& x : nodes_)
    result += x.operation->state_bytes();
  return result;
}

std::int64_t pipeline::rows_late() const {
  std::int64_t result = 0;
  for (const auto& x : nodes_)
    result += x.operation->counters().rows_late;
  return result;
}

} // namespace herald
