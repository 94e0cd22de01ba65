#include "cep/yaml_text.hpp"

#include "engine/expr/utf8.hpp"

#include <algorithm>

namespace herald {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    result.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

yaml_text::yaml_text(std::string_view file) : lines_(split_lines(file)) {}

std::string_view yaml_text::line_at(std::size_t line) const {
  return line < lines_.size() ? lines_[line] : std::string_view{};
}

text_position yaml_text::position(int line, int column,
                                  std::size_t length) const {
  text_position result;
  if (line < 0 || column < 0)
    return {1, 1, 0, 0};
  auto text = line_at(static_cast<std::size_t>(line));
  auto before = text.substr(0, static_cast<std::size_t>(column));
  result.line = static_cast<std::uint32_t>(line + 1);
  result.column = static_cast<std::uint32_t>(1 + count_characters(before));
  result.length = static_cast<std::uint32_t>(length);
  return result;
}

std::vector<yaml_text::origin>
yaml_text::find(const std::vector<std::string_view>& value, std::size_t line,
                std::size_t column) const {
  auto start = line_at(line);
  start.remove_prefix(std::min(column, start.size()));
  if (start.starts_with('|')) {
    std::vector<origin> result;
    for (auto text : value) {
      auto whole = line_at(++line);
      if (!whole.ends_with(text))
        return {};
      result.push_back({line, whole.size() - text.size()});
    }
    return result;
  }
  auto quoted = start.starts_with('"') || start.starts_with('\'');
  start.remove_prefix(quoted);
  if (value.size() == 1 && start.starts_with(value[0]))
    return {{line, column + quoted}};
  return {};
}

std::string yaml_text::place(std::string_view value, int line,
                             int column) const {
  auto first = static_cast<std::size_t>(std::max(line, 0));
  auto indent = static_cast<std::size_t>(std::max(column, 0));
  auto lines = split_lines(value);
  auto origins = find(lines, first, indent);
  if (origins.empty()) {
    auto before = line_at(first).substr(0, indent);
    return std::string(first, '\n') + std::string(count_characters(before), ' ')
           + std::string(value);
  }
  std::string result(origins[0].line, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto before = line_at(origins[i].line).substr(0, origins[i].column);
    if (i > 0)
      result += '\n';
    result.append(count_characters(before), ' ');
    result += lines[i];
  }
  return result;
}

} // namespace herald
