#include "engine/expr/cast.hpp"

#include <utility>

// Casts of ARRAY, MAP and ROW, a child at a time. TRY_CAST makes the whole
// value NULL when a part of it does not fit.

namespace herald {

namespace {

/// Rows of `x` whose child rows include one that became NULL only now.
template <class Range>
buffer_ptr drop_rows(const column& x, const column& before, const column& after,
                     Range range_of) {
  auto bits = allocate_bits(x.length);
  for (std::int64_t row = 0; row < x.length; ++row) {
    auto keep_row = !x.is_null(row);
    if (keep_row) {
      auto [begin, end] = range_of(row);
      for (auto i = begin; i < end && keep_row; ++i)
        keep_row = before.is_null(i) || !after.is_null(i);
    }
    if (keep_row)
      set_bit(bits->mutable_data(), row);
  }
  return bits;
}

} // namespace

absl::StatusOr<column_ptr> cast_nested(const column& x, const data_type& to,
                                       cast_rules rules) {
  auto result = std::make_shared<column>(x);
  result->type = to;
  auto is_list = to.kind() != type_kind::row;
  for (std::size_t i = 0; i < x.children.size(); ++i) {
    auto child_type = is_list ? to.element() : to.fields()[i].type;
    const auto& before = *x.children[i];
    HERALD_ASSIGN(result->children[i],
                  cast_column(x.children[i], child_type, rules));
    const auto& after = *result->children[i];
    if (!rules.lenient || after.null_count == before.null_count)
      continue;
    auto bits = drop_rows(*result, before, after, [&](std::int64_t row) {
      if (!is_list)
        return std::pair(row, row + 1);
      auto at = static_cast<std::size_t>(row);
      return std::pair(std::int64_t{x.offsets()[at]},
                       std::int64_t{x.offsets()[at + 1]});
    });
    auto valid = count_validity(std::move(bits), x.length);
    result->validity = std::move(valid.bits);
    result->null_count = valid.null_count;
  }
  return column_ptr(std::move(result));
}

} // namespace herald
