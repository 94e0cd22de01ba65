#include "engine/sql/grammar.hpp"

#include <array>

#include <fmt/format.h>

namespace herald::sql {

namespace {

struct unit_word {
  term word;
  time_unit unit;
};

constexpr std::array<unit_word, 38> unit_words = {{
    {"YEAR", time_unit::year},
    {"QUARTER", time_unit::quarter},
    {"MONTH", time_unit::month},
    {"WEEK", time_unit::week},
    {"DAY", time_unit::day},
    {"HOUR", time_unit::hour},
    {"MINUTE", time_unit::minute},
    {"SECOND", time_unit::second},
    {"MILLISECOND", time_unit::millisecond},
    {"MICROSECOND", time_unit::microsecond},
    {"NANOSECOND", time_unit::nanosecond},
    {"DOW", time_unit::day_of_week},
    {"DOY", time_unit::day_of_year},
    {"ISODOW", time_unit::iso_day_of_week},
    {"ISOYEAR", time_unit::iso_year},
    {"EPOCH", time_unit::epoch},
    {"DECADE", time_unit::decade},
    {"CENTURY", time_unit::century},
    {"MILLENNIUM", time_unit::millennium},
    {"YEARS", time_unit::year},
    {"QUARTERS", time_unit::quarter},
    {"MONTHS", time_unit::month},
    {"WEEKS", time_unit::week},
    {"DAYS", time_unit::day},
    {"HOURS", time_unit::hour},
    {"MINUTES", time_unit::minute},
    {"SECONDS", time_unit::second},
    {"SQL_TSI_YEAR", time_unit::year},
    {"SQL_TSI_QUARTER", time_unit::quarter},
    {"SQL_TSI_MONTH", time_unit::month},
    {"SQL_TSI_WEEK", time_unit::week},
    {"SQL_TSI_DAY", time_unit::day},
    {"SQL_TSI_HOUR", time_unit::hour},
    {"SQL_TSI_MINUTE", time_unit::minute},
    {"SQL_TSI_SECOND", time_unit::second},
    {"SQL_TSI_MICROSECOND", time_unit::microsecond},
    {"SQL_TSI_FRAC_SECOND", time_unit::nanosecond},
    {"FRAC_SECOND", time_unit::nanosecond},
}};

struct type_word {
  term word;
  type_kind kind;
  std::uint8_t parameters; // at most this many numbers in brackets
};

constexpr std::array<type_word, 29> type_words = {{
    {"BOOLEAN", type_kind::boolean, 0},
    {"TINYINT", type_kind::tinyint, 0},
    {"SMALLINT", type_kind::smallint, 0},
    {"INT", type_kind::integer, 0},
    {"INTEGER", type_kind::integer, 0},
    {"BIGINT", type_kind::bigint, 0},
    {"FLOAT", type_kind::real, 0},
    {"REAL", type_kind::real, 0},
    {"DOUBLE", type_kind::double_precision, 0},
    {"DECIMAL", type_kind::decimal, 2},
    {"DEC", type_kind::decimal, 2},
    {"NUMERIC", type_kind::decimal, 2},
    {"CHAR", type_kind::character, 1},
    {"CHARACTER", type_kind::character, 1},
    {"VARCHAR", type_kind::character_varying, 1},
    {"STRING", type_kind::character_varying, 0},
    {"BINARY", type_kind::binary, 1},
    {"VARBINARY", type_kind::binary_varying, 1},
    {"BYTES", type_kind::binary_varying, 0},
    {"DATE", type_kind::date, 0},
    {"TIME", type_kind::time, 1},
    {"TIMESTAMP", type_kind::timestamp, 1},
    {"TIMESTAMP_LTZ", type_kind::timestamp_ltz, 1},
    {"INTERVAL", type_kind::interval, 0},
    {"ARRAY", type_kind::array, 0},
    {"MULTISET", type_kind::multiset, 0},
    {"MAP", type_kind::map, 0},
    {"ROW", type_kind::row, 0},
    {"NULL", type_kind::null, 0},
}};

void read_numbers(cursor& in, type_name& into, std::uint8_t most) {
  if (most == 0 || !in.accept("("))
    return;
  into.precision = in.read_number("a length or precision");
  if (most > 1 && in.accept(","))
    into.scale = in.read_number("a scale");
  in.expect(")");
}

/// Reads the fields of ROW<…> or ROW(…).
void read_fields(cursor& in, type_name& into) {
  if (in.accept("<>"))
    return;
  auto round = in.accept("(");
  if (!round)
    in.expect("<");
  auto close = round ? term(")") : term(">");
  if (in.accept(close))
    return;
  do {
    type_field field;
    field.name = in.read_name("a field name");
    field.type = read_type(in, true);
    if (in.accept("COMMENT") || in.at_string())
      field.comment = in.read_string("a comment between single quotes");
    into.fields.push_back(std::move(field));
  } while (in.accept(","));
  in.expect(close);
}

/// Reads WITH TIME ZONE, WITH LOCAL TIME ZONE, WITHOUT TIME ZONE.
void read_zone(cursor& in, type_name& into) {
  if (in.accept("WITHOUT", "TIME", "ZONE")
      || into.kind == type_kind::timestamp_ltz)
    return;
  if (in.accept("WITH", "LOCAL", "TIME", "ZONE"))
    into.kind = type_kind::timestamp_ltz;
  else if (in.accept("WITH", "TIME", "ZONE"))
    into.kind = type_kind::timestamp_tz;
}

/// Reads what follows the word of a type.
void read_rest(cursor& in, const type_word& word, type_name& into) {
  auto what = word.word;
  if (what == term("STRING") || what == term("BYTES"))
    into.precision = unlimited_length;
  if (what == term("DOUBLE"))
    in.accept("PRECISION");
  if ((what == term("CHAR") || what == term("CHARACTER"))
      && in.accept("VARYING"))
    into.kind = type_kind::character_varying;
  if (what == term("BINARY") && in.accept("VARYING"))
    into.kind = type_kind::binary_varying;
  read_numbers(in, into, word.parameters);
  switch (word.kind) {
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    read_zone(in, into);
    break;
  case type_kind::time:
    in.accept("WITHOUT", "TIME", "ZONE");
    break;
  case type_kind::interval:
    into.interval = read_interval_qualifier(in);
    break;
  case type_kind::array:
  case type_kind::multiset:
  case type_kind::map:
    in.expect("<");
    into.arguments.push_back(read_type(in, true));
    if (word.kind == type_kind::map) {
      in.expect(",");
      into.arguments.push_back(read_type(in, true));
    }
    in.expect(">");
    break;
  case type_kind::row:
    read_fields(in, into);
    break;
  default:
    break;
  }
}

type_name read_simple_type(cursor& in) {
  type_name result;
  auto start = in.here();
  for (const auto& word : type_words) {
    if (in.accept(word.word)) {
      result.kind = word.kind;
      read_rest(in, word, result);
      result.where = in.since(start);
      return result;
    }
  }
  if (in.accept("VARIANT")) {
    result.kind = type_kind::variant;
  } else if (in.accept("BITMAP")) {
    result.kind = type_kind::bitmap;
  } else if (in.at_name()) {
    result.kind = type_kind::named;
    result.name = in.read_qualified_name("a data type");
  } else {
    in.fail_expected("a data type");
  }
  result.where = in.since(start);
  return result;
}

void read_nullability(cursor& in, type_name& into) {
  if (in.accept("NOT", "NULL"))
    into.nullable = false;
  else if (in.accept("NULL"))
    into.nullable = true;
}

} // namespace

std::optional<time_unit> find_unit(term word) {
  for (const auto& entry : unit_words) {
    if (entry.word == word)
      return entry.unit;
  }
  return std::nullopt;
}

time_unit read_time_unit(cursor& in) {
  auto unit = find_unit(in.peek().what);
  if (unit) {
    in.skip();
  } else if (in.at_name()) {
    const auto found = in.peek();
    std::vector<std::string> names;
    for (const auto& entry : unit_words)
      names.emplace_back(entry.word.text());
    std::string word(found.text);
    for (auto& c : word)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto near = nearest_name(word, names);
    in.fail(found.where,
            fmt::format("there is no unit of time '{}'", found.text),
            near.empty() ? "such as DAY, HOUR, MINUTE or SECOND"
                         : fmt::format("did you mean {}?", near));
  } else {
    in.fail_expected("a unit of time such as DAY");
  }
  return unit.value_or(time_unit::day);
}

interval_qualifier read_interval_qualifier(cursor& in) {
  interval_qualifier result;
  auto where = in.here();
  result.from = read_time_unit(in);
  if (result.from > time_unit::second)
    in.fail(where, "an interval has no such unit",
            "YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND");
  if (in.accept("(")) {
    result.precision = in.read_number("a precision");
    if (result.from == time_unit::second && in.accept(","))
      result.fraction = in.read_number("a precision of the fraction");
    in.expect(")");
  }
  if (!in.at("TO"))
    return result;
  // FLOOR(x + INTERVAL '1' SECOND TO DAY) has a TO that is not the interval's
  auto to = find_unit(in.peek(1).what);
  auto months = result.from == time_unit::year && to == time_unit::month;
  auto time = result.from >= time_unit::day && to && *to <= time_unit::second
              && *to > result.from;
  if (!months && !time)
    return result;
  in.skip(2);
  result.to = to;
  if (result.to == time_unit::second && in.accept("(")) {
    result.fraction = in.read_number("a precision of the fraction");
    in.expect(")");
  }
  return result;
}

type_name read_type(cursor& in, bool may_say_null) {
  nesting_level level(in);
  auto start = in.here();
  auto result = read_simple_type(in);
  for (;;) {
    auto is_array = in.at("ARRAY") || in.at("NOT", "NULL", "ARRAY");
    auto is_multiset = in.at("MULTISET") || in.at("NOT", "NULL", "MULTISET");
    if (!is_array && !is_multiset)
      break;
    read_nullability(in, result);
    in.skip();
    in.grow();
    type_name outer;
    outer.kind = is_array ? type_kind::array : type_kind::multiset;
    outer.arguments.push_back(std::move(result));
    outer.where = in.since(start);
    result = std::move(outer);
  }
  if (may_say_null)
    read_nullability(in, result);
  result.where = in.since(start);
  return result;
}

} // namespace herald::sql
