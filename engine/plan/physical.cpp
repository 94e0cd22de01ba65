#include "engine/plan/physical.hpp"

#include "engine/plan/changelog.hpp"
#include "engine/plan/job_builder.hpp"

#include <fmt/format.h>

namespace herald {

absl::StatusOr<std::shared_ptr<const table_definition>>
side_table(const std::string& name, const table_definition& of,
           const std::string& context, const sql_session& session) {
  const auto found = session.find({{name, of.where}});
  if (!found.ok())
    return user_error(of.where, context + " does not exist",
                      hint_of(found.status()));
  if ((*found)->is_view())
    return user_error(of.where, context + " is a view");
  auto result = std::get<bound_table_ptr>((*found)->value)->definition;
  const auto checked = session.connectors().check_sink(*result);
  if (!checked.ok())
    return annotate(result->placed(checked), context);
  return result;
}

absl::StatusOr<std::shared_ptr<const table_definition>>
dead_letter_table(const table_definition& table, const sql_session& session) {
  const auto name = table.option("dead-letter");
  if (!name)
    return nullptr;
  const auto context
      = fmt::format("the dead-letter table '{}' of '{}'", *name, table.name);
  HERALD_ASSIGN(auto result, side_table(*name, table, context, session));
  const std::vector<field> expected
      = {{"raw", data_type::of(type_kind::varbinary)},
         {"reason", data_type::of(type_kind::varchar)},
         {"split", data_type::of(type_kind::varchar)},
         {"position", data_type::of(type_kind::bigint)}};
  bool fits = result->columns.size() == expected.size();
  for (std::size_t i = 0; fits && i < expected.size(); ++i)
    fits = result->columns[i].type.same_kind(expected[i].type);
  if (!fits)
    return user_error(table.where, context + " has other columns",
                      "`raw` BYTES, reason STRING, split STRING, `position` "
                      "BIGINT");
  return result;
}

absl::StatusOr<job_graph> build_job(const std::vector<planned_sink>& sinks,
                                    const sql_session& session) {
  job_builder builder(session,
                      without_update_before(sinks, session.connectors()));
  builder.prepare(sinks);
  for (const auto& sink : sinks)
    HERALD_TRY(builder.add(sink));
  return builder.take();
}

} // namespace herald
