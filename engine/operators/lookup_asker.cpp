#include "engine/operators/lookup_asker.hpp"

#include "engine/common/check.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

schema_ptr key_layout(const lookup_target& target) {
  auto result = std::make_shared<schema>();
  for (const int key : target.keys)
    result->fields.push_back(
        target.layout->fields[static_cast<std::size_t>(key)]);
  return result;
}

} // namespace

lookup_asker::lookup_asker(const lookup_target& target,
                           const lookup_policy& policy, bool shares)
    : table_(target.table->name), key_layout_(key_layout(target)),
      codec_(types_of(*target.layout, target.keys)), policy_(policy),
      shares_(shares) {}

void lookup_asker::open(std::unique_ptr<lookup_source> source) {
  source_ = std::move(source);
  limits_ = source_->limits();
}

lookup_asker::ticket lookup_asker::ask(std::string_view key) {
  const auto [at, is_new] = open_.try_emplace(std::string(key), next_ticket_);
  if (is_new)
    fresh_.push_back({next_ticket_++, at->first});
  return at->second;
}

bool lookup_asker::has_room() const {
  return static_cast<int>(under_way_.size() + given_up_.size())
         < limits_.requests_max;
}

absl::Status lookup_asker::send(std::int64_t now_ms) {
  for (std::size_t i = 0; i < retries_.size() && has_room();) {
    if (retries_[i].time_ms > now_ms) {
      ++i;
      continue;
    }
    auto due = std::move(retries_[i]);
    retries_.erase(retries_.begin() + static_cast<std::ptrdiff_t>(i));
    HERALD_TRY(send(std::move(due), now_ms));
  }
  while (!fresh_.empty() && has_room()) {
    const auto count
        = std::min(fresh_.size(), static_cast<std::size_t>(limits_.keys_max));
    request x;
    for (std::size_t i = 0; i < count; ++i) {
      if (!shares_)
        open_.erase(fresh_.front().key);
      x.keys.push_back(std::move(fresh_.front()));
      fresh_.pop_front();
    }
    HERALD_TRY(send(std::move(x), now_ms));
  }
  return absl::OkStatus();
}

absl::Status lookup_asker::send(request x, std::int64_t now_ms) {
  std::vector<std::string_view> keys;
  for (const auto& key : x.keys)
    keys.emplace_back(key.key);
  lookup_request sent;
  sent.id = next_id_++;
  sent.keys = make_batch(key_layout_, codec_.decode(keys),
                         static_cast<std::int64_t>(keys.size()));
  x.time_ms = now_ms + policy_.timeout_ms;
  under_way_.emplace(sent.id, std::move(x));
  return about_table(source_->start(std::move(sent)));
}

absl::StatusOr<std::vector<lookup_asker::answer>>
lookup_asker::poll(std::int64_t now_ms) {
  std::vector<answer> result;
  for (auto& x : source_->poll()) {
    given_up_.erase(x.id);
    const auto found = under_way_.find(x.id);
    if (found == under_way_.end())
      continue;
    auto of = std::move(found->second);
    under_way_.erase(found);
    if (x.status.ok())
      result.push_back(take(std::move(of), x, now_ms));
    else
      HERALD_TRY(retry(std::move(of), x.status, now_ms));
  }
  HERALD_TRY(give_up_late(now_ms));
  return result;
}

absl::Status lookup_asker::give_up_late(std::int64_t now_ms) {
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    if (at->second.time_ms > now_ms) {
      ++at;
      continue;
    }
    given_up_.insert(at->first);
    auto late = std::move(at->second);
    at = under_way_.erase(at);
    HERALD_TRY(retry(std::move(late),
                     absl::UnavailableError(
                         fmt::format("no answer in {} ms", policy_.timeout_ms)),
                     now_ms));
  }
  // Nobody may ever make room again.
  if (static_cast<int>(given_up_.size()) >= limits_.requests_max)
    return about_table(absl::UnavailableError(
        fmt::format("none of {} requests was answered in {} ms",
                    limits_.requests_max, policy_.timeout_ms)));
  return absl::OkStatus();
}

absl::Status lookup_asker::retry(request x, const absl::Status& why,
                                 std::int64_t now_ms) {
  if (!absl::IsUnavailable(why) || ++x.attempts >= policy_.attempts_max)
    return about_table(why);
  x.time_ms = now_ms + policy_.retry_delay_ms;
  retries_.push_back(std::move(x));
  return absl::OkStatus();
}

lookup_asker::answer lookup_asker::take(request x, lookup_answer& from,
                                        std::int64_t now_ms) {
  std::vector<row_list> rows(x.keys.size());
  for (std::size_t i = 0; i < from.key_of.size(); ++i)
    rows.at(static_cast<std::size_t>(from.key_of[i]))
        .push_back(static_cast<std::int32_t>(i));
  HERALD_CHECK_EQ(from.rows ? from.rows->rows : 0,
                  static_cast<std::int64_t>(from.key_of.size()));
  answer result{std::move(from.rows), {}};
  request missing;
  const bool again = x.misses + 1 < policy_.miss_attempts_max;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& key = x.keys[i];
    if (rows[i].empty() && again) {
      missing.keys.push_back(std::move(key));
      continue;
    }
    if (shares_)
      open_.erase(key.key);
    result.keys.push_back({key.of, std::move(key.key), std::move(rows[i])});
  }
  if (!missing.keys.empty()) {
    missing.misses = x.misses + 1;
    missing.time_ms = now_ms + policy_.miss_delay_ms;
    retries_.push_back(std::move(missing));
  }
  return result;
}

std::optional<std::int64_t> lookup_asker::due_ms() const {
  std::optional<std::int64_t> result;
  const auto consider
      = [&](std::int64_t t) { result = std::min(t, result.value_or(t)); };
  if (has_room())
    for (const auto& x : retries_)
      consider(x.time_ms);
  for (const auto& [id, x] : under_way_)
    consider(x.time_ms);
  return result;
}

absl::Status lookup_asker::about_table(const absl::Status& x) const {
  return annotate(x, fmt::format("looking up rows of table '{}'", table_));
}

} // namespace herald
