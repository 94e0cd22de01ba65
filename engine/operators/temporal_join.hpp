#pragma once

#include "engine/operators/operator.hpp"
#include "engine/operators/time_queue.hpp"
#include "engine/operators/version_table.hpp"
#include "engine/plan/join_spec.hpp"

// FOR SYSTEM_TIME AS OF event time: left rows wait until the watermark has
// come to their time, when all versions that are valid then are known; each
// then meets one at most. Rows that come late meet what is still kept. Bounded
// by the left rows that the watermark is behind, and the versions: those of a
// key to which nothing came for the time to live are forgotten without a word.

namespace herald {

class temporal_join_operator final : public stream_operator {
public:
  temporal_join_operator(join_spec spec, schema_ptr left, schema_ptr right,
                         schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;

  bool busy() const override {
    return advancing_;
  }

  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return versions_.due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  std::vector<event_time> left_times(const batch& x) const;
  void wait(const batch_ptr& rows);
  absl::Status drop_failing(const batch& left,
                            std::vector<std::int32_t>& versions) const;
  absl::Status join(const batch& left, output& out);

  join_spec spec_;
  schema_ptr left_;
  schema_ptr layout_;
  schema_ptr pairs_; ///< both sides, as they are when both are there
  time_queue waiting_;
  version_table versions_;
  // The watermark that the operator is on its way to.
  bool advancing_ = false;
  event_time time_ = time_min;
  batch_ptr ready_; ///< null: none
  std::int64_t at_ = 0;
};

} // namespace herald
