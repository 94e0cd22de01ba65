#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/aggregate_spec.hpp"

// GROUPING SETS before the aggregation: gives each batch once a set, with the
// keys that the set leaves out as NULL. The batches share their columns; only
// the NULLs and the set's number are new. Keeps nothing.

namespace herald {

class expand_operator final : public stream_operator {
public:
  expand_operator(expand_spec spec, schema_ptr layout)
      : spec_(std::move(spec)), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  expand_spec spec_;
  schema_ptr layout_;
};

} // namespace herald
