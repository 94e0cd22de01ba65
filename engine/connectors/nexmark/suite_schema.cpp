#include "engine/connectors/nexmark/columns.hpp"

#include <algorithm>

#include <fmt/format.h>

// The columns and types that a table over the generator may declare.

namespace herald::nexmark {

namespace {

enum class slot : std::uint8_t { number, text, moment };

struct suite_field {
  std::string_view name;
  slot kind;
};

using fields_of_kind = std::vector<suite_field>;

const fields_of_kind person_fields{
    {"id", slot::number},         {"name", slot::text},
    {"emailAddress", slot::text}, {"creditCard", slot::text},
    {"city", slot::text},         {"state", slot::text},
    {"dateTime", slot::moment},   {"extra", slot::text}};
const fields_of_kind auction_fields{
    {"id", slot::number},        {"itemName", slot::text},
    {"description", slot::text}, {"initialBid", slot::number},
    {"reserve", slot::number},   {"dateTime", slot::moment},
    {"expires", slot::moment},   {"seller", slot::number},
    {"category", slot::number},  {"extra", slot::text}};
const fields_of_kind bid_fields{
    {"auction", slot::number}, {"bidder", slot::number},
    {"price", slot::number},   {"channel", slot::text},
    {"url", slot::text},       {"dateTime", slot::moment},
    {"extra", slot::text}};

std::string_view expected_type(slot kind) {
  return kind == slot::number ? "BIGINT"
         : kind == slot::text ? "STRING"
                              : "TIMESTAMP(3)";
}

bool fits(slot kind, const data_type& type) {
  switch (kind) {
  case slot::number:
    return type.kind() == type_kind::bigint;
  case slot::text:
    return type.kind() == type_kind::varchar && type.precision() == length_max;
  default:
    return type.is_timestamp() && type.precision() == 3;
  }
}

absl::Status check_fields(const field& column, const fields_of_kind& known) {
  if (column.type.kind() != type_kind::row)
    return user_error(fmt::format("column {} of a nexmark table is a {}, not "
                                  "a ROW",
                                  column.name, column.type.to_short_string()));
  for (const auto& x : column.type.fields()) {
    auto at
        = std::find_if(known.begin(), known.end(),
                       [&](const suite_field& y) { return y.name == x.name; });
    if (at == known.end()) {
      std::vector<std::string> names;
      for (const auto& y : known)
        names.emplace_back(y.name);
      return user_error(
          fmt::format("nexmark's {} has no field {}", column.name, x.name),
          fmt::format("it has {}", fmt::join(names, ", ")));
    }
    if (!fits(at->kind, x.type))
      return user_error(
          fmt::format("nexmark's {}.{} is a {}, not a {}", column.name, x.name,
                      expected_type(at->kind), x.type.to_short_string()));
  }
  return absl::OkStatus();
}

} // namespace

absl::Status check_columns(const std::vector<field>& fields) {
  for (const auto& column : fields) {
    if (column.name == "event_type") {
      if (column.type.kind() != type_kind::integer)
        return user_error(fmt::format("nexmark's event_type is an INT, not a "
                                      "{}",
                                      column.type.to_short_string()));
    } else if (column.name == "person") {
      HERALD_TRY(check_fields(column, person_fields));
    } else if (column.name == "auction") {
      HERALD_TRY(check_fields(column, auction_fields));
    } else if (column.name == "bid") {
      HERALD_TRY(check_fields(column, bid_fields));
    } else {
      return user_error(
          fmt::format("nexmark has no column {}", column.name),
          "it has event_type INT, and person, auction and bid as ROWs");
    }
  }
  return absl::OkStatus();
}

} // namespace herald::nexmark
