#include "engine/plan/bind_over.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/catalog_list.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using kind_type = over_function::kind_type;
using bound_kind = over_bound::kind_type;

struct window_function {
  std::string_view name;
  kind_type kind;
};

constexpr window_function window_functions[]
    = {{"ROW_NUMBER", kind_type::row_number},
       {"RANK", kind_type::rank},
       {"DENSE_RANK", kind_type::dense_rank},
       {"PERCENT_RANK", kind_type::percent_rank},
       {"CUME_DIST", kind_type::cume_dist},
       {"NTILE", kind_type::ntile},
       {"LAG", kind_type::lag},
       {"LEAD", kind_type::lag}};

std::optional<kind_type> kind_of(std::string_view upper_name) {
  for (const auto& x : window_functions)
    if (x.name == upper_name)
      return x.kind;
  return std::nullopt;
}

/// The value of a constant whole number.
absl::StatusOr<std::int64_t>
constant_number(const expr_ptr& x, text_position where, std::string_view what) {
  const auto folded = fold_constants(x);
  const auto* value = folded->kind == expr_kind::literal
                          ? std::get_if<std::int64_t>(&folded->literal.value)
                          : nullptr;
  if (!value || !folded->type.is_integer())
    return user_error(where,
                      fmt::format("{} must be a constant whole number", what));
  return *value;
}

/// An offset of RANGE as the column of ORDER BY counts.
absl::StatusOr<scalar> range_offset(const expr_ptr& x, text_position where,
                                    const data_type& type) {
  const auto folded = fold_constants(x);
  if (folded->kind != expr_kind::literal || folded->literal.is_null())
    return user_error(where, "the offset of RANGE must be a constant");
  const auto ticks = data_type::of(type_kind::bigint);
  if (folded->type.kind() == type_kind::interval_day) {
    const auto ms = std::get<std::int64_t>(folded->literal.value);
    if (has_wide_ticks(type))
      return scalar{data_type::decimal(decimal_precision_max, 0),
                    int128{ms} * 1'000'000};
    if (type.is_timestamp())
      return scalar{ticks, ms * (type.ticks_per_second() / 1000)};
    if (type.kind() == type_kind::time)
      return scalar{ticks, ms};
    if (type.kind() == type_kind::date && ms % ms_per_day == 0)
      return scalar{ticks, ms / ms_per_day};
  } else if (folded->type.is_numeric() && type.is_numeric()) {
    HERALD_ASSIGN(const auto cast, make_cast(folded, type, false, where));
    const auto value = fold_constants(cast);
    if (value->kind == expr_kind::literal && !value->literal.is_null())
      return value->literal;
  }
  return user_error(
      where,
      fmt::format("an offset of type {} does not suit ORDER BY "
                  "a {}",
                  folded->type.to_short_string(), type.to_short_string()),
      type.is_timestamp() || type.kind() == type_kind::date ? "INTERVAL '1' DAY"
                                                            : "");
}

bool is_negative(const scalar& x) {
  if (const auto* number = std::get_if<std::int64_t>(&x.value))
    return *number < 0;
  if (const auto* number = std::get_if<double>(&x.value))
    return *number < 0;
  const auto* number = std::get_if<int128>(&x.value);
  return number && *number < 0;
}

/// The parts of a window, those of the one it builds on included.
struct window_parts {
  const std::vector<sql::expression_ptr>* partition = nullptr;
  const std::vector<sql::order_item>* order = nullptr;
  const sql::window_frame* frame = nullptr;
  text_position where;
};

absl::StatusOr<window_parts>
parts_of(const sql::window_specification& x,
         const std::vector<sql::named_window>* windows, int depth = 0) {
  window_parts result;
  result.where = x.where;
  if (x.base) {
    const auto count = windows ? windows->size() : 0;
    std::vector<std::string> names;
    const sql::window_specification* found = nullptr;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back((*windows)[i].name.name);
      if (names.back() == x.base->name)
        found = &(*windows)[i].window;
    }
    if (!found || depth > static_cast<int>(count)) {
      const auto& name = x.base->name;
      if (found)
        return user_error(
            x.base->where,
            fmt::format("window '{}' is defined by itself", name));
      return user_error(x.base->where,
                        fmt::format("there is no window '{}'", name),
                        did_you_mean(name, names));
    }
    HERALD_ASSIGN(result, parts_of(*found, windows, depth + 1));
  }
  if (!x.partition_by.empty())
    result.partition = &x.partition_by;
  if (!x.order_by.empty())
    result.order = &x.order_by;
  if (x.frame)
    result.frame = &*x.frame;
  return result;
}

/// Binds the frame of an aggregate.
class frame_binder {
public:
  frame_binder(expression_binder& binder, const std::vector<order_term>& order)
      : binder_(binder), order_(order) {}

  absl::StatusOr<over_frame> bind(const sql::window_frame* x,
                                  text_position where) {
    over_frame result;
    if (!x) {
      if (order_.empty())
        result.end.kind = bound_kind::unbounded_following;
      return result;
    }
    result.rows = x->rows;
    HERALD_ASSIGN(result.start, bind_bound(x->start, x->rows, where));
    HERALD_ASSIGN(result.end, bind_bound(x->end, x->rows, where));
    if (result.start.kind == bound_kind::unbounded_following
        || result.end.kind == bound_kind::unbounded_preceding
        || result.start.kind > result.end.kind)
      return user_error(where, "this frame ends before it starts",
                        "ROWS BETWEEN 1 PRECEDING AND CURRENT ROW");
    return result;
  }

private:
  absl::StatusOr<over_bound> bind_bound(const sql::frame_bound& x, bool rows,
                                        text_position where) {
    over_bound result;
    result.kind = static_cast<bound_kind>(x.kind);
    if (!x.value)
      return result;
    HERALD_ASSIGN(const auto value, binder_.bind(*x.value));
    if (rows) {
      HERALD_ASSIGN(const auto number, constant_number(value, x.value->where,
                                                       "the offset of ROWS"));
      result.offset = {data_type::of(type_kind::bigint), number};
    } else {
      if (order_.size() != 1)
        return user_error(where, "RANGE with an offset needs an ORDER BY of "
                                 "one column");
      HERALD_ASSIGN(result.offset,
                    range_offset(value, x.value->where, order_[0].value->type));
    }
    if (is_negative(result.offset))
      return user_error(x.value->where, "an offset must not be negative");
    return result;
  }

  expression_binder& binder_;
  const std::vector<order_term>& order_;
};

/// True if the frame is never empty, as Flink knows it: with an offset it may
/// be, even if it holds its own row.
bool is_never_empty(const over_frame& x) {
  const auto has_offset = [](const over_bound& bound) {
    return bound.kind == bound_kind::preceding
           || bound.kind == bound_kind::following;
  };
  return !has_offset(x.start) && !has_offset(x.end);
}

aggregate_call plain_call(std::string name, std::vector<expr_ptr> args,
                          const data_type& type) {
  aggregate_call result;
  result.name = std::move(name);
  result.args = std::move(args);
  result.type = type;
  return result;
}

absl::StatusOr<over_function> make_lag(const std::string& name,
                                       std::vector<expr_ptr> args,
                                       text_position at) {
  if (args.empty() || args.size() > 3)
    return user_error(at, fmt::format("{} takes 1 to 3 arguments", name),
                      fmt::format("{}(value, rows, default)", name));
  over_function result;
  result.kind = kind_type::lag;
  result.offset = 1;
  if (args.size() > 1) {
    HERALD_ASSIGN(result.offset,
                  constant_number(args[1], args[1]->where,
                                  fmt::format("the offset of {}", name)));
  }
  if (name == "LEAD")
    result.offset = -result.offset;
  auto type = args[0]->type.with_nullable(true);
  std::vector<expr_ptr> kept = {args[0]};
  if (args.size() == 3) {
    const auto common = common_type({args[0]->type, args[2]->type});
    if (!common)
      return user_error(args[2]->where,
                        fmt::format("the default of {} is of type {}, its "
                                    "value of {}",
                                    name, args[2]->type.to_short_string(),
                                    args[0]->type.to_short_string()),
                        "add a CAST");
    type = common->with_nullable(args[0]->type.nullable()
                                 || args[2]->type.nullable());
    for (const auto& arg : {args[0], args[2]}) {
      HERALD_ASSIGN(auto cast,
                    make_cast(arg, type.with_nullable(arg->type.nullable()),
                              false, arg->where));
      kept.push_back(std::move(cast));
    }
    kept.erase(kept.begin());
  }
  result.call = plain_call(name, std::move(kept), type);
  return result;
}

absl::StatusOr<over_function> make_rank(kind_type kind, const std::string& name,
                                        const std::vector<expr_ptr>& args,
                                        text_position at) {
  over_function result;
  result.kind = kind;
  const bool is_ntile = kind == kind_type::ntile;
  if (args.size() != (is_ntile ? 1 : 0))
    return user_error(
        at, fmt::format("{} takes {}", name,
                        is_ntile ? "one argument: the number of buckets"
                                 : "no arguments"));
  if (is_ntile) {
    HERALD_ASSIGN(result.offset, constant_number(args[0], args[0]->where,
                                                 "the argument of NTILE"));
    if (result.offset <= 0)
      return user_error(
          args[0]->where,
          fmt::format("NTILE needs 1 bucket or more, not {}", result.offset));
  }
  const bool is_share
      = kind == kind_type::percent_rank || kind == kind_type::cume_dist;
  result.call = plain_call(
      name, args,
      data_type::of(is_share ? type_kind::float64 : type_kind::bigint)
          .with_nullable(false));
  return result;
}

} // namespace

bool is_over_function(std::string_view upper_name) {
  return kind_of(upper_name).has_value();
}

bool equal(const order_term& a, const order_term& b) {
  return a.descending == b.descending && a.nulls_first == b.nulls_first
         && equal(*a.value, *b.value);
}

order_term make_order_term(expr_ptr value, const sql::order_item& item) {
  return {std::move(value), item.descending,
          item.nulls_first.value_or(!item.descending)};
}

absl::Status check_sortable(const expr& x, text_position where) {
  if (!x.type.is_nested() && x.type.kind() != type_kind::null)
    return absl::OkStatus();
  return user_error(where, fmt::format("values of type {} have no order",
                                       x.type.to_short_string()));
}

absl::StatusOr<over_list::entry>
expression_binder::bind_window(const sql::window_specification& x,
                               const sql::window_frame*& frame) {
  HERALD_ASSIGN(const auto parts, parts_of(x, overs_->windows));
  over_list::entry result;
  if (parts.partition) {
    HERALD_ASSIGN(result.partition, bind_all(*parts.partition));
  }
  if (parts.order)
    for (const auto& item : *parts.order) {
      HERALD_ASSIGN(auto value, bind(*item.value));
      HERALD_TRY(check_sortable(*value, item.value->where));
      // A constant orders nothing.
      if (fold_constants(value)->kind != expr_kind::literal)
        result.order.push_back(make_order_term(std::move(value), item));
    }
  frame = parts.frame;
  return result;
}

absl::StatusOr<over_function> expression_binder::bind_over_function(
    const sql::call& x, const over_list::entry& window,
    const sql::window_frame* frame, text_position at) {
  const auto name = x.upper_name();
  std::vector<expr_ptr> args;
  for (const auto& arg : x.args) {
    if (arg->as<sql::star>() && name == "COUNT" && x.args.size() == 1)
      continue;
    HERALD_ASSIGN(auto bound, bind(*arg));
    args.push_back(std::move(bound));
  }
  if (const auto kind = kind_of(name)) {
    if (x.distinct || x.filter)
      return user_error(at,
                        fmt::format("{} takes no DISTINCT or FILTER", name));
    if (frame)
      return user_error(at, fmt::format("{} takes no ROWS or RANGE", name));
    if (window.order.empty())
      return user_error(
          at, fmt::format("{} needs an ORDER BY in its window", name),
          fmt::format("{}() OVER (PARTITION BY … ORDER BY …)", name));
    if (x.nulls == sql::null_treatment::ignore)
      return user_error(at,
                        fmt::format("{} IGNORE NULLS is not supported", name));
    return *kind == kind_type::lag ? make_lag(name, std::move(args), at)
                                   : make_rank(*kind, name, args, at);
  }
  if (!is_aggregate(name))
    return user_error(at, fmt::format("{} is neither an aggregate nor a window "
                                      "function",
                                      name));
  if (x.nulls == sql::null_treatment::respect)
    return user_error(at, fmt::format("{} RESPECT NULLS is not supported: NULL "
                                      "is skipped",
                                      name));
  over_function result;
  frame_binder frames(*this, window.order);
  HERALD_ASSIGN(result.frame, frames.bind(frame, at));
  expr_ptr filter;
  if (x.filter) {
    HERALD_ASSIGN(filter, bind_condition(*x.filter));
  }
  HERALD_ASSIGN(result.call, make_aggregate(name, std::move(args), x.distinct,
                                            std::move(filter),
                                            is_never_empty(result.frame), at));
  return result;
}

absl::StatusOr<expr_ptr> expression_binder::bind_over(const sql::call& x,
                                                      text_position at) {
  const auto name = x.upper_name();
  if (!overs_)
    return user_error(at,
                      fmt::format("{} OVER cannot stand in {}", name, clause_),
                      "compute it in a subquery, and filter that");
  if (inside_over_ || inside_aggregate_)
    return user_error(at, fmt::format("{} OVER stands inside another window or "
                                      "aggregate",
                                      name));
  if (!x.order_by.empty() || !x.within_group.empty())
    return user_error(at, "ORDER BY inside an aggregate is not supported yet");
  inside_over_ = true;
  const sql::window_frame* frame = nullptr;
  auto entry = bind_window(*x.over, frame);
  auto function = entry.ok() ? bind_over_function(x, *entry, frame, at)
                             : absl::StatusOr<over_function>(entry.status());
  inside_over_ = false;
  HERALD_TRY(function.status());
  entry->function = *std::move(function);
  entry->where = at;
  const auto index = static_cast<int>(overs_->calls.size());
  overs_->calls.push_back(*std::move(entry));
  return at_position(make_column(over_base + index,
                                 overs_->calls.back().function.call.type, name),
                     at);
}

} // namespace herald
