#pragma once

#include "engine/columnar/bits.hpp"
#include "engine/expr/aggregate.hpp"
#include "engine/expr/kernel.hpp"

#include <memory>
#include <optional>

// What accumulators share: loops over the rows that are added, and columns
// made of states. Every loop is a template, so that no row costs a call.

namespace herald {

namespace detail {

template <bool HasRows, bool HasNulls, bool HasChanges, class F>
void add_loop(const column* arg, const row_list* rows,
              std::span<const std::int32_t> groups, const std::int8_t* changes,
              F f) {
  auto count = groups.size();
  const auto* at = HasRows ? rows->data() : nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    auto row = HasRows ? static_cast<std::size_t>(at[i]) : i;
    if (HasNulls && arg->is_null(static_cast<std::int64_t>(row)))
      continue;
    auto sign
        = HasChanges && retracts(static_cast<change>(changes[row])) ? -1 : 1;
    f(row, static_cast<std::size_t>(groups[i]), sign);
  }
}

template <bool HasRows, bool HasNulls, class F>
void add_changes(const column* arg, const row_list* rows,
                 std::span<const std::int32_t> groups,
                 const std::int8_t* changes, F f) {
  if (changes != nullptr)
    add_loop<HasRows, HasNulls, true>(arg, rows, groups, changes, f);
  else
    add_loop<HasRows, HasNulls, false>(arg, rows, groups, changes, f);
}

} // namespace detail

/// Calls `f(row, group, sign)` for the rows that `accumulator::add` is given,
/// in order, without those where `arg` (may be null: none) is NULL. `sign` is
/// -1 for rows that are taken back.
template <class F>
void for_each_added(const column* arg, const row_list* rows,
                    std::span<const std::int32_t> groups,
                    const std::int8_t* changes, F f) {
  auto has_nulls = arg != nullptr && arg->null_count > 0;
  if (rows != nullptr && has_nulls)
    detail::add_changes<true, true>(arg, rows, groups, changes, f);
  else if (rows != nullptr)
    detail::add_changes<true, false>(arg, rows, groups, changes, f);
  else if (has_nulls)
    detail::add_changes<false, true>(arg, rows, groups, changes, f);
  else
    detail::add_changes<false, false>(arg, rows, groups, changes, f);
}

/// The column of `type`, stored as `T`, of `f(group)` for each of `groups`:
/// an optional, empty for NULL.
template <class T, class F>
column_ptr column_of_groups(const data_type& type,
                            std::span<const std::int32_t> groups, F f) {
  auto rows = static_cast<std::int64_t>(groups.size());
  std::vector<vec> none;
  detail::writer<T> out(rows, none);
  auto known = allocate_bits(rows);
  for (std::int64_t row = 0; row < rows; ++row) {
    auto value
        = f(static_cast<std::size_t>(groups[static_cast<std::size_t>(row)]));
    if (!value)
      continue;
    out.set(row, *value);
    set_bit(known->mutable_data(), row);
  }
  return out.finish(type, rows, count_validity(std::move(known), rows));
}

/// One BIGINT a group, never NULL.
inline column_ptr counts_of_groups(std::span<const std::int32_t> groups,
                                   const std::vector<std::int64_t>& counts) {
  return column_of_groups<std::int64_t>(
      data_type::of(type_kind::bigint).with_nullable(false), groups,
      [&](std::size_t group) { return std::optional(counts[group]); });
}

/// A state per group in a vector.
template <class T>
void resize_states(std::vector<T>& states, std::int64_t groups) {
  if (static_cast<std::size_t>(groups) > states.size())
    states.resize(static_cast<std::size_t>(groups));
}

// -- makers -------------------------------------------------------------------

std::unique_ptr<accumulator> make_count(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_sum(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_extreme(const aggregate_call& call,
                                          bool retractable);

std::unique_ptr<accumulator> make_variance(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_edge(const aggregate_call& call,
                                       bool retractable);
std::unique_ptr<accumulator> make_list(const aggregate_call& call, bool);

/// The constant fractions of a percentile, one or an ARRAY of them.
std::vector<double> fractions_of(const aggregate_call& call);

std::unique_ptr<accumulator> make_percentile(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_json_list(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_json_object(const aggregate_call& call, bool);
std::unique_ptr<accumulator> make_bitmap(const aggregate_call& call, bool);

/// HyperLogLog where rows only come; the exact count where they may go.
std::unique_ptr<accumulator>
make_approximate_distinct(const aggregate_call& call, bool retractable);

/// A t-digest where rows only come; PERCENTILE where they may go.
std::unique_ptr<accumulator>
make_approximate_percentile(const aggregate_call& call, bool retractable);

/// Counts each value once a group, then hands it to `inner`.
std::unique_ptr<accumulator> make_distinct(const aggregate_call& call,
                                           std::unique_ptr<accumulator> inner);

} // namespace herald
