#pragma once

#include "tests/engine/connectors/kafka_fixture.hpp"

// Writers of Kafka tables, for tests.

namespace herald::test {

inline schema_ptr layout_of(const table_definition& table) {
  schema result;
  for (const auto& x : table.columns)
    if (!x.is_virtual)
      result.fields.push_back({x.name, x.type});
  return std::make_shared<schema>(std::move(result));
}

/// A writer with its bell.
struct open_writer {
  doorbell bell;
  std::unique_ptr<sink_writer> writer;

  explicit open_writer(std::shared_ptr<table_definition> table) {
    sink_context context;
    context.sink.table = table;
    context.sink.layout = layout_of(*table);
    context.sink.retracts = known_connectors().check_changes(*table).ok();
    auto made = (*find_connector(*table))->make_writer(context);
    EXPECT_TRUE(made.ok()) << made.status();
    writer = *std::move(made);
    auto status = writer->open(bell.wake());
    EXPECT_TRUE(status.ok()) << status;
  }

  /// Waits until everything is out, or fails.
  absl::Status drain() {
    HERALD_TRY(writer->flush());
    while (writer->pending_bytes() > 0) {
      if (!bell.wait())
        return absl::UnavailableError("nothing rang");
      HERALD_TRY(writer->poll());
    }
    return writer->close();
  }
};

} // namespace herald::test
