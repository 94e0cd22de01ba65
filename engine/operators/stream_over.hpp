#pragma once

#include "engine/operators/group_ttl.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/over_evaluator.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/operators/time_queue.hpp"
#include "engine/plan/job_graph.hpp"

// OVER in order of time, of rows that only come, looking back: by event time
// rows wait for the watermark and leave sorted, by processing time they leave
// at once. Of each partition it keeps what later rows can still see: counts
// and sums of frames that begin with the partition, and the columns that are
// read of the rows in the longest frame. Rows behind the watermark are late:
// dropped and counted. With a time to live, partitions that are silent for so
// long are forgotten (stream_over_ttl.cpp). Bounded by the distinct partitions,
// the frames, and the rows that wait.

namespace herald {

class stream_over_operator final : public stream_operator {
public:
  stream_over_operator(over_spec spec, const schema_ptr& input,
                       schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return ttl_.due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// How far back later rows look.
  struct reach {
    std::int64_t rows = 0;
    std::int64_t ticks = -1; ///< of the time column; -1: no RANGE with one
  };

  /// Rows that are ready, sorted by partition and order, behind the rows that
  /// they see.
  struct ready_rows {
    batch_ptr rows;                     ///< as they came
    std::vector<std::int32_t> order;    ///< of `rows`, by partition
    batch_ptr narrow;                   ///< what is read, seen rows included
    std::vector<over_segment> segments; ///< of `narrow`
  };

  bool by_event_time() const {
    return spec_.mode == over_mode::with_watermark;
  }

  static reach reach_of(const over_spec& spec);
  static bool carries(const over_spec& spec);
  /// Values of the time column; of NULL the lowest.
  std::vector<std::int64_t> ticks_of(const batch& rows, int column) const;
  absl::Status run(const batch_ptr& rows, output& out);
  void find_partitions(const batch& rows, std::vector<std::int32_t>& groups);
  ready_rows sorted(const batch_ptr& rows);
  /// Keeps of each partition in `x` the rows that are seen again.
  void remember(const ready_rows& x);
  /// Forgets what nothing after `t` sees.
  void forget(event_time t);
  void erase(std::int32_t group);
  void reclaim();
  // -- time to live (stream_over_ttl.cpp) ------------------------------------
  void sweep();
  /// Partitions with rows that wait, ascending.
  std::vector<std::int32_t> partitions_waiting() const;
  /// Makes those of `groups` unknown that are over their time. They stay in
  /// the index.
  void clear_old(std::span<const std::int32_t> groups);
  void clear_old_of(const batch& rows);
  void clear(std::int32_t group);
  /// Gives partitions the numbers 0, 1, … that were `kept` before.
  void renumber(std::span<const std::int32_t> kept);
  /// The lowest tick that rows after `t` see.
  std::int64_t oldest_seen(event_time t) const;
  batch_ptr saved_carry(std::span<const std::int32_t> groups) const;
  absl::Status write_partitions(state_writer& writer) const;
  void read_seen(const batch& rows);
  void read_carry(const batch& rows);

  over_spec spec_;
  schema_ptr input_;
  schema_ptr layout_;
  narrow_over narrow_;
  reach reach_;
  bool carries_; ///< something of a partition stays for ever
  std::vector<int> narrow_keys_;
  time_queue waiting_;
  event_time watermark_ = time_min;
  event_time swept_ = time_min; ///< when all partitions were looked at
  group_index index_;
  group_ttl ttl_;
  over_carry carry_;
  row_store seen_;                            ///< narrow rows
  std::vector<std::vector<std::int32_t>> of_; ///< by partition: its rows
  std::int64_t forgotten_ = 0;                ///< rows of `seen_` of none
};

} // namespace herald
