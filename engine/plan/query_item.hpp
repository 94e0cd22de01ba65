#pragma once

#include "engine/sql/ast_table.hpp"

#include <string>

// A column of a query as it was written, for errors. Pure. Internal to the
// binder.

namespace herald {

struct query_item {
  text_position where;
  std::string text;
};

/// Item `index` of the select list of `query`; where the columns are not
/// listed, the whole query and `name`.
query_item item_of(const sql::query& query, std::size_t index,
                   const std::string& name);

/// How a value that was written as `text` becomes one of type `type`.
std::string cast_hint(const std::string& text, const std::string& type);

} // namespace herald
