#include "engine/runtime/source_driver.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/cut_text.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

/// What is shown of the reason why a record is malformed: people read it in
/// one line.
constexpr std::size_t shown_reason_max = 300;

} // namespace

schema_ptr dead_letter_layout() {
  static const auto layout = std::make_shared<const schema>(
      schema{{{"raw", data_type::of(type_kind::varbinary)},
              {"reason", data_type::of(type_kind::varchar)},
              {"split", data_type::of(type_kind::varchar)},
              {"position", data_type::of(type_kind::bigint)}}});
  return layout;
}

source_driver::source_driver(subtask_place place,
                             std::unique_ptr<source_reader> reader,
                             std::unique_ptr<sink_writer> dead_letters,
                             std::shared_ptr<subtask_metrics> metrics)
    : place_(std::move(place)), reader_(std::move(reader)),
      dead_letters_(std::move(dead_letters)), metrics_(std::move(metrics)),
      outbox_(output_edges(place_), place_.index),
      pipeline_(place_.plan(), port_layouts(place_)),
      writer_(place_, outbox_, *metrics_), rows_before_(metrics_->rows_in),
      bytes_before_(metrics_->bytes_in), malformed_before_(metrics_->malformed),
      late_before_(metrics_->rows_late), splits_(0) {}

absl::Status source_driver::open(const eval_context& eval,
                                 std::int64_t batch_rows, wake_function wake) {
  eval_ = eval;
  batch_rows_ = batch_rows;
  operator_context context;
  context.subtask = place_.index;
  context.parallelism = place_.plan().parallelism;
  context.eval = eval;
  context.batch_rows = batch_rows;
  context.wake = wake;
  HERALD_TRY(pipeline_.open(context, writer_));
  if (dead_letters_) {
    HERALD_TRY(dead_letters_->open(wake));
  }
  return reader_->open(std::move(wake));
}

absl::StatusOr<event_time> source_driver::watermark_of(const batch& rows) {
  HERALD_ASSIGN(auto column,
                evaluate_column(*place_.plan().scan->watermark, rows, eval_));
  auto result = time_min;
  auto times = times_of(*column);
  for (std::size_t i = 0; i < times.size(); ++i)
    if (!column->is_null(static_cast<std::int64_t>(i)))
      result = std::max(result, times[i]);
  return result;
}

absl::Status source_driver::take(source_rows& x) {
  HERALD_TRY(keep_dead(x.dead));
  if (!x.rows || x.rows->rows == 0)
    return absl::OkStatus();
  const auto& scan = *place_.plan().scan;
  auto rows = std::move(x.rows);
  if (!scan.computed.empty()) {
    std::vector<column_ptr> columns;
    for (const auto& e : scan.computed) {
      HERALD_ASSIGN(auto column, evaluate_column(*e, *rows, eval_));
      columns.push_back(std::move(column));
    }
    rows = make_batch(scan.computed_layout, std::move(columns), rows->rows,
                      rows->changes);
  }
  auto port = static_cast<int>(place_.plan().inputs.size());
  meter_.add_rows(rows->rows);
  HERALD_TRY(pipeline_.process(port, rows));
  if (!scan.watermark)
    return absl::OkStatus();
  if (!splits_known_) { // some readers learn them after opening
    splits_known_ = true;
    auto count = reader_->sequential() ? 1 : reader_->splits().size();
    splits_ = watermark_merge(count);
    split_rows_ms_.assign(count, eval_.now_ms);
  }
  HERALD_ASSIGN(auto t, watermark_of(*rows));
  auto split = reader_->sequential() ? 0 : static_cast<std::size_t>(x.split);
  if (split >= split_rows_ms_.size()) { // found while reading
    splits_.grow(split + 1);
    split_rows_ms_.resize(split + 1, eval_.now_ms);
  }
  split_rows_ms_[split] = eval_.now_ms;
  auto joined = splits_.advance(split, t);
  metrics_->watermark_ms = joined;
  if (joined == time_min)
    return absl::OkStatus();
  eval_.watermark_ms = joined;
  return pipeline_.advance(port, joined);
}

void source_driver::keep_sample(source_rows& x) {
  if (!sample_left_ || !x.rows)
    return;
  if (x.rows->rows > *sample_left_) {
    row_list first(static_cast<std::size_t>(*sample_left_));
    std::iota(first.begin(), first.end(), 0);
    x.rows = herald::take(*x.rows, first);
  }
  *sample_left_ -= x.rows->rows;
}

absl::Status source_driver::keep_dead(const std::vector<dead_letter>& dead) {
  if (dead.empty())
    return absl::OkStatus();
  const auto& last = dead.back();
  metrics_->last_malformed.set(
      fmt::format("{} at {}: {}", last.split, last.position,
                  cut_text(last.reason, shown_reason_max)));
  if (!dead_letters_)
    return absl::OkStatus();
  batch_builder builder(dead_letter_layout());
  auto layout = dead_letter_layout();
  for (const auto& x : dead)
    if (!x.ignored)
      builder.append({{layout->fields[0].type, x.raw},
                      {layout->fields[1].type, x.reason},
                      {layout->fields[2].type, x.split},
                      {layout->fields[3].type, x.position}});
  const auto rows = builder.finish();
  return rows->rows == 0 ? absl::OkStatus() : dead_letters_->write(rows);
}

void source_driver::count() {
  auto x = reader_->counters();
  metrics_->rows_in = rows_before_ + x.records;
  metrics_->bytes_in = bytes_before_ + x.bytes;
  metrics_->malformed = malformed_before_ + x.malformed;
  metrics_->lag_records = x.lag_records;
  metrics_->splits_resumed = x.splits_resumed;
  if (x.problem.empty() && dead_letters_)
    x.problem = dead_letters_->problem();
  reachable_ = x.problem.empty();
  metrics_->problem.set(std::move(x.problem));
  metrics_->rows_late = late_before_ + pipeline_.rows_late();
  show_figures(pipeline_, ended_, meter_, *metrics_);
}

absl::Status source_driver::watch_idle(std::int64_t now_ms) {
  const auto& timeout = place_.plan().scan->idle_timeout_ms;
  if (!timeout || idle_)
    return absl::OkStatus();
  // Silence says nothing while the source is out of reach, or has yet to find
  // out what there is to read.
  if (!reachable_ || (!splits_known_ && reader_->splits().empty())) {
    last_rows_ms_ = now_ms;
    split_rows_ms_.assign(split_rows_ms_.size(), now_ms);
    return absl::OkStatus();
  }
  auto before = splits_.current();
  auto joined = before;
  for (std::size_t i = 0; i < split_rows_ms_.size(); ++i)
    if (now_ms - split_rows_ms_[i] >= *timeout)
      joined = splits_.set_idle(i);
  if (joined > before) {
    metrics_->watermark_ms = joined;
    eval_.watermark_ms = joined;
    auto port = static_cast<int>(place_.plan().inputs.size());
    HERALD_TRY(pipeline_.advance(port, joined));
  }
  if (now_ms - last_rows_ms_ < *timeout)
    return absl::OkStatus();
  idle_ = true;
  outbox_.idle();
  return absl::OkStatus();
}

absl::Status source_driver::finish() {
  if (!std::exchange(finishing_, true)) {
    HERALD_TRY(pipeline_.flush());
    if (!stopping_ || sample_left_) {
      auto port = static_cast<int>(place_.plan().inputs.size());
      HERALD_TRY(pipeline_.advance(port, time_max));
    }
  }
  if (pipeline_.pending())
    return absl::OkStatus();
  ended_ = true;
  count();
  outbox_.end();
  return absl::OkStatus();
}

absl::StatusOr<step_result> source_driver::close_dead_letters() {
  if (!dead_letters_)
    return step_result::finished;
  HERALD_TRY(dead_letters_->flush());
  if (dead_letters_->pending_bytes() > 0)
    return step_result::idle;
  if (commit_waiting_) {
    HERALD_TRY(commit(*commit_waiting_));
  }
  HERALD_TRY(dead_letters_->close());
  dead_letters_.reset();
  return step_result::finished;
}

absl::StatusOr<step_result> source_driver::step(std::int64_t now_ms) {
  if (dead_letters_) {
    HERALD_TRY(dead_letters_->poll());
  }
  if (commit_waiting_) {
    HERALD_TRY(commit(*commit_waiting_));
  }
  if (ended_)
    return close_dead_letters();
  HERALD_ASSIGN(auto waits, work_off(now_ms));
  if (!waits && (stopping_ || finishing_ || sample_left_ == 0)) {
    HERALD_TRY(finish());
    return ended_ ? step_result::more : step_result::idle;
  }
  if (last_rows_ms_ == 0) // a source that just began is not idle
    last_rows_ms_ = now_ms;
  auto blocked = waits || !outbox_.has_credit() || commit_waiting_
                 || (dead_letters_
                     && dead_letters_->pending_bytes() > channel_credit_bytes);
  metrics_->credit_waits += blocked && !blocked_;
  blocked_ = blocked;
  if (blocked)
    return step_result::idle;
  return poll(now_ms);
}

absl::StatusOr<bool> source_driver::work_off(std::int64_t now_ms) {
  pipeline_.set_time(now_ms);
  if (outbox_.has_credit()) {
    HERALD_TRY(pipeline_.resume());
  }
  if (pipeline_.busy())
    return true;
  if (!barriers_waiting_.empty() && !pipeline_.pending()) {
    // What waited for a look-up may be held back by a mini-batch now.
    HERALD_TRY(pipeline_.flush());
    if (!pipeline_.pending())
      for (auto epoch : std::exchange(barriers_waiting_, {}))
        send_barrier(epoch);
  }
  return !barriers_waiting_.empty() || (finishing_ && pipeline_.pending());
}

absl::StatusOr<step_result> source_driver::poll(std::int64_t now_ms) {
  eval_.now_ms = now_ms;
  const auto most = std::min(batch_rows_, sample_left_.value_or(batch_rows_));
  HERALD_ASSIGN(auto event, reader_->poll(most));
  if (auto* rows = std::get_if<source_rows>(&event)) {
    keep_sample(*rows);
    last_rows_ms_ = now_ms;
    if (std::exchange(idle_, false))
      outbox_.resume();
    HERALD_TRY(take(*rows));
    count();
    HERALD_TRY(watch_idle(now_ms));
    return step_result::more;
  }
  if (std::holds_alternative<source_finished>(event)) {
    HERALD_TRY(finish());
    return ended_ ? step_result::more : step_result::idle;
  }
  if (std::get<source_idle>(event).nothing_to_read && !idle_) {
    idle_ = true;
    outbox_.idle();
  }
  HERALD_TRY(pipeline_.drained());
  count();
  HERALD_TRY(watch_idle(now_ms));
  return step_result::idle;
}

absl::Status source_driver::barrier(std::int64_t epoch) {
  if (ended_) {
    keep_positions(epoch);
    return absl::OkStatus();
  }
  count(); // a reader that cannot reach its source wakes nobody
  HERALD_TRY(pipeline_.flush());
  if (dead_letters_) {
    HERALD_TRY(dead_letters_->flush());
  }
  if (pipeline_.pending())
    barriers_waiting_.push_back(epoch);
  else
    send_barrier(epoch);
  return absl::OkStatus();
}

void source_driver::send_barrier(std::int64_t epoch) {
  keep_positions(epoch);
  outbox_.barrier(epoch);
}

void source_driver::keep_positions(std::int64_t epoch) {
  epochs_[epoch] = reader_->positions();
  if (epochs_.size() > epochs_open_max)
    epochs_.erase(epochs_.begin());
}

absl::Status source_driver::commit(std::int64_t epoch) {
  if (sample_left_)
    return absl::OkStatus();
  if (dead_letters_ && dead_letters_->pending_bytes() > 0) {
    commit_waiting_ = epoch;
    return absl::OkStatus();
  }
  commit_waiting_.reset();
  auto at = epochs_.find(epoch);
  if (at == epochs_.end())
    return absl::OkStatus();
  auto positions = std::move(at->second);
  epochs_.erase(epochs_.begin(), std::next(at));
  return reader_->commit(positions);
}

} // namespace herald
