#pragma once

#include "cluster/log/command_log.hpp"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

struct sqlite3;
struct sqlite3_stmt;

// The command log of one process: a table in a SQLite file, in WAL mode, on
// the log's own thread. A record is on disk before its append is answered;
// appends that wait together share one commit. The file is locked: a second
// process is refused when it opens it.

namespace herald::cluster {

class sqlite_log final : public command_log {
public:
  /// Opens or makes the file. Errors name the path and what to do.
  static absl::StatusOr<std::unique_ptr<sqlite_log>> open(std::string path);

  ~sqlite_log() override;

  void append(std::string record, append_callback done) override;
  void subscribe(log_position after, log_listener listener) override;
  void confirm(log_position upto) override;
  void close() override;

private:
  struct pending {
    std::string record;
    append_callback done;
  };

  struct close_database {
    void operator()(sqlite3* database) const;
  };

  struct finalize_statement {
    void operator()(sqlite3_stmt* statement) const;
  };

  using statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

  explicit sqlite_log(std::string path);

  absl::Status open_database();
  absl::Status execute(const char* sql);
  absl::StatusOr<statement> prepare(const char* sql);
  // Returns the database's last error; `doing` completes "cannot … the log".
  absl::Status error(const char* doing);

  void run();
  void write(std::deque<pending> batch);
  absl::Status insert(const std::deque<pending>& batch);
  absl::Status deliver(log_position confirmed);
  // A log that cannot be read is of no use: refuses all from now on.
  void give_up(const absl::Status& status);
  void tell_contact();
  void tell_trouble(const absl::Status& status);

  std::string path_;
  std::unique_ptr<sqlite3, close_database> database_;
  statement insert_;
  statement select_;
  // Of the last record in the file; used by the log's thread.
  log_position tail_;
  log_position delivered_;
  log_listener listener_;
  bool troubled_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<pending> pending_;
  log_position confirmed_;
  bool closing_ = false;
  absl::Status broken_;
  std::thread thread_;
};

} // namespace herald::cluster
