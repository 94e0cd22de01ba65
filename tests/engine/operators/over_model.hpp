#pragma once

#include "tests/engine/operators/aggregate_model.hpp"
#include "tests/engine/operators/order_model.hpp"

#include <functional>

// OVER as one would work it out by hand: for every row all rows of its
// partition are looked at.

namespace herald::testing {

/// Order and frame of a window.
struct over_shape {
  std::string name;
  std::vector<sort_key> order;
  over_frame frame;
};

/// A call and its value for row `i` of a sorted partition.
struct over_model_call {
  over_function call;
  std::function<scalar(const over_shape&, const std::vector<literal_values>&,
                       std::size_t i)>
      value;
};

/// The calls of `model_calls` over the shape's frame and functions that look
/// back; with `all` others too.
std::vector<over_model_call> over_model_calls(const over_shape& s, bool all);

/// The rows, partitioned by `keys` and sorted by `total`, with the values of
/// `calls`, as `line_of` prints them.
std::vector<std::string>
over_by_hand(const std::vector<literal_values>& rows, const over_shape& s,
             const std::vector<sort_key>& total, const std::vector<int>& keys,
             const std::vector<over_model_call>& calls);

} // namespace herald::testing
