#include "engine/serving/query_thread.hpp"

#include "engine/common/check.hpp"
#include "engine/common/error.hpp"
#include "engine/serving/result_encoder.hpp"

#include <utility>

namespace herald {

namespace {

/// Bytes that make a piece worth sending.
constexpr std::size_t piece_bytes_min = 128 << 10;

absl::Status nobody_listens() {
  return absl::CancelledError("the query was cancelled");
}

/// Hands over what was encoded, cut into pieces.
absl::Status flush(result_encoder& from, result_buffer& out) {
  auto bytes = from.take();
  out.bytes += bytes.size();
  constexpr auto most = result_buffer::piece_bytes_max;
  for (std::size_t at = 0; at < bytes.size(); at += most)
    if (!out.push(bytes.substr(at, most)))
      return nobody_listens();
  return absl::OkStatus();
}

absl::Status pump(query_engine& engine, const job_order& order,
                  result_buffer& out) {
  if (out.closed())
    return nobody_listens();
  HERALD_ASSIGN(auto layout, engine.start(order.sql));
  HERALD_ASSIGN(auto encoder, result_encoder::make(order.format, layout));
  for (;;) {
    HERALD_ASSIGN(auto rows, engine.next());
    if (!rows)
      break;
    out.rows += static_cast<std::uint64_t>(rows->rows);
    HERALD_TRY(encoder->add(*rows));
    if (encoder->size() >= piece_bytes_min)
      HERALD_TRY(flush(*encoder, out));
    if (out.closed())
      return nobody_listens();
  }
  HERALD_TRY(encoder->end());
  return flush(*encoder, out);
}

} // namespace

absl::Status run_query(query_engine& engine, const job_order& order,
                       result_buffer& out) {
  auto result = pump(engine, order, out);
  engine.finish();
  return result;
}

query_thread::query_thread(std::unique_ptr<query_engine> engine)
    : engine_(std::move(engine)), thread_([this] { loop(); }) {}

query_thread::~query_thread() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  cancel();
  thread_.join();
}

std::string query_thread::engine_name() const {
  return std::string(engine_->name());
}

void query_thread::run(job_order order, std::shared_ptr<result_buffer> out,
                       done then) {
  std::lock_guard lock(mutex_);
  HERALD_CHECK(!next_ && !running_, "one query at a time");
  running_ = out;
  next_ = work{std::move(order), std::move(out), std::move(then)};
  changed_.notify_all();
}

void query_thread::cancel() {
  std::lock_guard lock(mutex_);
  if (!running_)
    return;
  running_->close();
  engine_->cancel();
}

void query_thread::loop() {
  for (;;) {
    std::optional<work> now;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || next_; });
      if (!next_)
        return;
      now = std::exchange(next_, std::nullopt);
    }
    auto end = run_query(*engine_, now->order, *now->out);
    {
      std::lock_guard lock(mutex_);
      running_.reset();
      // A cancellation that came after the query had ended is not for the
      // next one.
      engine_->finish();
    }
    now->then(std::move(end));
  }
}

} // namespace herald
