#include "engine/columnar/builder.hpp"
#include "engine/expr/cast.hpp"
#include "engine/expr/comparison.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/select.hpp"
#include "engine/expr/subset.hpp"
#include "engine/expr/themes.hpp"

#include <utility>

#include <fmt/format.h>

// CASE and what is made of it: IF, COALESCE, IFNULL, NULLIF. A branch that
// may fail is evaluated only for the rows that take it.

namespace herald {

namespace {

/// Of a value in a hint.
constexpr std::size_t shown_value_max = 40;

/// Branches cheaper than gathering their input are evaluated for all rows.
bool worth_a_subset(const expr& x, std::int64_t wanted, std::int64_t rows) {
  if (x.kind != expr_kind::call || wanted == rows)
    return false;
  return x.can_fail || wanted * 4 < rows
         || (x.type.storage() == storage_kind::text && wanted * 2 < rows);
}

/// Adds the value of `x` for the rows `wanted` to the result.
absl::Status add_branch(const expr& x, const row_list& wanted,
                        const batch& input, const eval_context& context,
                        selection& out) {
  if (wanted.empty())
    return absl::OkStatus();
  auto count = static_cast<std::int64_t>(wanted.size());
  if (worth_a_subset(x, count, input.rows)) {
    HERALD_ASSIGN(auto value, evaluate_on(x, input, wanted, context));
    out.add_dense(value, wanted);
    return absl::OkStatus();
  }
  HERALD_ASSIGN(auto value, evaluate(x, input, context));
  out.add(value, wanted);
  return absl::OkStatus();
}

/// The rows of `from` for which `condition` is TRUE; the others stay in
/// `from`.
absl::StatusOr<row_list> split(const expr& condition, row_list& from,
                               const batch& input,
                               const eval_context& context) {
  auto subset = worth_a_subset(
      condition, static_cast<std::int64_t>(from.size()), input.rows);
  vec value;
  if (subset) {
    HERALD_ASSIGN(value, evaluate_on(condition, input, from, context));
  } else {
    HERALD_ASSIGN(value, evaluate(condition, input, context));
  }
  row_list taken;
  row_list left;
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto slot = value.slot(subset ? static_cast<std::int64_t>(i) : from[i]);
    auto yes = !value.column->is_null(slot)
               && value.column->type.kind() == type_kind::boolean
               && value.column->bit(slot);
    (yes ? taken : left).push_back(from[i]);
  }
  from = std::move(left);
  return taken;
}

row_list all_rows(std::int64_t rows) {
  row_list result(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<std::int32_t>(i);
  return result;
}

/// CASE: condition, value, …, else.
class case_function final : public function {
public:
  absl::StatusOr<vec> call(const expr&, const std::vector<vec>&, std::int64_t,
                           const eval_context&) const override {
    return absl::InternalError("CASE is evaluated lazily");
  }

  absl::StatusOr<vec> call_lazy(const expr& self, const batch& input,
                                const eval_context& context) const override {
    auto constant = self.steady && is_constant(self);
    auto rows = constant ? 1 : input.rows;
    auto part = input;
    part.rows = rows;
    auto left = all_rows(rows);
    selection out(self.type, rows);
    auto last = self.args.size() - 1;
    for (std::size_t i = 0; i < last && !left.empty(); i += 2) {
      HERALD_ASSIGN(auto taken, split(*self.args[i], left, part, context));
      HERALD_TRY(add_branch(*self.args[i + 1], taken, part, context, out));
    }
    HERALD_TRY(add_branch(*self.args[last], left, part, context, out));
    return vec{out.finish(), constant};
  }

private:
  static bool is_constant(const expr& x) {
    std::vector<int> columns;
    collect_columns(x, columns);
    return columns.empty();
  }
};

/// COALESCE: the first argument that is not NULL.
class coalesce_function final : public function {
public:
  absl::StatusOr<vec> call(const expr&, const std::vector<vec>&, std::int64_t,
                           const eval_context&) const override {
    return absl::InternalError("COALESCE is evaluated lazily");
  }

  absl::StatusOr<vec> call_lazy(const expr& self, const batch& input,
                                const eval_context& context) const override {
    HERALD_ASSIGN(auto first, evaluate(*self.args[0], input, context));
    if (first.column->null_count == 0)
      return first;
    auto left = all_rows(input.rows);
    selection out(self.type, input.rows);
    auto next = [&](const vec& value, bool dense) {
      row_list found;
      row_list slots;
      row_list missing;
      for (std::size_t i = 0; i < left.size(); ++i) {
        auto row = dense ? static_cast<std::int64_t>(i) : left[i];
        if (value.column->is_null(value.slot(row))) {
          missing.push_back(left[i]);
          continue;
        }
        found.push_back(left[i]);
        slots.push_back(static_cast<std::int32_t>(value.slot(row)));
      }
      out.add_slots(value.column, slots, found);
      left = std::move(missing);
    };
    next(first, false);
    for (std::size_t i = 1; i < self.args.size() && !left.empty(); ++i) {
      const auto& x = *self.args[i];
      auto subset = worth_a_subset(x, static_cast<std::int64_t>(left.size()),
                                   input.rows);
      vec value;
      if (subset) {
        HERALD_ASSIGN(value, evaluate_on(x, input, left, context));
      } else {
        HERALD_ASSIGN(value, evaluate(x, input, context));
      }
      next(value, subset);
    }
    return vec{out.finish()};
  }
};

// -- resolution ---------------------------------------------------------------

/// Says which of the arguments at `places` does not go with those before it.
absl::Status no_common_type(const call_site& site,
                            const std::vector<std::size_t>& places) {
  auto before = site.args[places.front()]->type;
  for (const auto i : places) {
    const auto& x = *site.args[i];
    const auto both = common_type({before, x.type});
    if (both) {
      before = *both;
      continue;
    }
    const auto text = to_string(x);
    const bool to_text = x.type.is_text() || before.is_text();
    const bool shown = !x.type.is_text() && text.size() <= shown_value_max;
    return user_error(
        x.where.line != 0 ? x.where : site.where,
        fmt::format("{} takes values that have a common type, not {} and {}",
                    site.name, before.to_short_string(),
                    x.type.to_short_string()),
        can_cast(x.type, before)
            ? fmt::format("CAST({} AS {})", shown ? text : "…",
                          to_text ? "STRING" : before.to_short_string())
            : "");
  }
  return type_error(site, "values that have a common type");
}

/// Casts the arguments at `places` to their common type; gives it.
absl::StatusOr<data_type> unify(call_site& site,
                                const std::vector<std::size_t>& places) {
  std::vector<data_type> types;
  for (auto i : places)
    types.push_back(site.args[i]->type);
  auto type = common_type(types);
  if (!type)
    return no_common_type(site, places);
  for (auto i : places) {
    auto& arg = site.args[i];
    if (arg->type.same_kind(*type))
      continue;
    HERALD_ASSIGN(arg, make_cast(arg, type->with_nullable(arg->type.nullable()),
                                 false, site.where));
    arg = fold_constants(arg);
  }
  return *type;
}

expr_ptr null_literal() {
  return make_literal(scalar{});
}

absl::StatusOr<expr_ptr> resolve_case(call_site& site) {
  static const auto* code = keep(std::make_unique<case_function>());
  if (site.args.size() % 2 == 0)
    site.args.push_back(null_literal());
  std::vector<std::size_t> values;
  for (std::size_t i = 0; i + 1 < site.args.size(); i += 2) {
    if (!accepts(accept::boolean, site.args[i]->type))
      return type_error(site, "BOOLEAN conditions");
    values.push_back(i + 1);
  }
  values.push_back(site.args.size() - 1);
  HERALD_ASSIGN(auto type, unify(site, values));
  return make_bound_call("CASE", std::move(site.args), code, type, site.where);
}

absl::StatusOr<expr_ptr> resolve_coalesce(call_site& site) {
  static const auto* code = keep(std::make_unique<coalesce_function>());
  std::vector<std::size_t> all;
  auto nullable = true;
  for (std::size_t i = 0; i < site.args.size(); ++i) {
    all.push_back(i);
    nullable = nullable && site.args[i]->type.nullable();
  }
  HERALD_ASSIGN(auto type, unify(site, all));
  if (site.args.size() == 1)
    return site.args[0];
  return make_bound_call(std::string(site.name), std::move(site.args), code,
                         type.with_nullable(nullable), site.where);
}

/// NULLIF(a, b): NULL if a = b, else a.
absl::StatusOr<expr_ptr> resolve_nullif(call_site& site) {
  HERALD_ASSIGN(auto same,
                make_comparison(site, "=", site.args[0], site.args[1]));
  return make_call("CASE", {same, null_literal(), site.args[0]}, site.where);
}

/// IF(c, a, b): in Flink it may be NULL if `c` may be, although it never is.
absl::StatusOr<expr_ptr> resolve_if(call_site& site) {
  const auto unknown = site.args[0]->type.nullable();
  HERALD_TRY(unify(site, {1, 2}).status());
  HERALD_ASSIGN(auto result, make_call("CASE", site.args, site.where));
  if (!unknown || result->type.nullable())
    return result;
  auto copy = *result;
  copy.type = copy.type.with_nullable(true);
  return std::make_shared<const expr>(std::move(copy));
}

} // namespace

void register_conditional(registry& to) {
  to.add_special("CASE", 2, registry::any_number, resolve_case);
  to.add_special("COALESCE", 1, registry::any_number, resolve_coalesce);
  to.add_special("IFNULL", 2, 2, resolve_coalesce);
  to.add_special("NULLIF", 2, 2, resolve_nullif);
  to.add_special("IF", 3, 3, resolve_if);
}

} // namespace herald
