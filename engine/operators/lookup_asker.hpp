#pragma once

#include "engine/operators/key_codec.hpp"
#include "engine/operators/lookup.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

// The requests of a lookup join: puts keys together, sends as many requests
// as the source takes, and asks again what was unavailable or found nothing.
// Keys stand for tickets, one each time that a key has to be asked for. Given
// the time; one thread at a time. Bounded by the keys of the rows that wait.

namespace herald {

class lookup_asker {
public:
  using ticket = std::int64_t; ///< from 0, ascending

  /// Rows that came; the keys that they belong to, each with its rows in
  /// order. A key without any is there, too.
  struct answer {
    batch_ptr rows; ///< columns as the target's layout; null: none

    struct part {
      ticket of = 0;
      std::string key;
      row_list rows;
    };

    std::vector<part> keys;
  };

  /// `shares`: rows that come while a key is under way take its answer; else
  /// only those that come before it is sent.
  lookup_asker(const lookup_target& target, const lookup_policy& policy,
               bool shares);

  void open(std::unique_ptr<lookup_source> source);

  /// Wants the rows of an encoded key.
  ticket ask(std::string_view key);

  /// Sends what there is room for.
  absl::Status send(std::int64_t now_ms);

  /// Answers that have come. Errors: the source's, or that a request failed
  /// too often.
  absl::StatusOr<std::vector<answer>> poll(std::int64_t now_ms);

  /// When `send` and `poll` have something to do though nothing comes.
  std::optional<std::int64_t> due_ms() const;

private:
  struct asked_key {
    ticket of = 0;
    std::string key;
  };

  struct request {
    std::vector<asked_key> keys;
    int attempts = 0;         ///< that were unavailable
    int misses = 0;           ///< that found nothing
    std::int64_t time_ms = 0; ///< when it is sent again, or given up
  };

  bool has_room() const;
  absl::Status send(request x, std::int64_t now_ms);
  absl::Status give_up_late(std::int64_t now_ms);
  absl::Status retry(request x, const absl::Status& why, std::int64_t now_ms);
  answer take(request x, lookup_answer& from, std::int64_t now_ms);
  absl::Status about_table(const absl::Status& x) const;

  std::string table_;
  std::vector<int> key_columns_;
  schema_ptr key_layout_;
  key_codec codec_;
  lookup_policy policy_;
  bool shares_;
  lookup_limits limits_;
  ticket next_ticket_ = 0;
  std::int64_t next_id_ = 1;
  std::unordered_map<std::string, ticket> open_; ///< keys to be shared
  std::deque<asked_key> fresh_;                  ///< never sent
  std::vector<request> retries_;
  std::map<std::int64_t, request> under_way_; ///< by id
  std::set<std::int64_t> given_up_;           ///< ids that may be answered yet
  std::unique_ptr<lookup_source> source_;     ///< last: goes first
};

} // namespace herald
