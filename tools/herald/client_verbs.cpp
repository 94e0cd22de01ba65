#include "tools/herald/client_verbs.hpp"

#include "engine/common/error.hpp"
#include "tools/herald/result_sink.hpp"
#include "tools/herald/script.hpp"
#include "tools/herald/settings.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

void add_client_options(CLI::App& command, client_options& options,
                        bool with_project) {
  command.add_option("--node", options.node, "Any node's client address")
      ->envname("HERALD_NODE")
      ->capture_default_str();
  if (with_project)
    command.add_option("--project", options.project, "Project")
        ->capture_default_str();
  command.add_flag("--json", options.json, "Answers as JSON lines");
}

int with_client(const client_options& options, const std::string& source,
                const std::function<absl::Status(client&)>& use) {
  auto connected = client::connect(options.node, absl::Seconds(call_seconds));
  if (!connected.ok()) {
    print_error("", annotate(connected.status(),
                             "cannot reach a node at " + options.node));
    fmt::print(stderr, "  start one with 'herald node', or say where one is "
                       "with --node or HERALD_NODE\n");
    return 1;
  }
  auto status = use(*connected);
  if (!status.ok())
    print_error(source, status);
  return status.ok() ? 0 : 1;
}

std::string json_text(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      result += fmt::format("\\{}", c);
    else if (code < 0x20)
      result += fmt::format("\\u{:04x}", code);
    else
      result += c;
  }
  return result + '"';
}

void print_rows(const client_options& options,
                const std::vector<std::string>& names,
                const std::vector<std::vector<std::string>>& rows,
                const std::vector<bool>& numbers) {
  if (options.json) {
    for (const auto& row : rows) {
      std::string line = "{";
      for (std::size_t i = 0; i < row.size(); ++i) {
        auto number = i < numbers.size() && numbers[i];
        line += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_text(names[i]),
                            number ? row[i] : json_text(row[i]));
      }
      fmt::print("{}}}\n", line);
    }
    return;
  }
  // Errors of engines may have several lines; a row of a table has one.
  auto lines = rows;
  for (auto& row : lines)
    for (auto& cell : row)
      std::replace(cell.begin(), cell.end(), '\n', ' ');
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto width = display_width(names[i]);
    for (const auto& row : lines)
      width = std::max(width, display_width(row[i]));
    widths.push_back(width);
  }
  auto print = [&widths](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += fit(row[i], widths[i]) + "  ";
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print(names);
  for (const auto& row : lines)
    print(row);
}

absl::StatusOr<std::vector<gateway::option>>
parse_options(const std::vector<std::string>& list) {
  HERALD_ASSIGN(const auto settings, parse_settings(list));
  std::vector<gateway::option> result;
  for (const auto& [key, value] : settings)
    result.push_back({key, value});
  return result;
}

} // namespace herald
