#include "engine/connectors/filesystem/partition.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/connectors/filesystem/files.hpp"
#include "engine/formats/value_parse.hpp"
#include "engine/formats/value_print.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

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

absl::StatusOr<std::vector<std::vector<std::string>>>
partitions_of(const file_options& options) {
  namespace fs = std::filesystem;
  std::vector<std::vector<std::string>> result;
  std::error_code error;
  const auto depth = static_cast<int>(options.partitioned_by.size());
  const auto end = fs::recursive_directory_iterator();
  fs::recursive_directory_iterator entry(options.path, error);
  for (; !error && entry != end; entry.increment(error)) {
    const auto name = entry->path().filename().string();
    const bool hidden = name.starts_with('.') || name.starts_with('_');
    if (hidden || entry.depth() + 1 >= depth)
      entry.disable_recursion_pending();
    if (hidden || entry.depth() + 1 != depth || !entry->is_directory(error))
      continue;
    const auto folder
        = entry->path().lexically_relative(options.path).string() + "/";
    std::vector<std::string> values;
    for (const auto& column : options.partitioned_by)
      if (auto text = partition_text(folder, column))
        values.push_back(*std::move(text));
    if (values.size() == options.partitioned_by.size())
      result.push_back(std::move(values));
    if (result.size() > files_max)
      return user_error(
          fmt::format("there are more than {} partitions", files_max));
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return user_error(fmt::format("folder '{}' cannot be listed: {}",
                                  options.path, error.message()));
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace herald
