#include "engine/formats/json_encoder.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/formats/json_string.hpp"
#include "engine/formats/text_print.hpp"

#include <cmath>

namespace herald {

namespace {

template <class T>
T at(const column& x, std::int64_t row) {
  return x.as<T>()[static_cast<std::size_t>(row)];
}

template <class T>
void encode_floating(T value, std::string& out) {
  bool number = std::isfinite(value);
  if (!number)
    out.push_back('"');
  if constexpr (std::is_same_v<T, float>)
    print_float(value, out);
  else
    print_double(value, out);
  if (!number)
    out.push_back('"');
}

void encode_object(const column& x, std::int64_t row,
                   const json_encoding& encoding, std::string& out) {
  const auto& fields = x.type.fields();
  char separator = '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (encoding.ignore_nulls && x.children[i]->is_null(row))
      continue;
    out.push_back(separator);
    separator = ',';
    quote_json(fields[i].name, out);
    out.push_back(':');
    encode_json_value(*x.children[i], row, encoding, out);
  }
  if (separator == '{')
    out.push_back('{');
  out.push_back('}');
}

void encode_array(const column& x, std::int64_t row,
                  const json_encoding& encoding, std::string& out) {
  auto offsets = x.offsets().subspan(static_cast<std::size_t>(row), 2);
  out.push_back('[');
  for (auto i = offsets[0]; i < offsets[1]; ++i) {
    if (i > offsets[0])
      out.push_back(',');
    encode_json_value(*x.children[0], i, encoding, out);
  }
  out.push_back(']');
}

/// A key that is not a text is written as the text of its JSON.
void encode_key(const column& keys, std::int64_t row,
                const json_encoding& encoding, std::string& out) {
  if (keys.is_null(row))
    return quote_json(encoding.null_key, out);
  std::string text;
  encode_json_value(keys, row, encoding, text);
  if (text.front() == '"')
    out += text;
  else
    quote_json(text, out);
}

void encode_map(const column& x, std::int64_t row,
                const json_encoding& encoding, std::string& out) {
  auto offsets = x.offsets().subspan(static_cast<std::size_t>(row), 2);
  const auto& entries = *x.children[0];
  char separator = '{';
  for (auto i = offsets[0]; i < offsets[1]; ++i) {
    if (encoding.drop_null_keys && entries.children[0]->is_null(i))
      continue;
    out.push_back(separator);
    separator = ',';
    encode_key(*entries.children[0], i, encoding, out);
    out.push_back(':');
    encode_json_value(*entries.children[1], i, encoding, out);
  }
  if (separator == '{')
    out.push_back('{');
  out.push_back('}');
}

void encode_moment(const column& x, std::int64_t row,
                   const json_encoding& encoding, std::string& out) {
  const auto& type = x.type;
  out.push_back('"');
  if (type.kind() == type_kind::date)
    append_date(out, at<std::int32_t>(x, row));
  else if (type.kind() == type_kind::time)
    append_time(out, at<std::int32_t>(x, row), type.precision());
  else
    print_moment(ticks_at(x, row), type.ticks_per_second(), type.precision(),
                 encoding.timestamps,
                 type.kind() == type_kind::timestamp_ltz
                     && (encoding.zoned
                         || encoding.timestamps == timestamp_standard::iso),
                 out);
  out.push_back('"');
}

} // namespace

void encode_json_value(const column& x, std::int64_t row,
                       const json_encoding& encoding, std::string& out) {
  if (x.is_null(row)) {
    out += "null";
    return;
  }
  switch (x.type.kind()) {
  case type_kind::null:
    out += "null";
    break;
  case type_kind::boolean:
    out += x.bit(row) ? "true" : "false";
    break;
  case type_kind::tinyint:
    print_integer(at<std::int8_t>(x, row), out);
    break;
  case type_kind::smallint:
    print_integer(at<std::int16_t>(x, row), out);
    break;
  case type_kind::integer:
  case type_kind::interval_month:
    print_integer(at<std::int32_t>(x, row), out);
    break;
  case type_kind::bigint:
  case type_kind::interval_day:
    print_integer(at<std::int64_t>(x, row), out);
    break;
  case type_kind::float32:
    encode_floating(at<float>(x, row), out);
    break;
  case type_kind::float64:
    encode_floating(at<double>(x, row), out);
    break;
  case type_kind::decimal:
    append_decimal(out, at<int128>(x, row), x.type.scale());
    break;
  case type_kind::character:
  case type_kind::varchar:
    quote_json(x.text(row), out);
    break;
  case type_kind::variant:
    out += x.text(row);
    break;
  case type_kind::binary:
  case type_kind::varbinary:
  case type_kind::bitmap:
    out.push_back('"');
    print_base64(x.text(row), out);
    out.push_back('"');
    break;
  case type_kind::date:
  case type_kind::time:
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    encode_moment(x, row, encoding, out);
    break;
  case type_kind::array:
    encode_array(x, row, encoding, out);
    break;
  case type_kind::map:
  case type_kind::multiset:
    encode_map(x, row, encoding, out);
    break;
  case type_kind::row:
    encode_object(x, row, encoding, out);
  }
}

json_encoder::json_encoder(schema_ptr layout, json_encoding encoding)
    : encoding_(std::move(encoding)) {
  for (const auto& field : layout->fields) {
    auto& key = keys_.emplace_back();
    quote_json(field.name, key);
    key.push_back(':');
  }
}

void json_encoder::encode(const batch& rows, std::int64_t row,
                          std::string& out) {
  char separator = '{';
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto& column = *rows.columns[i];
    if (encoding_.ignore_nulls && column.is_null(row))
      continue;
    out.push_back(separator);
    separator = ',';
    out += keys_[i];
    encode_json_value(column, row, encoding_, out);
  }
  if (separator == '{')
    out.push_back('{');
  out.push_back('}');
}

void encode_json_row(const batch& rows, std::int64_t row, std::string& out) {
  json_encoder(rows.layout).encode(rows, row, out);
}

void encode_json_change(const batch& rows, std::int64_t row, std::string& out) {
  out += "{\"op\":\"";
  out += to_string(rows.change_of(row));
  out += "\",\"row\":";
  encode_json_row(rows, row, out);
  out.push_back('}');
}

} // namespace herald
