#pragma once

#include "engine/operators/lookup_asker.hpp"
#include "engine/operators/lookup_found.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/lookup_spec.hpp"

#include <deque>
#include <unordered_map>

// Joins rows with those of a table outside that have equal keys at the time
// when they come. Rows wait for their answers, in order or, where the plan
// allows it, only behind watermarks; nothing blocks. Barriers wait until
// nothing is under way, so there is no state; the cache may be lost. Bounded
// by `lookup_policy::capacity_rows` and what the call puts in beyond it.

namespace herald {

class lookup_join_operator final : public stream_operator {
public:
  lookup_join_operator(lookup_join_spec spec, const schema& input,
                       schema_ptr layout);

  absl::Status open(const operator_context& context) override;
  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;

  bool busy() const override {
    return stopped_ || waiting_rows_ >= spec_.policy.capacity_rows;
  }

  bool pending() const override {
    return !queue_.empty();
  }

  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return asker_.due_ms();
  }

private:
  /// Input rows, or (null) the watermark `time`.
  struct entry {
    batch_ptr rows = {};
    event_time time = time_min;
    std::vector<found_ptr> found = {}; ///< of each row; null: not known yet
    row_list ready = {};               ///< known and not given; unordered only
    std::int64_t next = 0;             ///< first row not given; ordered only
    std::int64_t left = 0;             ///< rows not given
  };

  struct waiter {
    std::int64_t entry = 0; ///< counted from the first one ever
    std::int32_t row = 0;
  };

  struct pairs {
    std::vector<std::int32_t> input;
    std::vector<std::int32_t> found; ///< rows of the store; 0: NULLs
  };

  // -- asking ----------------------------------------------------------------
  void ask(std::int64_t number, entry& x);
  absl::StatusOr<bool> take_answers();
  absl::Status settle(lookup_asker::answer& x);
  absl::StatusOr<batch_ptr> compute(const batch_ptr& rows) const;

  // -- giving (lookup_pairs.cpp) ---------------------------------------------
  absl::Status give(output& out);
  absl::Status give_rows(entry& x, output& out);
  absl::Status emit(const entry& x, const row_list& rows, output& out);
  absl::Status keep_passing(const entry& x, pairs& of) const;
  void add_missing(const row_list& rows, pairs& of) const;
  batch_ptr pair_columns(const entry& x, const pairs& of) const;

  lookup_join_spec spec_;
  schema_ptr layout_;
  std::size_t input_columns_;
  key_codec codec_;
  found_store store_;
  found_cache cache_;
  found_ptr none_;
  lookup_asker asker_;
  std::deque<entry> queue_;
  std::int64_t first_entry_ = 0; ///< number of queue_.front()
  std::unordered_map<lookup_asker::ticket, std::vector<waiter>> waiters_;
  std::int64_t waiting_rows_ = 0;
  bool stopped_ = false; ///< something could be given but finds no room
};

} // namespace herald
