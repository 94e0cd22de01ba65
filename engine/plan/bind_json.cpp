#include "engine/plan/bind_expression.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/sql/ast_query.hpp"

#include <fmt/format.h>

// The JSON functions' clauses become arguments; engine/expr/json_read.cpp and
// json_make.cpp say which.

namespace herald {

namespace {

using behaviour_kind = sql::json_behaviour::kind_type;

expr_ptr word(std::string text, text_position at) {
  const auto length = static_cast<int>(text.size());
  return make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       std::move(text)},
      at);
}

std::string word_of(behaviour_kind kind) {
  switch (kind) {
  case behaviour_kind::error:
    return "ERROR";
  case behaviour_kind::empty:
  case behaviour_kind::empty_array:
    return "EMPTY ARRAY";
  case behaviour_kind::empty_object:
    return "EMPTY OBJECT";
  case behaviour_kind::true_value:
    return "TRUE";
  case behaviour_kind::false_value:
    return "FALSE";
  case behaviour_kind::unknown:
    return "UNKNOWN";
  default:
    return "NULL";
  }
}

std::string word_of(sql::json_clauses::wrapper_type wrapper) {
  using type = sql::json_clauses::wrapper_type;
  return wrapper == type::without       ? "WITHOUT"
         : wrapper == type::conditional ? "CONDITIONAL"
                                        : "UNCONDITIONAL";
}

/// What may stand before ON EMPTY and ON ERROR.
absl::Status check_behaviour(const std::string& function,
                             const std::string& behaviour, bool on_empty,
                             text_position at) {
  const bool exists = function == "JSON_EXISTS";
  const bool truth
      = behaviour == "TRUE" || behaviour == "FALSE" || behaviour == "UNKNOWN";
  const bool empty = behaviour.rfind("EMPTY", 0) == 0;
  const bool fits = exists                   ? truth || behaviour == "ERROR"
                    : behaviour == "DEFAULT" ? function == "JSON_VALUE"
                    : empty                  ? function == "JSON_QUERY"
                                             : !truth;
  if (fits && !(exists && on_empty))
    return absl::OkStatus();
  return user_error(at, fmt::format("{} knows no {} ON {}", function, behaviour,
                                    on_empty ? "EMPTY" : "ERROR"));
}

} // namespace

bool is_json_call(std::string_view name) {
  for (const std::string_view known :
       {"JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY",
        "JSON"})
    if (name == known)
      return true;
  return false;
}

absl::Status expression_binder::bind_behaviour(const std::string& function,
                                               const sql::json_behaviour& x,
                                               bool on_empty, text_position at,
                                               std::vector<expr_ptr>& args) {
  const std::string place = on_empty ? "ON EMPTY" : "ON ERROR";
  const bool value = x.kind == behaviour_kind::value;
  HERALD_TRY(check_behaviour(function, value ? "DEFAULT" : word_of(x.kind),
                             on_empty, at));
  if (!value) {
    args.push_back(word(place, at));
    args.push_back(word(word_of(x.kind), at));
    return absl::OkStatus();
  }
  args.push_back(word("DEFAULT " + place, at));
  HERALD_ASSIGN(auto bound, bind(*x.value));
  args.push_back(fold_constants(bound));
  return absl::OkStatus();
}

absl::StatusOr<expr_ptr> expression_binder::bind_json(const sql::call& x,
                                                      text_position at) {
  const auto name = x.upper_name();
  if (name == "JSON")
    return user_error(at, "JSON() can only be a value of JSON_OBJECT or an "
                          "element of JSON_ARRAY");
  if (name == "JSON_OBJECT" || name == "JSON_ARRAY")
    return bind_json_maker(x, at);
  HERALD_ASSIGN(auto args, bind_all(x.args));
  if (x.json) {
    const auto& clauses = *x.json;
    if (clauses.returning) {
      HERALD_ASSIGN(const auto type, bind_type(*clauses.returning));
      args.push_back(word("RETURNING", at));
      args.push_back(make_literal({type.with_nullable(true), {}}, at));
    }
    if (clauses.wrapper) {
      args.push_back(word("WRAPPER", at));
      args.push_back(word(word_of(*clauses.wrapper), at));
    }
    if (clauses.on_empty) {
      HERALD_TRY(bind_behaviour(name, *clauses.on_empty, true, at, args));
    }
    if (clauses.on_error) {
      HERALD_TRY(bind_behaviour(name, *clauses.on_error, false, at, args));
    }
  }
  return make_call(name, std::move(args), at);
}

absl::StatusOr<expr_ptr> expression_binder::bind_json_maker(const sql::call& x,
                                                            text_position at) {
  using null_type = sql::json_clauses::null_type;
  const auto name = x.upper_name();
  auto keeps = name == "JSON_OBJECT";
  if (x.json && x.json->on_null)
    keeps = *x.json->on_null == null_type::keep;
  std::vector<expr_ptr> args{word(keeps ? "NULL" : "ABSENT", at)};
  for (const auto& arg : x.args) {
    const auto* inner = arg->as<sql::call>();
    const bool is_json
        = inner && inner->upper_name() == "JSON" && inner->args.size() == 1;
    HERALD_ASSIGN(auto bound, bind(is_json ? *inner->args[0] : *arg));
    if (is_json) {
      HERALD_ASSIGN(bound, make_call("$JSON", {std::move(bound)}, arg->where));
    }
    args.push_back(std::move(bound));
  }
  return make_call(name, std::move(args), at);
}

} // namespace herald
