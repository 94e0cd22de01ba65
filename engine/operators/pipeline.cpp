#include "engine/operators/pipeline.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/late_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

/// An operator's output: its targets inside the stage and outside.
class pipeline::fan_out final : public output {
public:
  fan_out(pipeline& owner, std::size_t index, std::vector<target> targets,
          std::optional<late_output> late)
      : owner_(owner), index_(index), targets_(std::move(targets)),
        late_(std::move(late)) {}

  absl::Status emit(batch_ptr rows) override {
    owner_.nodes_[index_].rows_out += rows->rows;
    return owner_.deliver(targets_, std::move(rows));
  }

  absl::Status advance(event_time t) override {
    if (late_)
      HERALD_TRY(owner_.deliver(late_->targets, t));
    return owner_.deliver(targets_, t);
  }

  absl::Status late(const batch& rows, const row_list& which,
                    event_time t) override {
    if (!late_)
      return absl::OkStatus();
    return owner_.deliver(late_->targets, late_batch(*late_, rows, which, t));
  }

  bool full() const override {
    return owner_.full(targets_) || (late_ && owner_.full(late_->targets));
  }

private:
  pipeline& owner_;
  std::size_t index_; ///< of the operator
  std::vector<target> targets_;
  std::optional<late_output> late_;
};

namespace {

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
    made.out = std::make_unique<fan_out>(*this, i, x.targets, x.late);
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
      next.rows_in += rows->rows;
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
    HERALD_TRY(next.advance(lowest));
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
                         : x.advance(next.time));
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

operator_figures pipeline::figures(std::size_t index) const {
  const auto& x = nodes_[index];
  return {x.rows_in, x.rows_out, x.operation->counters().rows_late, 0};
}

std::int64_t pipeline::rows_late() const {
  std::int64_t result = 0;
  for (const auto& x : nodes_)
    result += x.operation->counters().rows_late;
  return result;
}

} // namespace herald
