#include "engine/connectors/kafka/lookup.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

namespace herald::kafka {

namespace {

/// One question; asked again after `pause_between` if there is no answer.
constexpr int request_ms = 2000;
constexpr std::chrono::milliseconds pause_between{250};

/// A broker that has just started may not know its topics yet.
constexpr int missing_max = 4;

/// Matching topics begin at that many different subtasks.
constexpr std::size_t starts = 1'000'000;

struct metadata_deleter {
  void operator()(const rd_kafka_metadata_t* x) const {
    rd_kafka_metadata_destroy(x);
  }
};

bool is_missing(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
         || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

/// Errors that asking again does not cure.
bool is_refusal(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
         || code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
}

} // namespace

std::string commit_mark(const std::string& task) {
  return task.empty() ? std::string() : "herald " + task;
}

lookup::lookup(rd_kafka_t* client, options x, source_context context,
               trouble* where, std::function<void(answer)> done)
    : client_(client), options_(std::move(x)), context_(std::move(context)),
      trouble_(where), done_(std::move(done)), thread_([this] { run(); }) {}

lookup::~lookup() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void lookup::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, time, [this] { return stopping_.load(); });
}

absl::StatusOr<bool> lookup::ask() {
  HERALD_ASSIGN(bool found, find_partitions());
  if (!found || !find_ranges())
    return false;
  set_begins();
  HERALD_TRY(set_ends());
  return true;
}

void lookup::run() {
  while (!stopping_) {
    auto found = ask();
    if (!found.ok() && first_)
      return done_(found.status());
    if (found.ok() && !*found) {
      wait(pause_between);
      continue;
    }
    if (found.ok()) {
      trouble_->clear();
      for (const auto& x : ranges_)
        known_.insert(x.split());
      if (first_ || !ranges_.empty())
        done_(std::exchange(ranges_, {}));
      first_ = false;
    } else { // what is read already goes on
      trouble_->set(std::string(message_of(found.status())));
    }
    if (options_.discovery_ms == 0)
      return;
    wait(std::chrono::milliseconds(options_.discovery_ms));
  }
}

/// True if there was an answer; otherwise says so to people.
bool lookup::answered(rd_kafka_resp_err_t code, std::string_view what) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    return true;
  trouble_->set(
      fmt::format("{}: {}; trying again", what, rd_kafka_err2str(code)));
  return false;
}

/// Takes those that this subtask reads. Which these are depends on nothing
/// that changes while topics grow, so that all subtasks agree.
void lookup::add_partitions(const rd_kafka_metadata_topic_t& topic,
                            std::size_t start) {
  const std::string name = topic.topic;
  std::vector<int> partitions;
  for (int i = 0; i < topic.partition_cnt; ++i)
    partitions.push_back(topic.partitions[i].id);
  std::sort(partitions.begin(), partitions.end());
  for (int partition : partitions) {
    partition_range range{name, partition};
    const auto owner = (start + static_cast<std::size_t>(partition))
                       % static_cast<std::size_t>(context_.parallelism);
    if (owner == static_cast<std::size_t>(context_.subtask)
        && !known_.contains(range.split()))
      ranges_.push_back(std::move(range));
  }
}

absl::StatusOr<bool> lookup::find_topic(const std::string& name,
                                        std::size_t start) {
  topic_ptr topic(rd_kafka_topic_new(client_, name.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  auto code = rd_kafka_metadata(client_, 0, topic.get(), &raw, request_ms);
  std::unique_ptr<const rd_kafka_metadata_t, metadata_deleter> metadata(raw);
  if (!answered(code, fmt::format("no answer about topic '{}'", name)))
    return false;
  if (metadata->topic_cnt != 1)
    return false;
  const auto& found = metadata->topics[0];
  if (is_missing(found.err) && ++missing_ >= missing_max)
    return user_error(fmt::format("topic '{}' does not exist on {}", name,
                                  options_.servers()),
                      "create it, or correct the option 'topic'");
  if (is_refusal(found.err))
    return broker_error(fmt::format("topic '{}'", name), found.err);
  if (!answered(found.err, fmt::format("topic '{}'", name)))
    return false;
  add_partitions(found, start);
  return true;
}

/// All topics whose names match the pattern; brokers' own are left out.
absl::StatusOr<bool> lookup::find_matches() {
  const rd_kafka_metadata_t* raw = nullptr;
  auto code = rd_kafka_metadata(client_, 1, nullptr, &raw, request_ms);
  std::unique_ptr<const rd_kafka_metadata_t, metadata_deleter> metadata(raw);
  if (!answered(code, "no answer about topics"))
    return false;
  bool any = false;
  const RE2 pattern(options_.topic_pattern);
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    const std::string_view name = topic.topic;
    if (name.starts_with("__") || !RE2::FullMatch(topic.topic, pattern))
      continue;
    any = true;
    if (!answered(topic.err, fmt::format("topic '{}'", name)))
      return false;
    add_partitions(topic, std::hash<std::string_view>{}(name) % starts);
  }
  if (!any && options_.discovery_ms == 0)
    return user_error(fmt::format("no topic of {} matches '{}'",
                                  options_.servers(), options_.topic_pattern),
                      "correct the option 'topic-pattern'");
  return true;
}

absl::StatusOr<bool> lookup::find_partitions() {
  ranges_.clear();
  if (!options_.topic_pattern.empty())
    return find_matches();
  std::size_t start = 0;
  for (const auto& name : options_.topics) {
    HERALD_ASSIGN(bool found, find_topic(name, start++));
    if (!found)
      return false;
  }
  return true;
}

bool lookup::find_ranges() {
  return find_marks() && find_committed()
         && (options_.startup != startup_mode::timestamp
             || find_times(options_.startup_ms, &partition_range::begin))
         && (options_.bounded != bounded_mode::timestamp
             || find_times(options_.bounded_ms, &partition_range::end));
}

/// Asks where each partition begins and ends now.
bool lookup::find_marks() {
  lows_.assign(ranges_.size(), 0);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    auto& range = ranges_[i];
    if (stopping_
        || !answered(rd_kafka_query_watermark_offsets(
                         client_, range.topic.c_str(), range.partition,
                         &lows_[i], &range.high, request_ms),
                     fmt::format("no offsets of {}", range.split())))
      return false;
  }
  return true;
}

offsets_ptr lookup::list() const {
  offsets_ptr result(
      rd_kafka_topic_partition_list_new(static_cast<int>(ranges_.size())));
  for (const auto& range : ranges_)
    rd_kafka_topic_partition_list_add(result.get(), range.topic.c_str(),
                                      range.partition);
  return result;
}

bool lookup::find_committed() {
  committed_.assign(ranges_.size(), {});
  bool has_group
      = !context_.group.empty() || options_.properties.contains("group.id");
  // Without the rows before them, upserts cannot be made a changelog.
  if (!has_group || options_.upserts || ranges_.empty())
    return true;
  auto asked = list();
  if (!answered(rd_kafka_committed(client_, asked.get(), request_ms),
                "no committed offsets"))
    return false;
  auto mark = commit_mark(context_.group);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const auto& x = asked->elems[i];
    if (!answered(x.err, "no committed offsets"))
      return false;
    std::string_view note(static_cast<const char*>(x.metadata),
                          x.metadata_size);
    committed_[i] = {x.offset, !mark.empty() && note == mark};
  }
  return true;
}

/// Asks for the first offset at or after `ms`; the end if there is none.
bool lookup::find_times(std::int64_t ms, std::int64_t partition_range::*to) {
  if (ranges_.empty())
    return true;
  auto asked = list();
  for (int i = 0; i < asked->cnt; ++i)
    asked->elems[i].offset = ms;
  if (!answered(rd_kafka_offsets_for_times(client_, asked.get(), request_ms),
                "no offsets for times"))
    return false;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    auto offset = asked->elems[i].offset;
    ranges_[i].*to = offset >= 0 ? offset : ranges_[i].high;
  }
  return true;
}

void lookup::set_begins() {
  auto reset = options_.properties.find("auto.offset.reset");
  bool late = reset != options_.properties.end()
              && (reset->second == "latest" || reset->second == "largest"
                  || reset->second == "end");
  // What came after the task has begun is read from its beginning.
  const bool begun = !first_ || !context_.restore.empty()
                     || std::any_of(committed_.begin(), committed_.end(),
                                    [](const committed& x) { return x.own; });
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    auto& range = ranges_[i];
    auto split = range.split();
    auto restored = std::find_if(
        context_.restore.begin(), context_.restore.end(),
        [&](const split_position& x) { return x.split == split; });
    if (restored != context_.restore.end()) {
      range.begin = restored->next;
    } else if (committed_[i].own && committed_[i].offset >= 0) {
      range.begin = committed_[i].offset;
      range.resumed = true;
    } else if (begun || options_.startup == startup_mode::earliest) {
      range.begin = lows_[i];
    } else if (options_.startup == startup_mode::latest) {
      range.begin = range.high;
    } else if (options_.startup == startup_mode::specific) {
      auto at = options_.startup_offsets.find(range.partition);
      range.begin
          = at == options_.startup_offsets.end() ? lows_[i] : at->second;
    } else if (options_.startup == startup_mode::group_offsets) {
      range.begin = committed_[i].offset >= 0 ? committed_[i].offset
                    : late                    ? range.high
                                              : lows_[i];
    }
  }
}

absl::Status lookup::set_ends() {
  for (auto& range : ranges_) {
    if (options_.bounded == bounded_mode::latest)
      range.end = range.high;
    if (options_.bounded != bounded_mode::specific)
      continue;
    auto at = options_.bounded_offsets.find(range.partition);
    if (at == options_.bounded_offsets.end())
      return user_error(fmt::format(
          "option 'scan.bounded.specific-offsets' says nothing about {}",
          range.split()));
    range.end = at->second;
  }
  return absl::OkStatus();
}

} // namespace herald::kafka
