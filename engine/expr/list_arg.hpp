#pragma once

#include "engine/columnar/nested_builder.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"

#include <utility>

// What functions over ARRAYs and MAPs share: reading the lists of an argument,
// and building those of a result. For one call, on one thread.

namespace herald {

/// An argument that is an ARRAY or MAP and is not NULL in some row.
class list_arg {
public:
  explicit list_arg(const vec& x) : x_(x) {}

  /// The rows of `elements()` that list `row`, not NULL, has.
  std::pair<std::int32_t, std::int32_t> range(std::int64_t row) const {
    auto at = static_cast<std::size_t>(x_.slot(row));
    auto offsets = x_.column->offsets();
    return {offsets[at], offsets[at + 1]};
  }

  /// Of an ARRAY its elements, of a MAP its entries.
  const column& elements() const {
    return *x_.column->children[0];
  }

  const column& keys() const {
    return *elements().children[0];
  }

  const column& values() const {
    return *elements().children[1];
  }

private:
  const vec& x_;
};

/// Builds the result of a function that is NULL where an argument is:
/// `f(row, out)` appends the elements of a row.
template <class F>
vec build_lists(const expr& self, const std::vector<vec>& args,
                std::int64_t rows, F f) {
  auto valid = intersect(args, rows);
  if (valid.null_count == rows)
    return vec{null_column(self.type, rows)};
  list_builder out(self.type);
  for (std::int64_t row = 0; row < rows; ++row) {
    if (!valid.at(row)) {
      out.append_null();
      continue;
    }
    f(row, out.elements());
    out.close();
  }
  return vec{out.finish()};
}

/// Appends element `row` of `from`, NULL or not.
inline void append_element(column_builder& to, const column& from,
                           std::int64_t row) {
  if (from.is_null(row))
    to.append_null();
  else
    to.append_from(from, row);
}

/// Casts `x` to `type` (its own nullability kept) and folds it.
absl::Status cast_argument(expr_ptr& x, const data_type& type,
                           text_position where);

/// Casts all arguments, of `kind`, to their common type, which it gives.
absl::StatusOr<data_type> unify_lists(call_site& site, type_kind kind);

/// Casts every `step`th argument from `first` on to their common type, which
/// it gives.
absl::StatusOr<data_type> unify_every(call_site& site, std::size_t first,
                                      std::size_t step);

/// True if an argument may be NULL.
bool any_nullable(const std::vector<expr_ptr>& args);

/// The hashes of all elements of `x`: equal ones have equal hashes.
std::vector<std::uint64_t> hash_elements(const column& x);

} // namespace herald
