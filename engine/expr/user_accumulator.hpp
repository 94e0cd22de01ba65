#pragma once

#include "engine/expr/aggregate.hpp"
#include "schemas/herald_function.h"

// Aggregate functions in shared libraries as accumulators: a call of the
// library for each batch. Its groups belong to one accumulator, and so to one
// thread. What the library does wrong in a call that cannot fail here is kept
// for `status`.

namespace herald {

class user_aggregate {
public:
  user_aggregate(const herald_function& entry, std::vector<data_type> state)
      : entry_(entry), state_(std::move(state)) {}

  /// True if rows can be taken back.
  bool retracts() const {
    return (entry_.flags & HERALD_RETRACTS) != 0;
  }

  std::unique_ptr<accumulator> make(const aggregate_call& call) const;

private:
  const herald_function& entry_; ///< lives for ever
  std::vector<data_type> state_; ///< what a state is saved as
};

} // namespace herald
