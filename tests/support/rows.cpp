#include "tests/support/rows.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace herald::testing {

namespace {

/// Lines of a difference that are worth reading.
constexpr int lines_max = 12;

scalar parsed(const data_type& type, const std::string& text) {
  switch (type.kind()) {
  case type_kind::decimal: {
    auto x = parse_decimal(text, type.precision(), type.scale());
    HERALD_CHECK(x.has_value(), text);
    return {type, *x};
  }
  case type_kind::date: {
    auto x = parse_date(text);
    HERALD_CHECK(x.has_value(), text);
    return {type, std::int64_t{*x}};
  }
  case type_kind::time: {
    auto x = parse_time(text);
    HERALD_CHECK(x.has_value(), text);
    return {type, std::int64_t{*x}};
  }
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: {
    auto x = parse_timestamp(text, type.ticks_per_second());
    HERALD_CHECK(x.has_value(), text);
    return timestamp_value(type, *x);
  }
  default:
    HERALD_CHECK(type.storage() == storage_kind::text, text);
    return {type, text};
  }
}

std::string bytes_in_hex(const std::string& x) {
  std::string result = "x'";
  for (auto byte : x)
    result += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return result + "'";
}

std::string print_row(const batch& x, std::int64_t row) {
  std::string result = "(";
  for (const auto& part : x.columns) {
    if (result.size() > 1)
      result += ", ";
    result += describe(value_at(*part, row));
  }
  return result + ")";
}

void list_lines(::testing::AssertionResult& to, const char* what,
                const std::vector<std::string>& lines) {
  if (lines.empty())
    return;
  to << what << " (" << lines.size() << "):\n";
  for (std::size_t i = 0; i < lines.size() && i < lines_max; ++i)
    to << "  " << lines[i] << "\n";
}

} // namespace

scalar cell::as(const data_type& type) const {
  if (nested_) {
    std::vector<scalar> values;
    for (std::size_t i = 0; i < elements_.size(); ++i) {
      auto at = type.kind() == type_kind::array ? 0
                : type.has_entries()            ? i % 2
                                                : i;
      values.push_back(elements_[i].as(type.fields().at(at).type));
    }
    return {type, std::move(values)};
  }
  if (const auto* text = std::get_if<std::string>(&value_))
    return parsed(type, *text);
  const auto* number = std::get_if<std::int64_t>(&value_);
  if (number && type.is_timestamp())
    return timestamp_value(type, *number);
  if (number && type.kind() == type_kind::decimal)
    return {type, *number * power_of_ten(type.scale())};
  if (number
      && (type.kind() == type_kind::float32
          || type.kind() == type_kind::float64))
    return {type, static_cast<double>(*number)};
  return {type, value_};
}

schema_ptr make_schema(std::vector<field> fields) {
  return std::make_shared<const schema>(schema{std::move(fields)});
}

batch_ptr make_rows(const schema_ptr& layout,
                    const std::vector<literal_row>& rows) {
  std::vector<literal_change> changes;
  for (const auto& row : rows)
    changes.push_back({change::insert, row});
  return make_changes(layout, changes);
}

batch_ptr make_changes(const schema_ptr& layout,
                       const std::vector<literal_change>& rows) {
  batch_builder builder{layout};
  std::vector<scalar> values;
  for (const auto& row : rows) {
    HERALD_CHECK_EQ(row.values.size(), layout->fields.size());
    values.clear();
    for (std::size_t i = 0; i < row.values.size(); ++i)
      values.push_back(row.values[i].as(layout->fields[i].type));
    builder.append(values, row.kind);
  }
  return builder.finish();
}

std::vector<std::vector<scalar>> rows_of(const batch& x) {
  std::vector<std::vector<scalar>> result(static_cast<std::size_t>(x.rows));
  for (const auto& part : x.columns)
    for (std::int64_t row = 0; row < x.rows; ++row)
      result[static_cast<std::size_t>(row)].push_back(value_at(*part, row));
  return result;
}

std::string describe(const scalar& x) {
  if (const auto* text = std::get_if<std::string>(&x.value))
    return x.type.is_bytes() ? bytes_in_hex(*text) : fmt::format("'{}'", *text);
  const auto* elements = std::get_if<std::vector<scalar>>(&x.value);
  if (elements == nullptr)
    return to_string(x);
  std::string result;
  for (const auto& element : *elements)
    result += (result.empty() ? "" : ", ") + describe(element);
  return "[" + result + "]";
}

std::vector<std::string> print_rows(const batch& x) {
  std::vector<std::string> result;
  for (std::int64_t row = 0; row < x.rows; ++row) {
    auto line = print_row(x, row);
    if (x.changes)
      line = fmt::format("{} {}", to_string(x.change_of(row)), line);
    result.push_back(std::move(line));
  }
  return result;
}

std::vector<std::string> print_rows(std::span<const batch_ptr> parts) {
  std::vector<std::string> result;
  for (const auto& part : parts)
    for (auto& line : print_rows(*part))
      result.push_back(std::move(line));
  return result;
}

std::vector<std::string> table_of(std::span<const batch_ptr> changelog) {
  std::map<std::string, int> rows;
  std::vector<std::string> result;
  for (const auto& part : changelog)
    for (std::int64_t row = 0; row < part->rows; ++row) {
      auto line = print_row(*part, row);
      if (!retracts(part->change_of(row)))
        ++rows[line];
      else if (auto found = rows.find(line);
               found != rows.end() && found->second > 0)
        --found->second;
      else
        result.push_back("missing: " + line);
    }
  for (const auto& [line, count] : rows)
    result.insert(result.end(), static_cast<std::size_t>(count), line);
  std::sort(result.begin(), result.end());
  return result;
}

::testing::AssertionResult same_bag(std::vector<std::string> expected,
                                    std::vector<std::string> actual) {
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  std::set_difference(expected.begin(), expected.end(), actual.begin(),
                      actual.end(), std::back_inserter(missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(),
                      expected.end(), std::back_inserter(extra));
  if (missing.empty() && extra.empty())
    return ::testing::AssertionSuccess();
  auto result = ::testing::AssertionFailure();
  list_lines(result, "missing", missing);
  list_lines(result, "too many", extra);
  return result;
}

::testing::AssertionResult same_bag(const batch& expected,
                                    const batch& actual) {
  return same_bag(print_rows(expected), print_rows(actual));
}

::testing::AssertionResult same_rows(const batch& expected,
                                     const batch& actual) {
  auto a = print_rows(expected);
  auto b = print_rows(actual);
  if (a.size() != b.size())
    return ::testing::AssertionFailure()
           << "expected " << a.size() << " rows, got " << b.size();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i])
      return ::testing::AssertionFailure()
             << "row " << i << "\n  expected: " << a[i]
             << "\n  got:      " << b[i];
  return ::testing::AssertionSuccess();
}

} // namespace herald::testing
