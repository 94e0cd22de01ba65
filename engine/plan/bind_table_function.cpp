#include "engine/expr/aggregate.hpp"
#include "engine/expr/registry.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/sql_session.hpp"
#include "engine/plan/window_call.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// `name` is no table function; `known`: it is another function.
absl::Status no_table_function(const std::string& name, bool known,
                               const sql_session* session, text_position at) {
  if (known)
    return user_error(at, fmt::format("{} is no table function", name),
                      fmt::format("it gives one value: SELECT {}(…)", name));
  std::vector<std::string> names = {
      "TUMBLE", "HOP", "CUMULATE", "SESSION", "TO_CHANGELOG", "FROM_CHANGELOG"};
  if (session)
    for (auto& mine : session->table_functions(session->catalogs().current()))
      names.push_back(std::move(mine));
  const auto near = nearest_name(name, names);
  return user_error(at, fmt::format("there is no table function '{}'", name),
                    near.empty() ? "CREATE FUNCTION makes one of a library"
                                 : fmt::format("did you mean {}?", near));
}

} // namespace

absl::StatusOr<expr_ptr> expression_binder::bind_table_call(const sql::call& x,
                                                            text_position at) {
  const auto function
      = session_ ? session_->find_function(x.function) : nullptr;
  if (!function || function->type() != function_type::table) {
    const auto name = x.upper_name();
    return no_table_function(sql::to_text(x.function),
                             function || is_aggregate(name)
                                 || registry::instance().find(name),
                             session_, at);
  }
  if (x.filter || x.distinct || !x.within_group.empty() || x.over)
    return user_error(at, fmt::format("{} is a table function: it takes no "
                                      "DISTINCT, FILTER, WITHIN GROUP or OVER",
                                      function->name));
  HERALD_ASSIGN(auto args, bind_all(x.args));
  HERALD_ASSIGN(const auto* found, choose_overload(*function, args, at));
  return make_bound_call(function->name, std::move(args), found->code,
                         found->result, at);
}

} // namespace herald
