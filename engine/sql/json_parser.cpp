#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

using behaviour_kind = json_behaviour::kind_type;

json_clauses& clauses_of(call& of) {
  if (!of.json)
    of.json = std::make_unique<json_clauses>();
  return *of.json;
}

/// Reads `NULL ON NULL` or `ABSENT ON NULL` if it is there.
bool accept_null_clause(cursor& in, call& into) {
  auto keep = in.accept("NULL", "ON", "NULL");
  if (!keep && !in.accept("ABSENT", "ON", "NULL"))
    return false;
  clauses_of(into).on_null = keep ? json_clauses::null_type::keep
                                  : json_clauses::null_type::leave_out;
  return true;
}

/// Reads `[KEY] k VALUE v` or `k : v`.
void read_key_value(cursor& in, call& into) {
  if (in.at("KEY") && in.peek(1).what != term("VALUE"))
    in.skip();
  into.args.push_back(read_expression(in));
  if (!in.accept(":"))
    in.expect("VALUE");
  into.args.push_back(read_expression(in));
}

/// Reads the arguments of JSON_OBJECT and JSON_ARRAY.
void read_members(cursor& in, call& into, bool with_keys) {
  if (in.at(")") || accept_null_clause(in, into))
    return;
  do {
    if (with_keys)
      read_key_value(in, into);
    else
      into.args.push_back(read_expression(in));
  } while (in.accept(","));
  accept_null_clause(in, into);
}

json_behaviour read_behaviour(cursor& in) {
  json_behaviour result;
  if (in.accept("NULL")) {
    result.kind = behaviour_kind::null;
  } else if (in.accept("ERROR")) {
    result.kind = behaviour_kind::error;
  } else if (in.accept("TRUE")) {
    result.kind = behaviour_kind::true_value;
  } else if (in.accept("FALSE")) {
    result.kind = behaviour_kind::false_value;
  } else if (in.accept("UNKNOWN")) {
    result.kind = behaviour_kind::unknown;
  } else if (in.accept("EMPTY", "ARRAY")) {
    result.kind = behaviour_kind::empty_array;
  } else if (in.accept("EMPTY", "OBJECT")) {
    result.kind = behaviour_kind::empty_object;
  } else if (in.accept("EMPTY")) {
    result.kind = behaviour_kind::empty;
  } else {
    in.expect("DEFAULT");
    result.kind = behaviour_kind::value;
    result.value = read_expression(in);
  }
  return result;
}

/// Reads `… ON EMPTY` and `… ON ERROR`, in any order, each if it is there.
void read_behaviours(cursor& in, call& into) {
  while (!in.at(")") && !in.at_end()) {
    auto where = in.here();
    auto behaviour = read_behaviour(in);
    in.expect("ON");
    auto on_empty = in.accept("EMPTY");
    if (!on_empty)
      in.expect("ERROR");
    auto& clauses = clauses_of(into);
    auto& place = on_empty ? clauses.on_empty : clauses.on_error;
    if (place)
      in.fail(where, "this clause stands twice");
    place = std::move(behaviour);
  }
}

/// Reads `WITHOUT WRAPPER`, `WITH CONDITIONAL ARRAY WRAPPER`, …
void read_wrapper(cursor& in, call& into) {
  using wrapper = json_clauses::wrapper_type;
  if (!in.at_any("WITH", "WITHOUT"))
    return;
  auto kind = wrapper::without;
  if (in.accept("WITH")) {
    kind = in.accept("CONDITIONAL") ? wrapper::conditional
                                    : wrapper::unconditional;
    in.accept("UNCONDITIONAL");
  } else {
    in.skip();
  }
  in.accept("ARRAY");
  in.expect("WRAPPER");
  clauses_of(into).wrapper = kind;
}

/// Reads the arguments of JSON_EXISTS, JSON_VALUE and JSON_QUERY.
void read_path_function(cursor& in, term function, call& into) {
  into.args.push_back(read_expression(in));
  in.expect(",");
  into.args.push_back(read_expression(in));
  if (function != term("JSON_EXISTS") && in.accept("RETURNING"))
    clauses_of(into).returning = read_type(in, false);
  if (function == term("JSON_QUERY"))
    read_wrapper(in, into);
  read_behaviours(in, into);
}

} // namespace

void read_json_arguments(cursor& in, term function, call& into) {
  if (function == term("JSON_OBJECT")) {
    read_members(in, into, true);
  } else if (function == term("JSON_ARRAY")) {
    read_members(in, into, false);
  } else if (function == term("JSON_OBJECTAGG")) {
    read_key_value(in, into);
    accept_null_clause(in, into);
  } else if (function == term("JSON_ARRAYAGG")) {
    into.distinct = in.accept("DISTINCT");
    into.args.push_back(read_expression(in));
    if (in.accept("ORDER", "BY"))
      into.order_by = read_order_items(in);
    accept_null_clause(in, into);
  } else {
    read_path_function(in, function, into);
  }
}

} // namespace herald::sql
