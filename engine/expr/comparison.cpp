#include "engine/expr/comparison.hpp"

#include "engine/expr/compare_kernels.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace herald {

// -- types --------------------------------------------------------------------

namespace {

absl::Status cast_to(expr_ptr& x, const data_type& type, text_position where,
                     bool lenient = false) {
  if (x->type.same_kind(type))
    return absl::OkStatus();
  HERALD_ASSIGN(
      x, make_cast(x, type.with_nullable(x->type.nullable()), lenient, where));
  x = fold_constants(x);
  return absl::OkStatus();
}

/// The type to cast a text to that is compared with `other`.
data_type read_as(const data_type& other) {
  return other.kind() == type_kind::decimal ? data_type::decimal(
             decimal_precision_max, std::max(other.scale(), 18))
                                            : other;
}

bool is_date_or_time(const data_type& x) {
  return x.kind() == type_kind::date || x.kind() == type_kind::time
         || x.is_timestamp();
}

bool same_scale(const data_type& a, const data_type& b) {
  return a.kind() == b.kind()
         && (a.kind() != type_kind::decimal || a.scale() == b.scale());
}

/// Casts numbers to one type. DECIMALs whose union needs more than 38 digits
/// stay: the kernel compares different scales too.
absl::Status align_numbers(expr_ptr& a, expr_ptr& b, text_position where) {
  if (same_scale(a->type, b->type))
    return absl::OkStatus();
  auto type = common_number(a->type, b->type);
  if (type->kind() == type_kind::decimal) {
    auto both = exact_union(shape_of(a->type), shape_of(b->type));
    for (auto* x : {&a, &b})
      if (!both && (*x)->type.is_integer())
        HERALD_TRY(cast_to(*x, type_of(shape_of((*x)->type)), where));
    if (!both)
      return absl::OkStatus();
    type = type_of(*both);
  }
  HERALD_TRY(cast_to(a, *type, where));
  return cast_to(b, *type, where);
}

absl::Status align_times(expr_ptr& a, expr_ptr& b, text_position where) {
  auto ltz = a->type.kind() == type_kind::timestamp_ltz
             || b->type.kind() == type_kind::timestamp_ltz;
  if (a->type.kind() == b->type.kind())
    return absl::OkStatus();
  for (auto* x : {&a, &b}) {
    const auto& type = (*x)->type;
    auto digits = type.is_timestamp() ? type.precision() : 3;
    HERALD_TRY(cast_to(*x,
                       ltz ? data_type::timestamp_ltz(digits)
                           : data_type::timestamp(digits),
                       where));
  }
  return absl::OkStatus();
}

/// Casts `text` to what `other` is compared as. A column of texts equals no
/// number without a CAST, as in Flink: it would fail on the first bad text.
absl::Status align_text(expr_ptr& text, const expr_ptr& other, bool equality,
                        text_position where, bool lenient) {
  const auto type = read_as(other->type);
  auto is_literal = text->kind == expr_kind::literal;
  if (equality && type.is_numeric() && !is_literal)
    return user_error(
        where,
        fmt::format("{} and {} cannot be compared",
                    text->type.to_short_string(),
                    other->type.to_short_string()),
        fmt::format("CAST the text AS {}", other->type.to_short_string()));
  auto source = text;
  HERALD_TRY(cast_to(text, type, where, lenient));
  auto known = text; // of local times: whatever the session's zone is
  if (is_literal && type.kind() == type_kind::timestamp_ltz) {
    known = source;
    HERALD_TRY(
        cast_to(known, data_type::timestamp(type.precision()), where, lenient));
  }
  if (is_literal && equality && known->kind == expr_kind::call
      && !known->code->asks_context())
    return user_error(where,
                      fmt::format("'{}' is no {}", to_string(source->literal),
                                  other->type.to_short_string()));
  return absl::OkStatus();
}

} // namespace

absl::Status align_comparison(const call_site& site, expr_ptr& a, expr_ptr& b,
                              bool equality) {
  const auto x = a->type;
  const auto y = b->type;
  auto on_time_line = [](const data_type& type) {
    return type.kind() == type_kind::date || type.is_timestamp();
  };
  if (x.kind() == type_kind::null || y.kind() == type_kind::null) {
    if (x.kind() == y.kind())
      HERALD_TRY(cast_to(a, data_type::of(type_kind::integer), site.where));
    HERALD_TRY(cast_to(a, x.kind() == type_kind::null ? b->type : a->type,
                       site.where));
    return cast_to(b, a->type, site.where);
  }
  if (x.is_numeric() && y.is_numeric())
    return align_numbers(a, b, site.where);
  if (on_time_line(x) && on_time_line(y)) {
    if (x.is_timestamp() != y.is_timestamp())
      return user_error(site.where, "a DATE is not compared with a TIMESTAMP",
                        "CAST one: the date to its midnight, or the time to "
                        "its day");
    return align_times(a, b, site.where);
  }
  if (x.is_nested() || y.is_nested()) {
    auto type = common_type({x, y});
    if (!type || !equality)
      return type_error(site, equality ? "two values of one type"
                                       : "two values that have an order");
    HERALD_TRY(cast_to(a, *type, site.where));
    return cast_to(b, *type, site.where);
  }
  if (x.kind() == type_kind::variant || x.kind() == type_kind::bitmap)
    return type_error(site, "two values that can be compared");
  if ((x.is_text() && y.is_text()) || (x.is_bytes() && y.is_bytes())
      || x.kind() == y.kind())
    return absl::OkStatus();
  // As in Flink: a BOOLEAN is read as a text of its own, not the other way.
  for (auto [text, other] : {std::pair{&a, &b}, std::pair{&b, &a}})
    if (equality && (*text)->type.is_text()
        && (*text)->kind != expr_kind::literal
        && (*other)->type.kind() == type_kind::boolean)
      return cast_to(*other, data_type::of(type_kind::varchar), site.where);
  // As in Flink: a text that is no number fails, but one that is no date, and
  // no literal, equals none.
  auto lenient = [&](const expr_ptr& text, const data_type& other) {
    return equality && is_date_or_time(other)
           && text->kind != expr_kind::literal;
  };
  if (x.is_text() && !y.is_bytes())
    return align_text(a, b, equality, site.where, lenient(a, y));
  if (y.is_text() && !x.is_bytes())
    return align_text(b, a, equality, site.where, lenient(b, x));
  return type_error(site, "two values that can be compared");
}

std::optional<data_type> comparison_type(const std::vector<data_type>& types) {
  std::vector<data_type> others;
  for (const auto& type : types)
    if (!type.is_text())
      others.push_back(type);
  auto all_null
      = std::all_of(others.begin(), others.end(), [](const auto& type) {
          return type.kind() == type_kind::null;
        });
  return common_type(all_null ? types : others);
}

// -- code ---------------------------------------------------------------------

namespace {

/// IS [NOT] DISTINCT FROM: compares what is not NULL and adds what is.
class distinctness final : public function {
public:
  explicit distinctness(bool negated) : negated_(negated) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    HERALD_ASSIGN(
        auto same,
        comparison_code(comparison_op::equal)->call(self, args, rows, context));
    auto bits = allocate_bits(rows);
    auto nulls_of = [&](const vec& x, std::int64_t i) {
      auto all = ~std::uint64_t{0};
      if (x.constant)
        return x.column->null_count > 0 ? all : 0;
      return ~bit_word(x.column->validity.get(), i, rows);
    };
    const auto& equal = *same.column;
    auto all_null = equal.null_count == rows;
    for (std::int64_t i = 0; i * 64 < rows; ++i) {
      auto word = nulls_of(args[0], i) & nulls_of(args[1], i);
      if (!all_null)
        word |= bit_word(equal.values.get(), i, rows)
                & bit_word(equal.validity.get(), i, rows);
      if (!negated_)
        word = ~word;
      std::memcpy(bits->mutable_data() + i * 8, &word, 8);
    }
    return vec{make_column_of(self.type, rows, std::move(bits), {})};
  }

private:
  bool negated_;
};

/// True if a comparison with such a value has a nullable type: a ROW counts
/// by its fields.
bool may_be_unknown(const data_type& type) {
  if (type.nullable() || type.kind() != type_kind::row)
    return type.nullable();
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const field& x) { return may_be_unknown(x.type); });
}

/// True for x = x and the like of floating point, which Flink takes for true,
/// NaN or not.
bool compares_itself(const expr& a, const expr& b) {
  if (a.type.kind() != type_kind::float64
      && a.type.kind() != type_kind::float32)
    return false;
  const auto is_nan = [](const expr& x) {
    const auto* value = std::get_if<double>(&x.literal.value);
    return x.kind == expr_kind::literal && value && std::isnan(*value);
  };
  return (is_nan(a) && is_nan(b)) || (a.steady && equal(a, b));
}

/// The answer `Same` for what is not NULL.
template <bool Same>
const function* answer_code(const data_type& type) {
  if (type.kind() == type_kind::float32)
    return rows<bool(float, float)>([](float, float) { return Same; });
  return rows<bool(double, double)>([](double, double) { return Same; });
}

template <comparison_op Op>
absl::StatusOr<expr_ptr> resolve_comparison(call_site& site) {
  auto equality = Op == comparison_op::equal || Op == comparison_op::not_equal;
  if (equality && is_row_value(*site.args[0]) && is_row_value(*site.args[1])) {
    HERALD_ASSIGN(auto same, equal_parts(site, site.args[0], site.args[1]));
    return Op == comparison_op::equal
               ? absl::StatusOr<expr_ptr>(same)
               : make_call("NOT", {std::move(same)}, site.where);
  }
  // As in Flink: FLOAT = DOUBLE is as exact as its left side.
  if (equality && site.args[0]->type.kind() == type_kind::float32
      && site.args[1]->type.kind() == type_kind::float64)
    HERALD_TRY(cast_to(site.args[1], site.args[0]->type, site.where));
  HERALD_TRY(align_comparison(site, site.args[0], site.args[1], equality));
  auto nullable = may_be_unknown(site.args[0]->type)
                  || may_be_unknown(site.args[1]->type);
  constexpr auto reflexive = Op == comparison_op::equal
                             || Op == comparison_op::less_equal
                             || Op == comparison_op::greater_equal;
  const auto* code = compares_itself(*site.args[0], *site.args[1])
                         ? answer_code<reflexive>(site.args[0]->type)
                         : comparison_code(Op);
  return make_bound_call(
      std::string(site.name), std::move(site.args), code,
      data_type::of(type_kind::boolean).with_nullable(nullable), site.where);
}

template <bool Negated>
absl::StatusOr<expr_ptr> resolve_distinct(call_site& site) {
  static const auto* code = keep(std::make_unique<distinctness>(Negated));
  HERALD_TRY(align_comparison(site, site.args[0], site.args[1], true));
  const auto type = data_type::of(type_kind::boolean).with_nullable(false);
  if (compares_itself(*site.args[0], *site.args[1]))
    return make_literal({type, Negated}, site.where);
  return make_bound_call(std::string(site.name), std::move(site.args), code,
                         type, site.where);
}

/// x BETWEEN a AND b is x >= a AND x <= b; SYMMETRIC also tries (b, a).
template <bool Symmetric, bool Negated>
absl::StatusOr<expr_ptr> resolve_between(call_site& site) {
  auto within
      = [&](std::size_t low, std::size_t high) -> absl::StatusOr<expr_ptr> {
    HERALD_ASSIGN(auto above,
                  make_comparison(site, ">=", site.args[0], site.args[low]));
    HERALD_ASSIGN(auto below,
                  make_comparison(site, "<=", site.args[0], site.args[high]));
    return make_call("AND", {above, below}, site.where);
  };
  HERALD_ASSIGN(auto result, within(1, 2));
  if (Symmetric) {
    HERALD_ASSIGN(auto swapped, within(2, 1));
    HERALD_ASSIGN(result, make_call("OR", {result, swapped}, site.where));
  }
  if (Negated)
    return make_call("NOT", {result}, site.where);
  return result;
}

} // namespace

bool is_row_value(const expr& x) {
  return x.kind == expr_kind::call && x.name == "ROW";
}

namespace {

absl::StatusOr<expr_ptr> part_of(const expr_ptr& row, std::size_t index,
                                 text_position where) {
  if (is_row_value(*row))
    return row->args[index];
  auto name = row->type.fields()[index].name;
  auto length = static_cast<int>(name.size());
  return make_call(
      "FIELD",
      {row, make_literal({data_type::text(type_kind::character, length),
                          std::move(name)})},
      where);
}

} // namespace

absl::StatusOr<expr_ptr> equal_parts(const call_site& site, const expr_ptr& a,
                                     const expr_ptr& b) {
  if (b->type.kind() != type_kind::row
      || b->type.fields().size() != a->type.fields().size())
    return type_error(site, "rows of one length");
  expr_ptr result;
  for (std::size_t i = 0; i < a->type.fields().size(); ++i) {
    HERALD_ASSIGN(auto x, part_of(a, i, site.where));
    HERALD_ASSIGN(auto y, part_of(b, i, site.where));
    HERALD_ASSIGN(auto same, make_comparison(site, "=", x, y));
    if (!result) {
      result = std::move(same);
      continue;
    }
    HERALD_ASSIGN(result, make_call("AND", {result, same}, site.where));
  }
  return result;
}

absl::StatusOr<expr_ptr> make_comparison(const call_site& site,
                                         std::string_view op, expr_ptr a,
                                         expr_ptr b) {
  return make_call(op, {std::move(a), std::move(b)}, site.where);
}

void register_comparison(registry& to) {
  using op = comparison_op;
  to.add_special("=", 2, 2, resolve_comparison<op::equal>);
  to.add_special("<>", 2, 2, resolve_comparison<op::not_equal>);
  to.add_special("<", 2, 2, resolve_comparison<op::less>);
  to.add_special("<=", 2, 2, resolve_comparison<op::less_equal>);
  to.add_special(">", 2, 2, resolve_comparison<op::greater>);
  to.add_special(">=", 2, 2, resolve_comparison<op::greater_equal>);
  to.alias("!=", "<>");
  to.add_special("IS DISTINCT FROM", 2, 2, resolve_distinct<false>);
  to.add_special("IS NOT DISTINCT FROM", 2, 2, resolve_distinct<true>);
  to.add_special("BETWEEN", 3, 3, resolve_between<false, false>);
  to.add_special("NOT BETWEEN", 3, 3, resolve_between<false, true>);
  to.add_special("BETWEEN SYMMETRIC", 3, 3, resolve_between<true, false>);
  to.add_special("NOT BETWEEN SYMMETRIC", 3, 3, resolve_between<true, true>);
  register_in_list(to);
}

} // namespace herald
