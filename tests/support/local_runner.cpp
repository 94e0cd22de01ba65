#include "tests/support/local_runner.hpp"

#include "engine/common/check.hpp"
#include "engine/state/state_stream.hpp"

#include <algorithm>

namespace herald::testing {

namespace {

/// Rounds without progress after which a job is called stuck. A round may
/// leave everything to later ones by chance, but not so often.
constexpr int quiet_rounds_max = 100;

/// What a round takes where time passes.
constexpr std::int64_t round_ms = 10;

/// Keeps what comes.
class keeping_writer final : public sink_writer {
public:
  explicit keeping_writer(std::shared_ptr<std::vector<batch_ptr>> to)
      : to_(std::move(to)) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    to_->push_back(rows);
    return absl::OkStatus();
  }

private:
  std::shared_ptr<std::vector<batch_ptr>> to_;
};

template <class Driver>
absl::Status restore(Driver& driver, const std::vector<std::string>& streams) {
  HERALD_ASSIGN(auto reader, state_stream_reader::open(streams));
  return driver.read(*reader);
}

std::vector<int> scans_of(const job_graph& graph) {
  std::vector<int> result;
  for (std::size_t i = 0; i < graph.stages.size(); ++i)
    if (graph.stages[i].scan)
      result.push_back(static_cast<int>(i));
  return result;
}

} // namespace

job_snapshot moved(const job_snapshot& x, const job_graph& from,
                   const job_graph& to) {
  std::vector<std::string> all;
  for (const auto& [stage, streams] : x.streams)
    all.insert(all.end(), streams.begin(), streams.end());
  job_snapshot result;
  for (std::size_t i = 0; i < to.stages.size(); ++i)
    result.streams[static_cast<int>(i)] = all;
  const auto old_scans = scans_of(from);
  const auto new_scans = scans_of(to);
  for (std::size_t i = 0; i < old_scans.size(); ++i)
    if (const auto at = x.positions.find(old_scans[i]); at != x.positions.end())
      result.positions[new_scans[i]] = at->second;
  return result;
}

local_runner::local_runner(job_graph graph, split_rows input,
                           run_options options)
    : graph_(std::make_shared<const job_graph>(std::move(graph))),
      input_(std::move(input)), options_(options), random_(options.seed),
      results_(std::make_shared<std::vector<batch_ptr>>()) {}

void local_runner::add(int stage, int index, const job_snapshot& from) {
  subtask_place place{graph_, stage, index};
  const auto& plan = place.plan();
  node made{stage, index, {}, {}, {}, std::make_shared<subtask_metrics>()};
  if (plan.scan) {
    const auto& splits = input_[stage];
    std::vector<int> mine;
    for (auto i = index; i < static_cast<int>(splits.size());
         i += plan.parallelism)
      mine.push_back(i);
    auto positions = from.positions.find(stage);
    made.source = std::make_unique<source_driver>(
        place,
        std::make_unique<memory_reader>(splits, mine,
                                        positions == from.positions.end()
                                            ? std::vector<split_position>{}
                                            : positions->second,
                                        options_.endless),
        nullptr, made.metrics);
  } else {
    made.compute = std::make_unique<subtask>(place, made.metrics);
  }
  nodes_.push_back(std::move(made));
  if (!plan.sink)
    return;
  node sink{stage, index, {}, {}, {}, std::make_shared<subtask_metrics>()};
  sink.sink = std::make_unique<sink_driver>(
      place, std::make_unique<keeping_writer>(results_), sink.metrics);
  nodes_.push_back(std::move(sink));
}

absl::Status local_runner::open(const job_snapshot& from) {
  for (std::size_t s = 0; s < graph_->stages.size(); ++s)
    for (int i = 0; i < graph_->stages[s].parallelism; ++i)
      add(static_cast<int>(s), i, from);
  for (auto& x : nodes_) {
    auto streams = from.streams.find(x.stage);
    auto saved = streams != from.streams.end();
    if (x.sink) {
      HERALD_TRY(x.sink->open([] {}));
    } else if (x.source) {
      HERALD_TRY(
          x.source->open({options_.time_zone, 0}, options_.batch_rows, [] {}));
      if (saved) {
        HERALD_TRY(restore(*x.source, streams->second));
      }
    } else {
      HERALD_TRY(x.compute->open({options_.time_zone, 0}, options_.batch_rows));
      if (saved) {
        HERALD_TRY(restore(*x.compute, streams->second));
      }
    }
  }
  return absl::OkStatus();
}

local_runner::node& local_runner::receiver(const channel& at) {
  auto edges = static_cast<std::int32_t>(graph_->edges.size());
  auto to_sink = at.edge >= edges;
  auto stage = to_sink
                   ? at.edge - edges
                   : graph_->edges[static_cast<std::size_t>(at.edge)].to_stage;
  auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const node& x) {
    return x.stage == stage && x.index == at.to
           && (x.sink != nullptr) == to_sink;
  });
  HERALD_CHECK(found != nodes_.end(), "a frame has a receiver");
  return *found;
}

local_runner::node& local_runner::sender(const channel& at) {
  auto edges = static_cast<std::int32_t>(graph_->edges.size());
  auto stage
      = at.edge >= edges
            ? at.edge - edges
            : graph_->edges[static_cast<std::size_t>(at.edge)].from_stage;
  auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const node& x) {
    return x.stage == stage && x.index == at.from && !x.sink;
  });
  HERALD_CHECK(found != nodes_.end(), "credit has a receiver");
  return *found;
}

absl::Status local_runner::save(const node& x) {
  std::string bytes;
  state_stream_writer writer([&bytes](std::string_view part) {
    bytes += part;
    return absl::OkStatus();
  });
  if (x.source) {
    HERALD_TRY(x.source->write(writer));
    for (auto& position : x.source->positions())
      taken_.positions[x.stage].push_back(std::move(position));
  } else {
    HERALD_TRY(x.compute->write(writer));
  }
  HERALD_TRY(writer.finish());
  taken_.streams[x.stage].push_back(std::move(bytes));
  return absl::OkStatus();
}

absl::StatusOr<bool> local_runner::step_source(node& x) {
  HERALD_ASSIGN(auto result, x.source->step(now_ms_));
  auto frames = x.source->take_frames();
  for (auto& f : frames)
    frames_[f.at].push_back(std::move(f));
  x.done = result == step_result::finished;
  return !frames.empty() || result != step_result::idle;
}

absl::StatusOr<bool> local_runner::step_compute(node& x) {
  HERALD_ASSIGN(auto result, x.compute->step(1));
  for (auto& c : x.compute->take_credits())
    credits_.push_back(c);
  auto frames = x.compute->take_frames();
  auto barrier = false;
  for (auto& f : frames) {
    barrier |= f.kind == frame_kind::barrier;
    frames_[f.at].push_back(std::move(f));
  }
  x.done = barrier || result == step_result::finished;
  return !frames.empty() || result != step_result::idle;
}

absl::StatusOr<bool> local_runner::step_sink(node& x) {
  HERALD_ASSIGN(auto result, x.sink->step(1));
  for (auto& c : x.sink->take_credits())
    credits_.push_back(c);
  x.done = !x.sink->take_barriers().empty() || result == step_result::finished;
  return result != step_result::idle;
}

absl::StatusOr<bool> local_runner::step(node& x) {
  if (x.done)
    return false;
  if (x.sink)
    return step_sink(x);
  HERALD_ASSIGN(auto moved, x.source ? step_source(x) : step_compute(x));
  if (x.done && stopping_) {
    HERALD_TRY(save(x));
  }
  return moved;
}

absl::StatusOr<bool> local_runner::deliver(bool everything) {
  auto moved = false;
  for (auto& [at, queue] : frames_) {
    auto& to = receiver(at);
    while (!queue.empty() && (everything || random_() % 2 == 0)) {
      auto f = std::move(queue.front());
      queue.pop_front();
      moved = true;
      HERALD_TRY(to.sink ? to.sink->receive(std::move(f))
                         : to.compute->receive(std::move(f)));
    }
  }
  while (!credits_.empty() && (everything || random_() % 4 != 0)) {
    auto c = credits_.front();
    credits_.pop_front();
    moved = true;
    auto& to = sender(c.at);
    HERALD_TRY(to.source ? to.source->grant(c) : to.compute->grant(c));
  }
  return moved;
}

absl::Status local_runner::round() {
  auto everything = quiet_rounds_ > 0;
  HERALD_ASSIGN(auto moved, deliver(everything));
  std::vector<std::size_t> order(nodes_.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::shuffle(order.begin(), order.end(), random_);
  for (auto i : order) {
    if (!everything && random_() % 3 == 0)
      continue;
    HERALD_ASSIGN(auto stepped, step(nodes_[i]));
    moved |= stepped;
  }
  std::int64_t held = 0;
  for (auto& x : nodes_)
    if (x.compute)
      held += x.metrics->state_bytes;
  state_bytes_max_ = std::max(state_bytes_max_, held);
  quiet_rounds_ = moved ? 0 : quiet_rounds_ + 1;
  if (quiet_rounds_ > quiet_rounds_max)
    return absl::InternalError("the job makes no progress");
  return absl::OkStatus();
}

bool local_runner::done() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const node& x) { return x.done; });
}

absl::Status local_runner::run() {
  while (!done()) {
    HERALD_TRY(round());
  }
  return absl::OkStatus();
}

absl::Status local_runner::run_until_quiet() {
  while (quiet_rounds_ < quiet_rounds_max) {
    now_ms_ += round_ms;
    HERALD_TRY(round());
  }
  return absl::OkStatus();
}

absl::StatusOr<job_snapshot> local_runner::run_to_barrier(int rounds) {
  for (int i = 0; i < rounds && !done(); ++i) {
    HERALD_TRY(round());
  }
  stopping_ = true;
  for (auto& x : nodes_) {
    if (x.source && !x.done) {
      HERALD_TRY(x.source->barrier(1));
      for (auto& f : x.source->take_frames())
        frames_[f.at].push_back(std::move(f));
      x.done = true;
      HERALD_TRY(save(x));
    } else if (x.done && !x.sink) {
      HERALD_TRY(save(x));
    }
  }
  while (!done()) {
    HERALD_TRY(round());
  }
  return std::move(taken_);
}

std::int64_t local_runner::rows_late() const {
  std::int64_t result = 0;
  for (const auto& x : nodes_)
    result += x.metrics->rows_late;
  return result;
}

std::int64_t local_runner::state_bytes() const {
  std::int64_t result = 0;
  for (const auto& x : nodes_)
    result += x.metrics->state_bytes;
  return result;
}

} // namespace herald::testing
