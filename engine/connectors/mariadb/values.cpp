#include "engine/connectors/mariadb/values.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/common/error.hpp"
#include "engine/formats/text_print.hpp"
#include "engine/formats/value_parse.hpp"
#include "engine/formats/value_print.hpp"

#include <cmath>

#include <fmt/format.h>

namespace herald {

namespace {

std::uint64_t bits_of(std::string_view bytes) {
  std::uint64_t result = 0;
  for (const char c : bytes)
    result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

/// "0000-00-00 …": what the server has in place of no date.
bool is_zero_date(std::string_view text) {
  return text.substr(0, 10) == "0000-00-00";
}

bool append_value(column_builder& out, const mariadb_value& x) {
  const auto& type = out.type();
  auto text = *x.text;
  if (type.is_text() || type.is_bytes()) {
    static_cast<text_builder&>(out).push(text);
    return true;
  }
  std::string number;
  if (x.is_bit) {
    number = std::to_string(bits_of(text));
    text = number;
  }
  if (type.kind() == type_kind::boolean) {
    const auto value = parse_double(text);
    if (value)
      static_cast<bool_builder&>(out).push(*value != 0);
    return value.has_value();
  }
  if ((type.is_timestamp() || type.kind() == type_kind::date)
      && is_zero_date(text)) {
    out.append_null();
    return true;
  }
  return append_parsed(out, text, timestamp_standard::sql);
}

void append_quoted(std::string_view text, std::string& out) {
  out += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      out += '\\';
    if (c == '\0')
      out += "\\0";
    else
      out += c;
  }
  out += '\'';
}

} // namespace

mariadb_rows::mariadb_rows(schema_ptr layout) : layout_(std::move(layout)) {
  for (const auto& x : layout_->fields)
    builders_.push_back(make_builder(x.type));
}

absl::Status mariadb_rows::append(mariadb_client::row x) {
  for (std::size_t i = 0; i < builders_.size(); ++i) {
    if (!x[i].text)
      builders_[i]->append_null();
    else if (!append_value(*builders_[i], x[i]))
      return user_error(fmt::format("column {}: '{}' is no {}",
                                    layout_->fields[i].name, *x[i].text,
                                    layout_->fields[i].type.to_short_string()),
                        "declare the type that the column has");
  }
  ++rows_;
  return absl::OkStatus();
}

batch_ptr mariadb_rows::finish() {
  std::vector<column_ptr> columns;
  for (auto& builder : builders_)
    columns.push_back(builder->finish());
  return make_batch(layout_, std::move(columns), std::exchange(rows_, 0));
}

bool append_literal(const column& x, std::int64_t row, std::string& out) {
  if (x.is_null(row))
    return false;
  const auto at = static_cast<std::size_t>(row);
  const auto& type = x.type;
  if (type.is_text()) {
    append_quoted(x.text(row), out);
  } else if (type.is_bytes()) {
    out += "X'";
    for (const char c : x.text(row))
      out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    out += '\'';
  } else if (type.kind() == type_kind::boolean) {
    out += x.bit(row) ? '1' : '0';
  } else if (type.is_timestamp()) {
    out += '\'';
    print_moment(ticks_at(x, row), type.ticks_per_second(),
                 std::min(6, type.precision()), timestamp_standard::sql, false,
                 out);
    out += '\'';
  } else if (type.kind() == type_kind::date || type.kind() == type_kind::time) {
    out += '\'';
    print_value(x, row, out);
    out += '\'';
  } else {
    if ((type.kind() == type_kind::float64
         && !std::isfinite(x.as<double>()[at]))
        || (type.kind() == type_kind::float32
            && !std::isfinite(x.as<float>()[at])))
      return false;
    print_value(x, row, out);
  }
  return true;
}

std::string select_text(const schema& layout, const mariadb_options& from) {
  std::string result = "SELECT ";
  for (const auto& x : layout.fields) {
    if (&x != &layout.fields[0])
      result += ", ";
    const auto name = quote_name(x.name);
    result += x.type.kind() == type_kind::float32
                  ? fmt::format("CAST({} AS DOUBLE)", name)
                  : name;
  }
  return result + " FROM " + from.table;
}

} // namespace herald
