#pragma once

#include "engine/columnar/bits.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/text_write.hpp"

#include <fmt/format.h>

// CAST and TRY_CAST over columns, one function a family of targets. A value
// that does not fit fails the cast, or is NULL when the cast is lenient; a
// number too large for its DECIMAL is NULL in both, as in Flink.

namespace herald {

/// How to cast. One thread, for one batch.
struct cast_rules {
  bool lenient = false; ///< TRY_CAST
  zone& local;
  text_position where;
};

/// `x` as `to`, which `can_cast` allows.
absl::StatusOr<column_ptr> cast_column(const column_ptr& x, const data_type& to,
                                       cast_rules rules);

/// Whether Herald casts between two types at all.
bool can_cast(const data_type& from, const data_type& to);

// -- families, called by cast_column ------------------------------------------

absl::StatusOr<column_ptr> cast_to_integer(const column& x, const data_type& to,
                                           cast_rules rules);
absl::StatusOr<column_ptr> cast_to_float(const column& x, const data_type& to,
                                         cast_rules rules);
absl::StatusOr<column_ptr> cast_to_decimal(const column& x, const data_type& to,
                                           cast_rules rules);
absl::StatusOr<column_ptr> cast_to_boolean(const column& x, const data_type& to,
                                           cast_rules rules);
absl::StatusOr<column_ptr> cast_to_text(const column& x, const data_type& to,
                                        cast_rules rules);
absl::StatusOr<column_ptr> cast_to_bytes(const column& x, const data_type& to);
absl::StatusOr<column_ptr> cast_to_time(const column& x, const data_type& to,
                                        cast_rules rules);
absl::StatusOr<column_ptr> cast_nested(const column& x, const data_type& to,
                                       cast_rules rules);

/// What a value that does not fit becomes.
enum class misfit : std::uint8_t { error, null };

/// The column of `to`, stored as `T`, that `f(row)` gives: an optional, empty
/// for a value that does not fit. `f` sees rows that are not NULL.
template <class T, class F>
absl::StatusOr<column_ptr> cast_rows(const column& x, const data_type& to,
                                     cast_rules rules, misfit otherwise, F f) {
  validity valid{x.validity, x.null_count};
  std::vector<vec> none;
  detail::writer<T> out(x.length, none);
  auto known = allocate_bits(x.length);
  std::int64_t bad = -1;
  for_each_bit(valid.bits.get(), x.length, [&](std::int64_t row) {
    auto value = f(row);
    if (value) {
      out.set(row, static_cast<T>(*value));
      set_bit(known->mutable_data(), row);
    } else if (bad < 0) {
      bad = row;
    }
  });
  if (bad >= 0 && otherwise == misfit::error && !rules.lenient) {
    std::string text;
    append_value(text, x, bad, rules.local);
    return user_error(
        rules.where,
        fmt::format("cannot read '{}' as {}", text, to.to_short_string()),
        "TRY_CAST gives NULL");
  }
  return out.finish(to, x.length, count_validity(std::move(known), x.length));
}

} // namespace herald
