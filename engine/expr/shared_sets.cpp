#include "engine/expr/shared_sets.hpp"

#include <algorithm>

namespace herald {

bool shares_set(const aggregate_call& x) {
  // NULL is a value of an array, and no value of a shared set.
  return x.distinct && x.name != "ARRAY_AGG";
}

std::vector<std::vector<std::size_t>>
shared_sets(const std::vector<aggregate_call>& calls) {
  std::vector<std::vector<std::size_t>> result;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!shares_set(calls[i]))
      continue;
    const auto& value = *calls[i].args[0];
    auto found = std::find_if(result.begin(), result.end(), [&](const auto& x) {
      return x.size() < distinct_calls_max
             && equal(*calls[x[0]].args[0], value);
    });
    if (found == result.end())
      found = result.insert(found, std::vector<std::size_t>{});
    found->push_back(i);
  }
  return result;
}

std::vector<data_type> set_types(const data_type& value, std::size_t calls,
                                 bool retractable) {
  const auto count = data_type::of(type_kind::bigint).with_nullable(false);
  return std::vector<data_type>(
      retractable ? calls : 1,
      data_type::map(value.with_nullable(false), count).with_nullable(false));
}

std::vector<data_type> partial_types(const std::vector<aggregate_call>& calls,
                                     bool retractable) {
  std::vector<data_type> result;
  const auto append = [&](const std::vector<data_type>& types) {
    result.insert(result.end(), types.begin(), types.end());
  };
  for (const auto& call : calls)
    if (!shares_set(call))
      append(make_accumulator(call, retractable)->partial_types());
  for (const auto& set : shared_sets(calls))
    append(set_types(calls[set[0]].args[0]->type, set.size(), retractable));
  return result;
}

} // namespace herald
