#include "engine/operators/processing_time.hpp"

#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

/// How often in the length of its gap a session is looked at.
constexpr std::int64_t session_looks = 8;

/// Keeps the watermarks of the inner operator, which are the clock's.
class without_watermarks final : public output {
public:
  explicit without_watermarks(output& inner) : inner_(inner) {}

  absl::Status emit(batch_ptr rows) override {
    return inner_.emit(std::move(rows));
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  bool full() const override {
    return inner_.full();
  }

private:
  output& inner_;
};

} // namespace

absl::Status processing_time_operator::open(const operator_context& context) {
  HERALD_TRY(stream_operator::open(context));
  return inner_->open(context);
}

std::int64_t processing_time_operator::next_end() const {
  // Where sessions end only the operator knows: looks often enough.
  if (window_.is_session())
    return now_ms_ + std::max<std::int64_t>(1, window_.size_ms / session_looks);
  // The first end that is not over, by the time that `fire` would bring: ends
  // need be no multiples of the slide.
  const auto from = zone_.local_watermark(now_ms_ - 1) + 1;
  const auto ends = window_.offset_ms + window_.size_ms % window_.slide_ms;
  const auto end = floor_to(from, window_.slide_ms, ends) + window_.slide_ms;
  return zone_.timer(end - 1) + 1;
}

absl::Status processing_time_operator::fire(output& out) {
  now_ms_ = std::max(now_ms_, context_.eval.now_ms);
  inner_->set_time(now_ms_);
  if (!due_ || now_ms_ < *due_)
    return absl::OkStatus();
  without_watermarks rows_only(out);
  HERALD_TRY(inner_->advance(now_ms_ - 1, rows_only));
  due_.reset();
  if (inner_->state_bytes() > 0)
    due_ = next_end();
  counters_ = inner_->counters();
  return absl::OkStatus();
}

absl::Status processing_time_operator::process(int input, const batch_ptr& rows,
                                               output& out) {
  HERALD_TRY(fire(out));
  if (rows->rows == 0)
    return absl::OkStatus();
  auto columns = rows->columns;
  auto& time = columns[static_cast<std::size_t>(time_column_)];
  const std::vector<event_time> now(static_cast<std::size_t>(rows->rows),
                                    now_ms_);
  time = time_column(time->type, now);
  without_watermarks rows_only(out);
  HERALD_TRY(inner_->process(
      input,
      make_batch(rows->layout, std::move(columns), rows->rows, rows->changes),
      rows_only));
  due_ = std::min(due_.value_or(next_end()), next_end());
  counters_ = inner_->counters();
  return absl::OkStatus();
}

absl::Status processing_time_operator::advance(event_time t, output& out) {
  return t == time_max ? inner_->advance(t, out) : out.advance(t);
}

absl::Status processing_time_operator::flush(output& out) {
  without_watermarks rows_only(out);
  return inner_->flush(rows_only);
}

absl::Status processing_time_operator::drained(output& out) {
  return resume(out);
}

absl::Status processing_time_operator::resume(output& out) {
  HERALD_TRY(fire(out));
  without_watermarks rows_only(out);
  return inner_->resume(rows_only);
}

std::optional<std::int64_t> processing_time_operator::due_ms() const {
  const auto early = inner_->due_ms();
  return due_ && early ? std::min(due_, early) : due_ ? due_ : early;
}

absl::Status processing_time_operator::read(const state_reader& reader) {
  // Windows may have ended while nobody looked.
  due_ = 0;
  return inner_->read(reader);
}

} // namespace herald
