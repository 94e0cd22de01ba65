#include "engine/connectors/filesystem/partition.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/formats/value_parse.hpp"
#include "engine/formats/value_print.hpp"

#include <charconv>

#include <fmt/format.h>

namespace herald {

namespace {

/// What Hive writes as %XX in the name of a folder, but for control characters.
constexpr std::string_view special = "\"#%'*/:=?\\{[]^\x7f";

void escape(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || special.find(c) != std::string_view::npos)
      fmt::format_to(std::back_inserter(out), "%{:02X}", byte);
    else
      out.push_back(c);
  }
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size()
        && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

} // namespace

std::string partition_folder(const file_options& options,
                             std::span<const column_ptr> columns,
                             std::int64_t row) {
  std::string out;
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0)
      out.push_back('/');
    escape(options.partitioned_by[i], out);
    out.push_back('=');
    text.clear();
    if (!columns[i]->is_null(row))
      print_value(*columns[i], row, text);
    escape(text.empty() ? options.default_partition : text, out);
  }
  return out;
}

std::optional<std::string> partition_text(std::string_view file,
                                          std::string_view column) {
  std::string start;
  escape(column, start);
  start.push_back('=');
  std::optional<std::string> result;
  for (auto end = file.find('/'); end != std::string_view::npos;
       end = file.find('/')) {
    if (file.substr(0, end).starts_with(start))
      result = unescape(file.substr(start.size(), end - start.size()));
    file.remove_prefix(end + 1);
  }
  return result;
}

absl::StatusOr<scalar> partition_value(const file_options& options,
                                       std::string_view text,
                                       const data_type& type) {
  auto builder = make_builder(type);
  if (text == options.default_partition && type.nullable())
    return scalar{type, {}};
  if (!append_parsed(*builder, text, timestamp_standard::sql))
    return user_error(fmt::format("the folder's name holds '{}', which is no "
                                  "{}",
                                  text, type.to_short_string()));
  return value_at(*builder->finish(), 0);
}

} // namespace herald
