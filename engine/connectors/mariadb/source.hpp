#pragma once

#include "engine/connectors/mariadb/client.hpp"

#include <condition_variable>
#include <deque>
#include <thread>

// Reads a table once: the columns and rows that the scan wants, in parts if
// the table says so, by a thread of its own that waits for the server. A part
// is read whole or again. Bounded by `batches_max`.

namespace herald {

class mariadb_source final : public source_reader {
public:
  mariadb_source(mariadb_options options, source_context context);
  ~mariadb_source() override;

  absl::Status open(wake_function wake) override;

  std::vector<std::string> splits() const override {
    return splits_;
  }

  bool sequential() const override {
    return true;
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override;
  std::vector<split_position> positions() const override;

  source_counters counters() const override {
    return counters_;
  }

private:
  /// Rows of a batch, and batches that wait to be polled.
  static constexpr std::int64_t batch_rows = 4096;
  static constexpr std::size_t batches_max = 4;

  /// A batch, or (null) the end of its split.
  struct piece {
    batch_ptr rows;
    std::size_t split = 0;
  };

  std::string query_of(std::size_t split) const;
  absl::Status read(std::size_t split);
  absl::Status put(piece x);

  mariadb_options options_;
  source_context context_;
  mariadb_client client_;
  wake_function wake_;
  std::vector<std::string> splits_;
  std::vector<std::string> conditions_; ///< of each split; may be empty
  std::vector<bool> done_;
  source_counters counters_;
  batch_ptr current_; ///< what is left of a batch
  std::size_t current_split_ = 0;
  std::thread thread_;
  std::mutex mutex_; ///< for what follows
  std::condition_variable changed_;
  std::deque<piece> pieces_;
  absl::Status problem_;
  bool finished_ = false;
  bool stopping_ = false;
};

} // namespace herald
