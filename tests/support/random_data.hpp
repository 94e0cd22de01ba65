#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/columnar/scalar.hpp"

#include <random>
#include <string>

// Random types, schemas, values and batches for property tests: every type,
// NULLs, duplicates, extreme values, short and long texts. The same seed gives
// the same data everywhere; print the seed with SCOPED_TRACE.

namespace herald::testing {

class random_data {
public:
  explicit random_data(std::uint64_t seed) : random_(seed) {}

  /// A number in [begin, end); begin < end.
  std::int64_t number(std::int64_t begin, std::int64_t end);

  /// True with the given probability.
  bool chance(double share);

  /// Any type; nested ones go at most `depth` levels down.
  data_type type(int depth = 2);

  /// 1 … `fields_max` fields called f0, f1, ….
  schema_ptr layout(int fields_max = 8, int depth = 2);

  /// A value, NULL with probability `null_share` if the type allows it. Half
  /// of the values come from a few that repeat, some are extreme.
  scalar value(const data_type& type, double null_share = 0.2);

  /// A batch; with `changes` it has a change column of all four kinds. A
  /// column has no NULLs at all in a third of the cases.
  batch_ptr rows(const schema_ptr& layout, std::int64_t count,
                 bool changes = false);

  /// `count` row numbers below `rows`, with repeats, in any order.
  row_list some_rows(std::int64_t rows, std::int64_t count);

private:
  std::uint64_t bits();
  std::int64_t integer(std::int64_t min, std::int64_t max);
  double real();
  std::string text(bool any_byte, std::int64_t length_limit);
  scalar::value_type leaf(const data_type& type);
  scalar::value_type elements(const data_type& type, double null_share);

  std::mt19937_64 random_;
};

} // namespace herald::testing
