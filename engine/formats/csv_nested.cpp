#include "engine/formats/csv_nested.hpp"

#include "engine/columnar/nested_builder.hpp"
#include "engine/formats/value_parse.hpp"
#include "engine/formats/value_print.hpp"

#include <algorithm>

namespace herald {

namespace {

std::vector<std::string_view> split(std::string_view text,
                                    std::string_view delimiter) {
  std::vector<std::string_view> result;
  for (;;) {
    const auto end = text.find(delimiter);
    result.push_back(text.substr(0, end));
    if (end == std::string_view::npos)
      return result;
    text.remove_prefix(end + delimiter.size());
  }
}

void print_scalar(const column& x, std::int64_t row, std::string& out) {
  print_value(x, row, out);
  if (x.type.kind() == type_kind::timestamp_ltz)
    out.push_back('Z');
}

/// One value of a list as a column, or null if the text is none.
column_ptr value_of(const data_type& type, std::string_view text,
                    const csv_options& options) {
  const auto builder = make_builder(type);
  const bool null = (options.null_literal && text == *options.null_literal)
                    || (text.empty() && !type.is_text() && !type.is_bytes());
  if (null && type.nullable())
    builder->append_null();
  else if (null || !append_parsed(*builder, text, timestamp_standard::sql))
    return nullptr;
  return builder->finish();
}

} // namespace

bool is_csv_list(const data_type& x) {
  return (x.kind() == type_kind::array || x.kind() == type_kind::row)
         && std::none_of(x.fields().begin(), x.fields().end(),
                         [](const field& f) { return f.type.is_nested(); });
}

bool append_csv(column_builder& builder, std::string_view text,
                const csv_options& options) {
  const auto& type = builder.type();
  if (!type.is_nested())
    return append_parsed(builder, text, timestamp_standard::sql);
  const bool is_row = type.kind() == type_kind::row;
  const auto& fields = type.fields();
  std::vector<column_ptr> values;
  if (is_row || !text.empty())
    for (const auto part : split(text, options.element_delimiter)) {
      if (is_row && values.size() == fields.size())
        return false;
      values.push_back(
          value_of(fields[is_row ? values.size() : 0].type, part, options));
      if (!values.back())
        return false;
    }
  if (is_row) {
    if (values.size() != fields.size())
      return false;
    auto& row = static_cast<row_builder&>(builder);
    for (std::size_t i = 0; i < values.size(); ++i)
      row.child(i).append_from(*values[i], 0);
    row.close();
    return true;
  }
  auto& list = static_cast<list_builder&>(builder);
  for (const auto& value : values)
    list.elements().append_from(*value, 0);
  list.close();
  return true;
}

void print_csv(const column& x, std::int64_t row, const csv_options& options,
               std::string& out) {
  if (!x.type.is_nested())
    return print_scalar(x, row, out);
  bool first = true;
  const auto put = [&](const column& values, std::int64_t at) {
    if (!std::exchange(first, false))
      out += options.element_delimiter;
    if (values.is_null(at))
      out += options.null_literal.value_or("");
    else
      print_scalar(values, at, out);
  };
  if (x.type.kind() == type_kind::row) {
    for (const auto& child : x.children)
      put(*child, row);
    return;
  }
  const auto offsets = x.offsets().subspan(static_cast<std::size_t>(row), 2);
  for (auto i = offsets[0]; i < offsets[1]; ++i)
    put(*x.children[0], i);
}

} // namespace herald
