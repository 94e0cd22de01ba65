#include "actors/task_metrics.hpp"

#include <algorithm>

namespace herald {

task_metrics::task_metrics(const job_graph& graph) {
  for (const auto& x : graph.stages) {
    stage_metrics made;
    made.reads = x.scan.has_value();
    for (int i = 0; i < x.parallelism; ++i) {
      made.subtasks.push_back(
          std::make_shared<subtask_metrics>(x.operators.size()));
      if (x.sink)
        made.sinks.push_back(std::make_shared<subtask_metrics>());
    }
    stages.push_back(std::move(made));
  }
}

std::vector<stage_figures> task_metrics::figures() const {
  std::vector<stage_figures> result;
  for (const auto& stage : stages) {
    auto& to = result.emplace_back();
    to.operators.resize(stage.subtasks[0]->operators.size());
    auto watermark = time_max;
    for (const auto& x : stage.subtasks) {
      to.rows_read += stage.reads ? x->rows_in.load() : 0;
      to.malformed += x->malformed;
      if (auto last = x->last_malformed.get(); !last.empty())
        to.last_malformed = std::move(last);
      watermark = std::min(watermark, x->watermark_ms.load());
      for (std::size_t i = 0; i < to.operators.size(); ++i) {
        to.operators[i].rows_in += x->operators[i].rows_in;
        to.operators[i].rows_out += x->operators[i].rows_out;
        to.operators[i].rows_late += x->operators[i].rows_late;
        to.operators[i].state_bytes += x->operators[i].state_bytes;
      }
    }
    if (watermark != time_min && watermark != time_max)
      to.watermark_ms = watermark;
    for (const auto& x : stage.sinks)
      to.rows_written += x->rows_out;
  }
  return result;
}

void task_metrics::sum(task_report& out) const {
  auto watermark = time_max;
  auto look = [&out](const subtask_metrics& x) {
    if (out.problem.empty())
      out.problem = x.problem.get();
  };
  for (const auto& stage : stages) {
    for (const auto& x : stage.subtasks) {
      look(*x);
      out.rows_late += x->rows_late;
      out.state_bytes += x->state_bytes;
      out.credit_waits += x->credit_waits;
      watermark = std::min(watermark, x->watermark_ms.load());
      if (!stage.reads)
        continue;
      out.rows_in += x->rows_in;
      out.bytes_in += x->bytes_in;
      out.malformed += x->malformed;
      out.splits_resumed += x->splits_resumed;
      auto lag = x->lag_records.load();
      if (lag >= 0)
        out.lag_records = std::max<std::int64_t>(out.lag_records, 0) + lag;
    }
    for (const auto& x : stage.sinks) {
      look(*x);
      out.rows_out += x->rows_out;
    }
  }
  out.watermark_ms = watermark;
}

} // namespace herald
