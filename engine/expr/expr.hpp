#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/columnar/scalar.hpp"
#include "engine/common/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// Bound expressions: trees whose names and overloads are resolved and whose
// types are known. The binder makes them through `make_*`, operators evaluate
// them over whole batches. Immutable and shared; safe on any thread.

namespace herald {

struct expr;
using expr_ptr = std::shared_ptr<const expr>;

/// The value of an expression over a batch: one value a row, or, when the
/// expression does not depend on the row, a column of one row that stands for
/// all of them.
struct vec {
  column_ptr column;
  bool constant = false;

  /// Slot of row `i` in `column`.
  std::int64_t slot(std::int64_t i) const {
    return constant ? 0 : i;
  }
};

/// What an evaluation may ask besides its arguments.
struct eval_context {
  std::string time_zone = "UTC"; ///< session zone, an IANA name
  std::int64_t now_ms = 0;       ///< processing time of this batch, UTC
  /// Event time up to which rows have come; nullopt before the first.
  std::optional<std::int64_t> watermark_ms = std::nullopt;
};

/// The code of one overload. Kernels are pure but for `eval_context`.
class function {
public:
  virtual ~function() = default;

  /// Evaluates over `rows` rows; `args` are the arguments' values. Kernels
  /// that decide which arguments run (CASE, COALESCE) override `call_lazy`.
  /// Errors name the value that does not fit.
  virtual absl::StatusOr<vec> call(const expr& self,
                                   const std::vector<vec>& args,
                                   std::int64_t rows,
                                   const eval_context& context) const = 0;

  /// Evaluates `self` over `input` with its arguments unevaluated.
  virtual absl::StatusOr<vec> call_lazy(const expr& self, const batch& input,
                                        const eval_context& context) const;

  /// False for RAND(), NOW(): not folded, not merged with its equals.
  virtual bool deterministic() const {
    return true;
  }

  /// True for RAND() and UUID(): a value of its own for each row, even
  /// without arguments.
  virtual bool varies_by_row() const {
    return false;
  }

  /// True if the result depends on the session's zone or the time: not folded
  /// before these are known.
  virtual bool asks_context() const {
    return !deterministic();
  }

  /// True if a value of the arguments can make `self` fail. Only then a
  /// branch of CASE is kept from rows that do not need it.
  virtual bool can_fail(const expr& self) const;

  /// What the code wants to work out once for a call, from constant
  /// arguments (the set of an IN list); kept in `expr::prepared`.
  virtual std::shared_ptr<const void> prepare(const expr& self) const;
};

enum class expr_kind : std::uint8_t { column, literal, call };

struct expr {
  expr_kind kind = expr_kind::literal;
  data_type type;
  text_position where;        ///< in the statement, for errors
  int column = -1;            ///< column: index into the input
  scalar literal;             ///< literal: the value
  std::string name;           ///< call: SQL name in upper case; column: name
  std::vector<expr_ptr> args; ///< call: arguments, after implicit casts
  const function* code = nullptr; ///< call: never null, lives for ever
  /// Call: made by `code->prepare`. Literal: its column of one row.
  std::shared_ptr<const void> prepared;
  bool can_fail = false; ///< evaluating it or an argument may fail
  bool steady = true;    ///< false with NOW() and the like inside
};

/// A reference to column `index` of the input.
expr_ptr make_column(int index, data_type type, std::string name = {});

expr_ptr make_literal(scalar value, text_position where = {});

/// Resolves function or operator `name` ("+", "AND", "IS NULL", "UPPER",
/// "CASE": condition, value, …, else; any case) over `args`: picks the
/// overload, inserts implicit casts, infers the type and nullability as Flink
/// does. Errors: unknown name (with the nearest one), wrong number or types
/// of arguments, at `where`.
absl::StatusOr<expr_ptr> make_call(std::string_view name,
                                   std::vector<expr_ptr> args,
                                   text_position where = {});

/// CAST(x AS type), or TRY_CAST when `lenient`; `x` itself if nothing changes.
absl::StatusOr<expr_ptr> make_cast(expr_ptr x, const data_type& type,
                                   bool lenient = false,
                                   text_position where = {});

/// The type that values of all `types` convert to without loss of meaning
/// (CASE branches, UNION, comparison); nullopt when there is none.
std::optional<data_type> common_type(const std::vector<data_type>& types);

/// Evaluates what does not depend on a row. Keeps what fails, for run time.
expr_ptr fold_constants(const expr_ptr& x);

/// Evaluates over `input`; the value of a literal is constant.
absl::StatusOr<vec> evaluate(const expr& x, const batch& input,
                             const eval_context& context);

/// As `evaluate`, with constants repeated to one value a row.
absl::StatusOr<column_ptr> evaluate_column(const expr& x, const batch& input,
                                           const eval_context& context);

/// Rows of `input` for which `condition` is TRUE (not FALSE, not NULL), in
/// order.
absl::StatusOr<row_list> select_rows(const expr& condition, const batch& input,
                                     const eval_context& context);

/// SQL-like text for EXPLAIN and messages.
std::string to_string(const expr& x);

/// Structural equality and hash (positions ignored), for merging equals.
bool equal(const expr& a, const expr& b);

/// Adds the columns that `x` reads to `out`.
void collect_columns(const expr& x, std::vector<int>& out);

/// Replaces column i by `replacement[i]` (which may be null: kept).
expr_ptr substitute(const expr_ptr& x,
                    const std::vector<expr_ptr>& replacement);

/// Splits a condition at its top-level ANDs; joins conditions with AND.
std::vector<expr_ptr> conjuncts(const expr_ptr& x);
expr_ptr conjunction(const std::vector<expr_ptr>& x);

} // namespace herald
