#include "engine/expr/expr.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/subset.hpp"
#include "engine/expr/validity.hpp"

#include <utility>

namespace herald {

// -- function -----------------------------------------------------------------

absl::StatusOr<vec> function::call_lazy(const expr& self, const batch& input,
                                        const eval_context& context) const {
  std::vector<vec> args;
  args.reserve(self.args.size());
  auto constant = !varies_by_row();
  for (const auto& arg : self.args) {
    HERALD_ASSIGN(auto value, evaluate(*arg, input, context));
    constant = constant && value.constant;
    args.push_back(std::move(value));
  }
  if (!constant)
    return call(self, args, input.rows, context);
  HERALD_ASSIGN(auto result, call(self, args, 1, context));
  result.constant = true;
  return result;
}

bool function::can_fail(const expr&) const {
  return false;
}

std::shared_ptr<const void> function::prepare(const expr&) const {
  return nullptr;
}

// -- construction -------------------------------------------------------------

expr_ptr make_column(int index, data_type type, std::string name) {
  auto result = std::make_shared<expr>();
  result->kind = expr_kind::column;
  result->type = std::move(type);
  result->column = index;
  result->name = std::move(name);
  return result;
}

expr_ptr make_literal(scalar value, text_position where) {
  auto result = std::make_shared<expr>();
  result->kind = expr_kind::literal;
  result->type = value.type.with_nullable(value.is_null());
  result->prepared = repeat(value, 1);
  result->literal = std::move(value);
  result->where = where;
  return result;
}

// -- evaluation ---------------------------------------------------------------

absl::StatusOr<vec> evaluate(const expr& x, const batch& input,
                             const eval_context& context) {
  switch (x.kind) {
  case expr_kind::column: {
    auto at = static_cast<std::size_t>(x.column);
    HERALD_CHECK_LT(at, input.columns.size());
    HERALD_CHECK(input.columns[at] != nullptr, "a column that is not there");
    return vec{input.columns[at]};
  }
  case expr_kind::literal:
    return vec{std::static_pointer_cast<const column>(x.prepared), true};
  case expr_kind::call:
    break;
  }
  return x.code->call_lazy(x, input, context);
}

absl::StatusOr<column_ptr> evaluate_column(const expr& x, const batch& input,
                                           const eval_context& context) {
  HERALD_ASSIGN(auto result, evaluate(x, input, context));
  return spread(result, input.rows);
}

column_ptr spread(const vec& x, std::int64_t rows) {
  if (!x.constant)
    return x.column;
  if (x.column->null_count > 0)
    return null_column(x.column->type, rows);
  return take(*x.column, row_list(static_cast<std::size_t>(rows), 0));
}

row_list true_rows(const vec& condition, std::int64_t rows) {
  row_list result;
  const auto& x = *condition.column;
  if (x.null_count == x.length)
    return result;
  if (condition.constant) {
    if (x.bit(0))
      for (std::int32_t i = 0; i < rows; ++i)
        result.push_back(i);
    return result;
  }
  result.resize(static_cast<std::size_t>(rows));
  auto* out = result.data();
  for (std::int64_t i = 0; i * 64 < rows; ++i) {
    auto left = bit_word(x.values.get(), i, rows)
                & bit_word(x.validity.get(), i, rows);
    auto count = rows - i * 64;
    if (count < 64)
      left &= (std::uint64_t{1} << count) - 1;
    auto base = static_cast<std::int32_t>(i * 64);
    if (left == ~std::uint64_t{0}) {
      for (std::int32_t j = 0; j < 64; ++j)
        *out++ = base + j;
      continue;
    }
    for (; left != 0; left &= left - 1)
      *out++ = base + __builtin_ctzll(left);
  }
  result.resize(static_cast<std::size_t>(out - result.data()));
  return result;
}

absl::StatusOr<row_list> select_rows(const expr& condition, const batch& input,
                                     const eval_context& context) {
  HERALD_ASSIGN(auto value, evaluate(condition, input, context));
  return true_rows(value, input.rows);
}

// -- subsets ------------------------------------------------------------------

absl::StatusOr<vec> evaluate_on(const expr& x, const batch& input,
                                const row_list& rows,
                                const eval_context& context) {
  batch part;
  part.layout = input.layout;
  part.rows = static_cast<std::int64_t>(rows.size());
  part.columns.resize(input.columns.size());
  std::vector<int> used;
  collect_columns(x, used);
  for (auto i : used) {
    auto at = static_cast<std::size_t>(i);
    if (part.columns[at] == nullptr)
      part.columns[at] = take(*input.columns[at], rows);
  }
  return evaluate(x, part, context);
}

} // namespace herald
