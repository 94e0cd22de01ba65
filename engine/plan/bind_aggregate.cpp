#include "engine/plan/bind_expression.hpp"
#include "engine/sql/ast_query.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// What IGNORE NULLS and RESPECT NULLS mean: the first is a FILTER.
absl::Status treat_nulls(const sql::call& x, text_position at,
                         const std::vector<expr_ptr>& args, expr_ptr& filter) {
  const auto name = x.upper_name();
  const bool edge = name == "FIRST_VALUE" || name == "LAST_VALUE";
  if (x.nulls == sql::null_treatment::none)
    return absl::OkStatus();
  if ((!edge && name != "ARRAY_AGG") || args.empty())
    return user_error(at,
                      fmt::format("{} takes no IGNORE or RESPECT NULLS", name));
  if (x.nulls == sql::null_treatment::respect)
    return edge
               ? user_error(at, fmt::format("{} always leaves NULLs out", name))
               : absl::OkStatus();
  HERALD_ASSIGN(auto known, make_call("IS NOT NULL", {args[0]}, at));
  filter = filter ? conjunction({filter, known}) : known;
  return absl::OkStatus();
}

/// JSON aggregates take what to do with NULLs as their last argument.
void append_null_clause(const sql::call& x, const std::string& name,
                        std::vector<expr_ptr>& args) {
  using null_type = sql::json_clauses::null_type;
  if (name != "JSON_ARRAYAGG" && name != "JSON_OBJECTAGG")
    return;
  auto keeps = name == "JSON_OBJECTAGG";
  if (x.json && x.json->on_null)
    keeps = *x.json->on_null == null_type::keep;
  std::string word = keeps ? "NULL" : "ABSENT";
  const auto length = static_cast<int>(word.size());
  args.push_back(make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       std::move(word)}));
}

} // namespace

absl::Status expression_binder::bind_aggregate_inputs(
    const sql::call& x, std::vector<expr_ptr>& args, expr_ptr& filter) {
  const auto name = x.upper_name();
  for (const auto& arg : x.args) {
    if (arg->as<sql::star>() && name == "COUNT" && x.args.size() == 1)
      continue;
    if (arg->as<sql::star>())
      return user_error(arg->where, fmt::format("{} does not take *", name),
                        "COUNT(*) counts rows; others take a column");
    HERALD_ASSIGN(auto bound, bind(*arg));
    args.push_back(std::move(bound));
  }
  append_null_clause(x, name, args);
  if (x.filter && name.rfind("JSON_", 0) == 0)
    return user_error(x.filter->where, fmt::format("{} takes no FILTER", name),
                      "ABSENT ON NULL leaves out values that are NULL: CASE "
                      "WHEN … THEN … END");
  if (x.filter) {
    HERALD_ASSIGN(filter, bind(*x.filter));
    if (filter->type.kind() != type_kind::boolean)
      return user_error(x.filter->where,
                        fmt::format("FILTER needs a BOOLEAN condition, not {}",
                                    filter->type.to_short_string()));
  }
  return absl::OkStatus();
}

absl::StatusOr<expr_ptr>
expression_binder::bind_aggregate(const sql::call& x, text_position at,
                                  const user_function* function) {
  const auto name = x.upper_name();
  if (!aggregates_)
    return user_error(
        at, fmt::format("the aggregate {} cannot stand in {}", name, clause_),
        clause_ == "WHERE" ? "use HAVING" : "");
  if (inside_aggregate_)
    return user_error(
        at, fmt::format("the aggregate {} stands inside another", name));
  if (!x.order_by.empty() || !x.within_group.empty())
    return user_error(at, "ORDER BY inside an aggregate is not supported yet");
  std::vector<expr_ptr> args;
  expr_ptr filter;
  inside_aggregate_ = true;
  if (x.upper_name() == "COUNT" && x.args.empty())
    return user_error(at, "COUNT counts rows, COUNT(*), or values");
  const auto bound = bind_aggregate_inputs(x, args, filter);
  inside_aggregate_ = false;
  HERALD_TRY(bound);
  HERALD_TRY(treat_nulls(x, at, args, filter));
  HERALD_ASSIGN(
      auto call,
      function ? make_user_aggregate(*function, std::move(args), x.distinct,
                                     std::move(filter), at)
               : make_aggregate(name, std::move(args), x.distinct,
                                std::move(filter), aggregates_->grouped, at));
  auto& calls = aggregates_->calls;
  std::size_t index = 0;
  while (index < calls.size() && !equal(calls[index], call))
    ++index;
  const auto type = call.type;
  if (index == calls.size())
    calls.push_back(std::move(call));
  return at_position(
      make_column(static_cast<int>(names_.columns().size() + index), type,
                  name),
      at);
}

} // namespace herald
