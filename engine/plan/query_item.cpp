#include "engine/plan/query_item.hpp"

#include "engine/sql/printer.hpp"

#include <fmt/format.h>

namespace herald {

query_item item_of(const sql::query& query, std::size_t index,
                   const std::string& name) {
  const auto* select = std::get_if<sql::select_block>(&query.body);
  if (!select)
    return {query.where, name};
  for (std::size_t i = 0; i <= index && i < select->items.size(); ++i)
    if (select->items[i].value->as<sql::star>())
      return {query.where, name};
  const auto& value = *select->items[index].value;
  return {value.where, sql::to_sql(value)};
}

std::string cast_hint(const std::string& text, const std::string& type) {
  return fmt::format("CAST({} AS {})", text, type);
}

} // namespace herald
