#include "cluster/log/kafka_log.hpp"

#include "cluster/limits.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// Everything that talks to Kafka happens on the log's thread; `append` only
// queues. The thread waits in librdkafka's consumer, which a new record wakes
// at once; an append of this node waits `poll_time` at most.

namespace herald::cluster {

namespace {

constexpr std::chrono::milliseconds poll_time{5};

// Time for purged records to call back; they need no broker for it.
constexpr int purge_ms = 2000;

// What a Kafka record adds to a command; the producer's limit counts it.
constexpr std::size_t record_overhead = 4096;

std::int64_t offset_of(log_position after) {
  // Position n is at offset n - 1, so the record above `after` is at `after`.
  return static_cast<std::int64_t>(after.value);
}

log_position position_of_offset(std::int64_t offset) {
  return {static_cast<std::uint64_t>(offset) + 1};
}

} // namespace

// -- lifecycle ---------------------------------------------------------------

absl::StatusOr<std::unique_ptr<kafka_log>>
kafka_log::make(kafka_log_settings settings) {
  if (settings.brokers.empty() || settings.topic.empty())
    return user_error("a command log on Kafka needs brokers and a topic");
  std::unique_ptr<kafka_log> result(new kafka_log(std::move(settings)));
  auto options = result->settings_.options;
  options["bootstrap.servers"] = result->settings_.brokers;
  // librdkafka's consumer wants the name of a group; nothing is committed.
  options["group.id"] = "herald-log-" + result->settings_.topic;
  options["enable.auto.commit"] = "false";
  options["auto.offset.reset"] = "error";
  // Kilobytes of records read ahead of the subscriber.
  options["queued.max.messages.kbytes"] = "16384";
  options["fetch.error.backoff.ms"] = "100";
  options["reconnect.backoff.max.ms"] = "1000";
  HERALD_ASSIGN(result->consumer_,
                make_client(RD_KAFKA_CONSUMER, options, nullptr, nullptr));
  HERALD_TRY(result->make_producer());
  return result;
}

kafka_log::kafka_log(kafka_log_settings settings)
    : settings_(std::move(settings)), retry_(settings_.retry_first) {
  // nop
}

kafka_log::~kafka_log() {
  close();
}

absl::Status kafka_log::make_producer() {
  auto options = settings_.options;
  options["bootstrap.servers"] = settings_.brokers;
  options["enable.idempotence"] = "true";
  options["acks"] = "all";
  options["linger.ms"] = "0";
  options["message.timeout.ms"]
      = fmt::format("{}", settings_.append_timeout.count());
  options["message.max.bytes"]
      = fmt::format("{}", max_command_bytes + record_overhead);
  options["reconnect.backoff.max.ms"] = "1000";
  HERALD_ASSIGN(producer_, make_client(RD_KAFKA_PRODUCER, options,
                                       &kafka_log::delivered, this));
  return absl::OkStatus();
}

void kafka_log::close() {
  closing_ = true;
  if (thread_.joinable())
    thread_.join();
  fail_pending(absl::CancelledError("the command log was closed"),
               clock::time_point::max());
  if (producer_) {
    rd_kafka_purge(producer_.get(),
                   RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    // Calls back for each purged record.
    rd_kafka_flush(producer_.get(), purge_ms);
    producer_.reset();
  }
  if (consumer_) {
    rd_kafka_consumer_close(consumer_.get());
    consumer_.reset();
  }
}

// -- calls from other threads ------------------------------------------------

void kafka_log::subscribe(log_position after, log_listener listener) {
  HERALD_CHECK(!thread_.joinable(), "a log has one subscriber");
  listener_ = std::move(listener);
  delivered_ = after;
  confirmed_ = after.value;
  thread_ = std::thread([this] { run(); });
}

void kafka_log::append(std::string record, append_callback done) {
  if (record.size() > max_command_bytes) {
    done(absl::InvalidArgumentError(
        fmt::format("a command of {} bytes is above the limit of {}",
                    record.size(), max_command_bytes)));
    return;
  }
  auto refused = absl::OkStatus();
  {
    std::lock_guard guard(mutex_);
    if (closing_)
      refused = absl::CancelledError("the command log was closed");
    else if (under_way_ >= max_pending_appends)
      refused = absl::ResourceExhaustedError("too many commands wait");
    else {
      // Under the lock: once it is free the record may be under way, and over.
      ++under_way_;
      pending_.push_back({std::move(record), std::move(done),
                          clock::now() + settings_.append_timeout});
    }
  }
  if (!refused.ok())
    done(refused);
}

void kafka_log::confirm(log_position upto) {
  auto known = confirmed_.load();
  while (known < upto.value
         && !confirmed_.compare_exchange_weak(known, upto.value))
    ;
}

// -- the log's thread --------------------------------------------------------

void kafka_log::run() {
  while (!closing_) {
    if (!ready_ && !broken_)
      prepare();
    send_pending();
    rd_kafka_poll(producer_.get(), 0);
    if (ready_ && !broken_) {
      look();
      read();
    } else {
      std::this_thread::sleep_for(poll_time);
    }
    renew_producer();
  }
}

void kafka_log::prepare() {
  if (clock::now() < next_try_)
    return;
  auto status = ensure_log_topic(consumer_.get(), settings_.topic,
                                 settings_.request_timeout);
  // A topic that was just made may take a moment to be known everywhere.
  if (status.ok())
    status
        = query_end(consumer_.get(), settings_.topic, settings_.request_timeout)
              .status();
  if (status.ok())
    status = start_reading(consumer_.get(), settings_.topic,
                           offset_of(delivered_));
  ready_ = status.ok();
  if (ready_)
    return;
  tell_trouble(status);
  next_try_ = clock::now() + retry_;
  retry_ = std::min(2 * retry_, settings_.retry_max);
}

void kafka_log::send_pending() {
  fail_pending(absl::UnavailableError(fmt::format(
                   "the command log, Kafka topic {}: not in reach of {}",
                   settings_.topic, settings_.brokers)),
               clock::now());
  if (!ready_ || broken_)
    return;
  std::deque<pending> waiting;
  {
    std::lock_guard guard(mutex_);
    waiting = std::exchange(pending_, {});
  }
  for (auto& one : waiting)
    send(std::move(one));
}

void kafka_log::fail_pending(const absl::Status& why, clock::time_point due) {
  std::deque<pending> failed;
  {
    std::lock_guard guard(mutex_);
    while (!pending_.empty() && pending_.front().deadline <= due) {
      failed.push_back(std::move(pending_.front()));
      pending_.pop_front();
    }
  }
  for (auto& one : failed) {
    --under_way_;
    one.done(why);
  }
}

void kafka_log::send(pending one) {
  auto* done = new append_callback(std::move(one.done));
  auto code = rd_kafka_producev(
      producer_.get(), RD_KAFKA_V_TOPIC(settings_.topic.c_str()),
      RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(one.record.data(), one.record.size()),
      RD_KAFKA_V_OPAQUE(done), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  --under_way_;
  (*done)(absl::UnavailableError(rd_kafka_err2str(code)));
  delete done;
}

void kafka_log::delivered(rd_kafka_t*, const rd_kafka_message_t* message,
                          void* self) {
  std::unique_ptr<append_callback> done(
      static_cast<append_callback*>(message->_private));
  auto& log = *static_cast<kafka_log*>(self);
  --log.under_way_;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    (*done)(position_of_offset(message->offset));
  else if (log.closing_)
    (*done)(absl::CancelledError("the command log was closed"));
  else if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    (*done)(absl::InvalidArgumentError(
        "the broker takes no command of this size: raise max.message.bytes of "
        "the topic"));
  else
    (*done)(absl::UnavailableError(rd_kafka_err2str(message->err)));
}

void kafka_log::read() {
  auto full = delivered_.value >= confirmed_ + max_unconfirmed_records;
  if (full) {
    std::this_thread::sleep_for(poll_time);
    return;
  }
  auto wait = poll_time;
  // Everything that is here already, then back to the other duties.
  for (std::size_t i = 0; i < max_unconfirmed_records && !closing_; ++i) {
    kafka_message message(rd_kafka_consumer_poll(
        consumer_.get(), static_cast<int>(wait.count())));
    if (!message)
      return;
    wait = std::chrono::milliseconds{0};
    take(*message);
    if (broken_ || delivered_.value >= confirmed_ + max_unconfirmed_records)
      return;
  }
}

void kafka_log::take(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto at = position_of_offset(message.offset);
    if (at <= delivered_)
      return;
    delivered_ = at;
    if (listener_.record)
      listener_.record(
          at, {static_cast<const char*>(message.payload), message.len});
  } else if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET
             || message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    broken_ = true;
    tell_trouble(absl::DataLossError(fmt::format(
        "Kafka topic {} no longer holds position {}: it was emptied or made "
        "anew; stop all nodes before changing the command log",
        settings_.topic, delivered_.value + 1)));
  }
  // Other errors are the broker's absence, which `look` reports.
}

void kafka_log::look() {
  auto asked = clock::now();
  if (asked < next_look_)
    return;
  next_look_ = asked + contact_every;
  auto end
      = query_end(consumer_.get(), settings_.topic, settings_.request_timeout);
  if (!end.ok()) {
    tell_trouble(end.status());
    return;
  }
  auto next = offset_of(delivered_);
  if (*end < next) {
    broken_ = true;
    tell_trouble(absl::DataLossError(fmt::format(
        "Kafka topic {} ends at offset {}, but {} was to come next: it was "
        "emptied or made anew; stop all nodes before changing the command log",
        settings_.topic, *end, next)));
    return;
  }
  trouble_ = absl::OkStatus();
  if (listener_.contact)
    listener_.contact({static_cast<std::uint64_t>(*end)}, asked);
}

void kafka_log::renew_producer() {
  // An idempotent producer stops for good when its sequence is broken, by a
  // broker that lost records for instance. A new one starts afresh.
  if (rd_kafka_fatal_error(producer_.get(), nullptr, 0)
      == RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  rd_kafka_purge(producer_.get(),
                 RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(producer_.get(), purge_ms);
  if (auto status = make_producer(); !status.ok())
    tell_trouble(status);
}

void kafka_log::tell_trouble(const absl::Status& status) {
  // The wording of one outage varies; its kind says whether it is new.
  if (trouble_.code() == status.code())
    return;
  trouble_ = status;
  if (listener_.trouble)
    listener_.trouble(status);
}

} // namespace herald::cluster
