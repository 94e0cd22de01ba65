#pragma once

#include "engine/connectors/alarm.hpp"
#include "engine/connectors/kafka/client.hpp"
#include "engine/connectors/kafka/upsert_buffer.hpp"
#include "engine/formats/format.hpp"

#include <atomic>
#include <deque>
#include <optional>

// Writes rows as messages through one idempotent producer; of upserts every
// change, or, if options ask for it, what an `upsert_buffer` leaves of them;
// deletions without a value. Rows that do not fit into librdkafka's queue wait
// in `backlog_`, whose size counts as pending, so that the caller stops giving
// more; delivery reports come through an event queue that rings. Driven by one
// thread; librdkafka's threads and the alarm's call only `wake`.

namespace herald::kafka {

/// Which partition is next, where keys do not decide.
struct spreading {
  bool fixed = false;
  std::atomic<std::int64_t> at = 0;
};

/// The error of a table that cannot take updates and deletes.
absl::Status no_changes(const table_definition& table);

class sink final : public sink_writer {
public:
  static absl::StatusOr<std::unique_ptr<sink_writer>>
  make(options x, sink_context context);

  ~sink() override;

  absl::Status open(wake_function wake) override;
  absl::Status write(const batch_ptr& rows) override;
  absl::Status poll() override;
  std::int64_t pending_bytes() const override;
  absl::Status flush() override;

  std::string problem() const override {
    return trouble_.get();
  }

private:
  struct waiting {
    batch_ptr rows;
    std::int64_t bytes = 0;
    std::optional<row_list> chosen; ///< the rows to send; none: all
    std::size_t next = 0; ///< first row (of `chosen`) that is not sent
  };

  /// Columns of the sink by what they become; -1 where there is none.
  struct places {
    std::vector<int> key;
    std::vector<int> value;
    int partition = -1;
    int headers = -1;
    int timestamp = -1;
  };

  sink(options x, sink_context context)
      : options_(std::move(x)), context_(std::move(context)),
        trouble_(options_.servers()) {
    spread_.fixed = options_.spread == partitioner::fixed;
    spread_.at = context_.subtask;
    if (options_.buffered_rows > 0)
      buffer_.emplace(options_.buffered_rows,
                      std::chrono::milliseconds(options_.buffered_ms));
  }

  absl::Status find_places();
  absl::StatusOr<std::unique_ptr<encoder>>
  make_side(const side& of, const std::vector<int>& columns,
            schema_ptr& layout) const;
  void queue(const batch_ptr& rows, std::optional<row_list> chosen);
  std::optional<row_list> without_replaced(const batch& rows);
  void put_aside(const batch_ptr& rows);
  void empty_buffer();
  absl::Status send_waiting();
  absl::StatusOr<std::size_t> send(const batch& rows, const batch& keys,
                                   const batch& values, std::int64_t row);
  bool put_update(const batch& rows, const batch& keys, const batch& values,
                  std::int64_t row);
  rd_kafka_headers_t* headers_of(const batch& rows, std::int64_t row) const;
  std::int32_t partition_of(const batch& rows, std::int64_t row) const;
  absl::Status take_reports(rd_kafka_event_t& event);

  options options_;
  sink_context context_;
  places places_;
  schema_ptr key_layout_;
  schema_ptr value_layout_;
  std::unique_ptr<encoder> key_;
  std::unique_ptr<encoder> value_;
  wake_function wake_;
  trouble trouble_;
  spreading spread_;
  client_ptr client_;
  queue_ptr events_;
  topic_ptr topic_;
  std::optional<upsert_buffer> buffer_;
  alarm alarm_; ///< rings when the buffer is due
  std::deque<waiting> backlog_;
  std::int64_t backlog_bytes_ = 0;
  std::int64_t flying_bytes_ = 0; ///< given to librdkafka, not acknowledged
  std::string key_text_;
  std::string value_text_;
};

} // namespace herald::kafka
