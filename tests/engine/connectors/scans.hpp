#pragma once

#include "engine/connectors/connector.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <memory>
#include <string>
#include <vector>

// Tables and scans as the planner would make them, for tests and benchmarks
// of connectors.

namespace herald::test {

inline std::shared_ptr<table_definition> table_of(const std::string& columns,
                                                  option_map options) {
  auto table = std::make_shared<table_definition>();
  table->name = "t";
  for (auto& x : fields_of(columns))
    table->columns.push_back({x.name, x.type, std::nullopt, false});
  table->options = std::move(options);
  return table;
}

/// A scan of `paths` ("bid.price"); all columns without any.
inline scan_spec scan_of(std::shared_ptr<const table_definition> table,
                         std::vector<std::string> paths = {}) {
  scan_spec scan;
  scan.table = table;
  std::vector<field> fields;
  for (const auto& x : table->columns)
    fields.push_back({x.name, x.type});
  if (paths.empty())
    for (const auto& x : fields)
      paths.push_back(x.name);
  schema layout;
  for (const auto& path : paths) {
    auto& parts = scan.paths.emplace_back();
    std::size_t from = 0;
    for (std::size_t dot = 0; dot != std::string::npos; from = dot + 1) {
      dot = path.find('.', from);
      parts.push_back(path.substr(from, dot - from));
    }
    layout.fields.push_back({path, type_at(fields, parts)});
  }
  scan.layout = std::make_shared<schema>(std::move(layout));
  return scan;
}

inline source_context context_of(scan_spec scan, int subtask = 0,
                                 int parallelism = 1) {
  source_context context;
  context.scan = std::move(scan);
  context.subtask = subtask;
  context.parallelism = parallelism;
  return context;
}

} // namespace herald::test
