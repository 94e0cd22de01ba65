#include "engine/connectors/kafka/source.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace herald::kafka {

namespace {

/// How long a reader that ends waits for its last commits.
constexpr int commit_wait_ms = 1000;

/// Frees messages whatever happens to them.
struct message_guard {
  std::span<rd_kafka_message_t*> messages;

  ~message_guard() {
    for (auto* x : messages)
      rd_kafka_message_destroy(x);
  }
};

} // namespace

absl::Status source::open(wake_function wake) {
  wake_ = std::move(wake);
  HERALD_ASSIGN(auto conf, consumer_conf(options_, context_.group));
  HERALD_ASSIGN(client_,
                make_client(RD_KAFKA_CONSUMER, std::move(conf), &trouble_));
  rd_kafka_poll_set_consumer(client_.get());
  events_.reset(rd_kafka_queue_get_consumer(client_.get()));
  commit_events_.reset(rd_kafka_queue_new(client_.get()));
  auto* opaque = &wake_;
  rd_kafka_queue_cb_event_enable(events_.get(), ring, opaque);
  lookup_.emplace(client_.get(), options_, context_, &trouble_,
                  [this](lookup::answer x) {
                    {
                      std::lock_guard lock(mutex_);
                      answers_.push_back(std::move(x));
                    }
                    wake_();
                  });
  return absl::OkStatus();
}

source::~source() {
  lookup_.reset();
  for (auto& x : partitions_)
    if (x.queue)
      rd_kafka_queue_cb_event_enable(x.queue.get(), nullptr, nullptr);
  if (events_)
    rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  for (int waited = 0; commits_open_ > 0 && waited < commit_wait_ms;) {
    constexpr int step = 100;
    event_ptr answer(rd_kafka_queue_poll(commit_events_.get(), step));
    waited += answer ? 0 : step;
    commits_open_ -= answer ? 1 : 0;
  }
}

/// Begins to read the partitions that the lookup has found since.
absl::Status source::add_found() {
  std::vector<lookup::answer> answers;
  {
    std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (auto& answer : answers) {
    HERALD_ASSIGN(auto ranges, std::move(answer));
    HERALD_TRY(add(std::move(ranges)));
  }
  return absl::OkStatus();
}

absl::Status source::add(std::vector<partition_range> ranges) {
  offsets_ptr list(
      rd_kafka_topic_partition_list_new(static_cast<int>(ranges.size())));
  for (auto& range : ranges) {
    auto& added = partitions_.emplace_back();
    added.next = range.begin;
    added.ended = range.end >= 0 && range.begin >= range.end;
    counters_.splits_resumed += range.resumed;
    added.range = std::move(range);
    if (added.ended)
      continue;
    const auto& x = added.range;
    rd_kafka_topic_partition_list_add(list.get(), x.topic.c_str(), x.partition)
        ->offset
        = x.begin;
    added.queue.reset(rd_kafka_queue_get_partition(
        client_.get(), x.topic.c_str(), x.partition));
    rd_kafka_queue_forward(added.queue.get(), nullptr);
    rd_kafka_queue_cb_event_enable(added.queue.get(), ring, &wake_);
  }
  begun_ = true;
  if (list->cnt == 0)
    return absl::OkStatus();
  error_ptr error(rd_kafka_incremental_assign(client_.get(), list.get()));
  if (error)
    return broker_error("cannot read the topic's partitions",
                        rd_kafka_error_code(error.get()));
  return absl::OkStatus();
}

std::vector<std::string> source::splits() const {
  std::vector<std::string> result;
  for (const auto& x : partitions_)
    result.push_back(x.range.split());
  return result;
}

bool source::all_ended() const {
  return begun_ && options_.discovery_ms == 0
         && std::all_of(partitions_.begin(), partitions_.end(),
                        [](const reading& x) { return x.ended; });
}

void source::serve_events() {
  rd_kafka_queue_poll_callback(events_.get(), 0);
  while (event_ptr answer{rd_kafka_queue_poll(commit_events_.get(), 0)}) {
    --commits_open_;
    auto code = rd_kafka_event_error(answer.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
      trouble_.clear(); // the broker answers, though it may have no records
    else if (code != RD_KAFKA_RESP_ERR__NO_OFFSET)
      trouble_.set(fmt::format("offsets could not be committed: {}",
                               rd_kafka_err2str(code)));
  }
}

absl::StatusOr<source_event> source::poll(std::int64_t rows_max) {
  serve_events();
  HERALD_TRY(add_found());
  if (all_ended())
    return source_event(source_finished{});
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    auto index = (turn_ + i) % partitions_.size();
    if (partitions_[index].ended)
      continue;
    source_rows out;
    HERALD_ASSIGN(bool some, take(index, rows_max, out));
    if (some) {
      turn_ = index + 1;
      return source_event(std::move(out));
    }
  }
  if (all_ended())
    return source_event(source_finished{});
  return source_event(source_idle{begun_ && partitions_.empty()});
}

/// An error that librdkafka cannot get over ends the source.
absl::Status source::note_error(reading& from,
                                const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Offsets without records (of transactions) may lie before the end.
    from.ended = from.range.end >= 0 && message.offset >= from.range.end;
    return absl::OkStatus();
  }
  auto what = fmt::format("{} at offset {}", from.range.split(), from.next);
  switch (message.err) {
  case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
  case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    return user_error(what + ": the records there no longer exist",
                      "start again with another 'scan.startup.mode'");
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    return broker_error(what, message.err);
  default:
    trouble_.set(fmt::format("{}: {}", what, rd_kafka_err2str(message.err)));
    return absl::OkStatus();
  }
}

/// Takes what partition `index` has; false if that is nothing.
absl::StatusOr<bool> source::take(std::size_t index, std::int64_t rows_max,
                                  source_rows& out) {
  auto& from = partitions_[index];
  const auto messages_max
      = std::max<std::int64_t>(rows_max / decoder_.rows_of_message(), 1);
  messages_.resize(static_cast<std::size_t>(messages_max));
  auto got = rd_kafka_consume_batch_queue(from.queue.get(), 0, messages_.data(),
                                          messages_.size());
  if (got <= 0)
    return false;
  message_guard guard{
      std::span(messages_).first(static_cast<std::size_t>(got))};
  std::size_t good = 0;
  for (auto* message : guard.messages) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      HERALD_TRY(note_error(from, *message));
      continue;
    }
    if (from.range.end >= 0 && message->offset >= from.range.end) {
      from.ended = true;
      continue;
    }
    from.next = message->offset + 1;
    counters_.bytes
        += static_cast<std::int64_t>(message->len + message->key_len);
    std::swap(guard.messages[good++], message);
  }
  from.ended |= from.range.end >= 0 && from.next >= from.range.end;
  if (good == 0 && got < messages_max)
    return false;
  trouble_.clear();
  counters_.records += static_cast<std::int64_t>(good);
  out.split = static_cast<int>(index);
  counters_.malformed
      += decoder_.decode(guard.messages.first(good), from.range.split(), out);
  return true;
}

// -- positions ---------------------------------------------------------------

std::vector<split_position> source::positions() const {
  if (!begun_)
    return context_.restore;
  std::vector<split_position> result;
  for (const auto& x : partitions_)
    result.push_back({x.range.split(), x.next});
  return result;
}

bool source::commits() const {
  return !context_.group.empty() || options_.properties.contains("group.id");
}

absl::Status source::commit(const std::vector<split_position>& positions) {
  if (!commits() || positions.empty())
    return absl::OkStatus();
  offsets_ptr list(
      rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  auto mark = commit_mark(context_.group);
  for (const auto& x : positions) {
    auto slash = x.split.rfind('/');
    if (slash == std::string::npos)
      continue;
    auto* added = rd_kafka_topic_partition_list_add(
        list.get(), x.split.substr(0, slash).c_str(),
        std::stoi(x.split.substr(slash + 1)));
    added->offset = x.next;
    // Freed by librdkafka with the list.
    added->metadata = ::strdup(mark.c_str());
    added->metadata_size = mark.size();
  }
  auto code = rd_kafka_commit_queue(client_.get(), list.get(),
                                    commit_events_.get(), nullptr, nullptr);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // The next commit covers this one.
    trouble_.set(fmt::format("offsets could not be committed: {}",
                             rd_kafka_err2str(code)));
    return absl::OkStatus();
  }
  ++commits_open_;
  return absl::OkStatus();
}

source_counters source::counters() const {
  auto result = counters_;
  result.problem = trouble_.get();
  if (!begun_)
    return result;
  result.lag_records = 0;
  for (const auto& x : partitions_) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    auto code = rd_kafka_get_watermark_offsets(
        client_.get(), x.range.topic.c_str(), x.range.partition, &low, &high);
    auto end
        = code == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : x.range.high;
    if (x.range.end >= 0)
      end = std::min(end, x.range.end);
    result.lag_records += std::max<std::int64_t>(end - x.next, 0);
  }
  return result;
}

} // namespace herald::kafka
