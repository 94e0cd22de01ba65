#pragma once

#include "engine/operators/aggregate_table.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/aggregate_spec.hpp"

// The first of two phases of an aggregation: combines the rows of a batch by
// key, where they are, so that a key's rows become one on the way to the
// subtask that owns it. Keeps nothing between batches.

namespace herald {

class local_aggregate_operator final : public stream_operator {
public:
  local_aggregate_operator(local_aggregate_spec spec,
                           const schema& input_layout, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  local_aggregate_spec spec_;
  std::vector<data_type> key_types_;
  schema_ptr layout_;
  std::vector<std::int32_t> groups_; ///< scratch
};

} // namespace herald
