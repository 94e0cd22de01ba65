#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Runs readers to their end in a test's thread.

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

struct read_result {
  absl::Status status;
  std::vector<batch_ptr> batches;
  std::vector<dead_letter> dead;
  std::vector<split_position> positions;
  source_counters counters;

  /// Every row as JSON, in order.
  std::vector<std::string> rows() const {
    std::vector<std::string> result;
    for (const auto& x : batches)
      for (std::int64_t row = 0; row < x->rows; ++row)
        encode_json_row(*x, row, result.emplace_back());
    return result;
  }
};

inline read_result read_all(source_context context, std::int64_t rows_max,
                            std::int64_t polls_max = 1'000'000) {
  read_result out;
  auto code = find_connector(*context.scan.table);
  if (!code.ok())
    return {code.status(), {}, {}, {}, {}};
  auto reader = (*code)->make_reader(std::move(context));
  if (!reader.ok())
    return {reader.status(), {}, {}, {}, {}};
  out.status = (*reader)->open([] {});
  for (std::int64_t i = 0; out.status.ok() && i < polls_max; ++i) {
    auto event = (*reader)->poll(rows_max);
    out.status = event.status();
    if (!event.ok() || std::holds_alternative<source_finished>(*event))
      break;
    if (auto* rows = std::get_if<source_rows>(&*event)) {
      EXPECT_LE(rows->rows->rows, rows_max);
      out.batches.push_back(rows->rows);
      for (auto& x : rows->dead)
        out.dead.push_back(std::move(x));
    }
  }
  if (out.status.ok()) {
    out.positions = (*reader)->positions();
    out.counters = (*reader)->counters();
  }
  return out;
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
