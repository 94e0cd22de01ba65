#pragma once

#include "engine/expr/registry.hpp"

// The argument rules of aggregates that need more than the type of one
// argument: they check and cast the arguments of a call, and give its type,
// whose nullability is set afterwards. Pure functions.

namespace herald {

/// What the aggregate `name` (upper case) takes, for people: "(number)".
std::string_view arguments_of_aggregate(std::string_view name);

/// APPROX_COUNT_DISTINCT(x): nested values become texts that stand for them.
absl::StatusOr<data_type> distinct_arguments(call_site& site);

/// PERCENTILE(number, fraction or ARRAY of fractions [, times]), and
/// APPROX_PERCENTILE, which takes no times.
absl::StatusOr<data_type> percentile_arguments(call_site& site);

/// JSON_ARRAYAGG(value, word), JSON_OBJECTAGG(key, value, word): the word is
/// 'NULL' or 'ABSENT'; values become the texts of their JSON.
absl::StatusOr<data_type> json_array_arguments(call_site& site);
absl::StatusOr<data_type> json_object_arguments(call_site& site);

/// The BITMAP_…_AGG family.
absl::StatusOr<data_type> bitmap_arguments(call_site& site);

} // namespace herald
