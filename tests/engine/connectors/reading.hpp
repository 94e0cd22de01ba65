#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/connectors/scans.hpp"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Runs readers to their end in a test's thread.

namespace herald::test {

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

} // namespace herald::test
