#include "engine/expr/cast.hpp"

#include "engine/expr/registry.hpp"

#include <utility>

namespace herald {

namespace {

bool is_date_or_time(const data_type& x) {
  return x.kind() == type_kind::date || x.kind() == type_kind::time
         || x.is_timestamp();
}

bool can_cast_times(type_kind from, type_kind to) {
  if (from == to)
    return true;
  if (from == type_kind::date)
    return to != type_kind::time;
  if (from == type_kind::time)
    return to != type_kind::date;
  return true;
}

bool can_cast_nested(const data_type& from, const data_type& to) {
  if (from.kind() != to.kind() || from.fields().size() != to.fields().size())
    return false;
  for (std::size_t i = 0; i < from.fields().size(); ++i)
    if (!can_cast(from.fields()[i].type, to.fields()[i].type))
      return false;
  return true;
}

/// The parts that a cast does not touch, under another type.
column_ptr retype(const column& x, const data_type& to) {
  auto result = std::make_shared<column>(x);
  result->type = to;
  return result;
}

/// True if values of `from` are values of `to` as they lie in memory.
bool is_same_storage(const data_type& from, const data_type& to) {
  if (from.is_nested() || from.kind() == type_kind::null)
    return from.same_kind(to);
  if (from.kind() == type_kind::decimal)
    return to.kind() == type_kind::decimal && from.scale() == to.scale()
           && from.precision() <= to.precision();
  if (from.is_text() && to.kind() == type_kind::varchar)
    return from.precision() <= to.precision();
  if (from.is_bytes() && to.kind() == type_kind::varbinary)
    return from.precision() <= to.precision();
  return from.same_kind(to)
         && !(from.is_text() && to.kind() == type_kind::character);
}

/// The code of a cast; the call's type says what it casts to.
class cast_function final : public function {
public:
  explicit cast_function(bool lenient) : lenient_(lenient) {}

  bool can_fail(const expr& self) const override {
    const auto& from = self.args[0]->type;
    const auto& to = self.type;
    if (lenient_ || is_same_storage(from, to))
      return false;
    if (from.is_nested() || to.is_nested())
      return true;
    if (from.is_text())
      return !to.is_text() && !to.is_bytes();
    return to.is_timestamp()
           || (to.kind() == type_kind::decimal
               && (from.kind() == type_kind::float32
                   || from.kind() == type_kind::float64));
  }

  bool asks_context() const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t,
                           const eval_context& context) const override {
    zone local(context.time_zone);
    HERALD_ASSIGN(auto result, cast_column(args[0].column, self.type,
                                           {lenient_, local, self.where}));
    return vec{std::move(result)};
  }

private:
  bool lenient_;
};

/// A cast that no zone changes, and so may be folded.
class plain_cast final : public function {
public:
  explicit plain_cast(const function* inner) : inner_(inner) {}

  bool can_fail(const expr& self) const override {
    return inner_->can_fail(self);
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    return inner_->call(self, args, rows, context);
  }

private:
  const function* inner_;
};

/// True if LTZ occurs in `x`.
bool knows_zone(const data_type& x) {
  if (x.kind() == type_kind::timestamp_ltz)
    return true;
  if (x.is_nested())
    for (const auto& field : x.fields())
      if (knows_zone(field.type))
        return true;
  return false;
}

} // namespace

bool can_cast(const data_type& from, const data_type& to) {
  if (from.kind() == type_kind::null || from.same_kind(to))
    return true;
  if (from.kind() == type_kind::variant || to.kind() == type_kind::variant
      || to.kind() == type_kind::bitmap)
    return false;
  if (to.is_text())
    return true;
  if (from.is_nested() || to.is_nested())
    return can_cast_nested(from, to);
  if (from.is_text())
    return to.kind() != type_kind::interval_day
           && to.kind() != type_kind::interval_month;
  if (to.is_bytes())
    return from.is_bytes();
  auto is_number = [](const data_type& x) {
    return x.is_numeric() || x.kind() == type_kind::boolean;
  };
  if (is_number(from))
    return is_number(to);
  if (is_date_or_time(from) && is_date_or_time(to))
    return can_cast_times(from.kind(), to.kind());
  return false;
}

absl::StatusOr<column_ptr> cast_column(const column_ptr& x, const data_type& to,
                                       cast_rules rules) {
  const auto& from = x->type;
  if (from.kind() == type_kind::null)
    return null_column(to, x->length);
  if (is_same_storage(from, to))
    return retype(*x, to);
  switch (to.kind()) {
  case type_kind::boolean:
    return cast_to_boolean(*x, to, rules);
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint:
    return cast_to_integer(*x, to, rules);
  case type_kind::float32:
  case type_kind::float64:
    return cast_to_float(*x, to, rules);
  case type_kind::decimal:
    return cast_to_decimal(*x, to, rules);
  case type_kind::character:
  case type_kind::varchar:
    return cast_to_text(*x, to, rules);
  case type_kind::binary:
  case type_kind::varbinary:
    return cast_to_bytes(*x, to);
  case type_kind::date:
  case type_kind::time:
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    return cast_to_time(*x, to, rules);
  default:
    return cast_nested(*x, to, rules);
  }
}

absl::StatusOr<expr_ptr> make_cast(expr_ptr x, const data_type& type,
                                   bool lenient, text_position where) {
  static const auto* strict = keep(std::make_unique<cast_function>(false));
  static const auto* lax = keep(std::make_unique<cast_function>(true));
  static const auto* strict_plain = keep(std::make_unique<plain_cast>(strict));
  static const auto* lax_plain = keep(std::make_unique<plain_cast>(lax));
  const auto& from = x->type;
  auto nullable = from.nullable() || lenient;
  auto zoned = knows_zone(from) != knows_zone(type)
               || (knows_zone(from) && !from.same_kind(type));
  if (from.same_kind(type) && (nullable == from.nullable() || !lenient))
    return x;
  if (from.same_kind(type)) { // TRY_CAST may be NULL, says its type
    auto copy = *x;
    copy.type = from.with_nullable(true);
    return std::make_shared<const expr>(std::move(copy));
  }
  if (x->kind == expr_kind::literal && x->literal.is_null()) {
    scalar null{type.with_nullable(true), {}};
    return make_literal(std::move(null), where);
  }
  if (!can_cast(from, type))
    return user_error(where, fmt::format("cannot cast {} to {}",
                                         from.to_short_string(),
                                         type.to_short_string()));
  const auto* code
      = zoned ? (lenient ? lax : strict) : (lenient ? lax_plain : strict_plain);
  std::vector<expr_ptr> args;
  args.push_back(std::move(x));
  return make_bound_call(lenient ? "TRY_CAST" : "CAST", std::move(args), code,
                         type.with_nullable(nullable), where);
}

} // namespace herald
