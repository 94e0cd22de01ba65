#include "cluster/log/sqlite_log.hpp"

#include "cluster/limits.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace herald::cluster {

namespace {

constexpr const char* schema = R"(
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS log (
    position INTEGER PRIMARY KEY,
    record BLOB NOT NULL);
  BEGIN IMMEDIATE; COMMIT;)";

} // namespace

void sqlite_log::close_database::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void sqlite_log::finalize_statement::operator()(sqlite3_stmt* one) const {
  sqlite3_finalize(one);
}

// -- lifecycle ---------------------------------------------------------------

absl::StatusOr<std::unique_ptr<sqlite_log>> sqlite_log::open(std::string path) {
  std::unique_ptr<sqlite_log> result(new sqlite_log(std::move(path)));
  HERALD_TRY(result->open_database());
  return result;
}

sqlite_log::sqlite_log(std::string path) : path_(std::move(path)) {
  // nop
}

sqlite_log::~sqlite_log() {
  close();
}

absl::Status sqlite_log::open_database() {
  sqlite3* database = nullptr;
  auto code = sqlite3_open(path_.c_str(), &database);
  database_.reset(database);
  if (code != SQLITE_OK)
    return error("open");
  HERALD_TRY(execute(schema));
  HERALD_ASSIGN(insert_, prepare("INSERT INTO log VALUES (?1, ?2)"));
  HERALD_ASSIGN(select_,
                prepare("SELECT position, record FROM log"
                        " WHERE position > ?1 ORDER BY position LIMIT ?2"));
  HERALD_ASSIGN(auto last, prepare("SELECT max(position) FROM log"));
  if (sqlite3_step(last.get()) != SQLITE_ROW)
    return error("read");
  tail_ = {static_cast<std::uint64_t>(sqlite3_column_int64(last.get(), 0))};
  return absl::OkStatus();
}

void sqlite_log::close() {
  {
    std::lock_guard guard(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
  for (auto& one : std::exchange(pending_, {}))
    one.done(absl::CancelledError("the command log was closed"));
}

// -- calls from other threads ------------------------------------------------

void sqlite_log::subscribe(log_position after, log_listener listener) {
  HERALD_CHECK(!thread_.joinable(), "a log has one subscriber");
  listener_ = std::move(listener);
  delivered_ = after;
  confirmed_ = after;
  thread_ = std::thread([this] { run(); });
}

void sqlite_log::append(std::string record, append_callback done) {
  if (record.size() > max_command_bytes) {
    done(absl::InvalidArgumentError(
        fmt::format("a command of {} bytes is above the limit of {}",
                    record.size(), max_command_bytes)));
    return;
  }
  auto refused = absl::OkStatus();
  {
    std::lock_guard guard(mutex_);
    if (closing_)
      refused = absl::CancelledError("the command log was closed");
    else if (!broken_.ok())
      refused = broken_;
    else if (pending_.size() >= max_pending_appends)
      refused = absl::ResourceExhaustedError("too many commands wait");
    else
      pending_.push_back({std::move(record), std::move(done)});
  }
  if (refused.ok())
    wake_.notify_one();
  else
    done(refused);
}

void sqlite_log::confirm(log_position upto) {
  {
    std::lock_guard guard(mutex_);
    confirmed_ = std::max(confirmed_, upto);
  }
  wake_.notify_one();
}

// -- the log's thread --------------------------------------------------------

void sqlite_log::run() {
  auto next_contact = std::chrono::steady_clock::now();
  for (;;) {
    std::deque<pending> batch;
    log_position confirmed;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next_contact, [this] {
        return closing_ || !pending_.empty()
               || (delivered_ < tail_
                   && delivered_.value
                          < confirmed_.value + max_unconfirmed_records);
      });
      if (closing_)
        return;
      batch = std::exchange(pending_, {});
      confirmed = confirmed_;
    }
    if (!batch.empty())
      write(std::move(batch));
    if (auto status = deliver(confirmed); !status.ok()) {
      give_up(status);
      return;
    }
    if (std::chrono::steady_clock::now() >= next_contact) {
      tell_contact();
      next_contact = std::chrono::steady_clock::now() + contact_every;
    }
  }
}

void sqlite_log::write(std::deque<pending> batch) {
  auto status = execute("BEGIN");
  if (status.ok())
    status = insert(batch);
  if (status.ok())
    status = execute("COMMIT");
  if (!status.ok())
    // Fails if the transaction is gone already, which is as well.
    (void)execute("ROLLBACK");
  for (auto& one : batch) {
    if (status.ok())
      ++tail_.value;
    one.done(status.ok() ? absl::StatusOr<log_position>(tail_)
                         : absl::StatusOr<log_position>(status));
  }
  if (!status.ok())
    tell_trouble(status);
}

absl::Status sqlite_log::insert(const std::deque<pending>& batch) {
  auto position = static_cast<sqlite3_int64>(tail_.value);
  for (const auto& one : batch) {
    sqlite3_bind_int64(insert_.get(), 1, ++position);
    sqlite3_bind_blob64(insert_.get(), 2, one.record.data(), one.record.size(),
                        SQLITE_STATIC);
    auto code = sqlite3_step(insert_.get());
    sqlite3_reset(insert_.get());
    if (code != SQLITE_DONE)
      return error("write");
  }
  return absl::OkStatus();
}

absl::Status sqlite_log::deliver(log_position confirmed) {
  auto end = confirmed.value + max_unconfirmed_records;
  if (delivered_.value >= end || delivered_ >= tail_)
    return absl::OkStatus();
  auto* rows = select_.get();
  sqlite3_bind_int64(rows, 1, static_cast<sqlite3_int64>(delivered_.value));
  sqlite3_bind_int64(rows, 2,
                     static_cast<sqlite3_int64>(end - delivered_.value));
  int code;
  while ((code = sqlite3_step(rows)) == SQLITE_ROW) {
    delivered_ = {static_cast<std::uint64_t>(sqlite3_column_int64(rows, 0))};
    const auto* data = static_cast<const char*>(sqlite3_column_blob(rows, 1));
    auto size = static_cast<std::size_t>(sqlite3_column_bytes(rows, 1));
    if (listener_.record)
      listener_.record(delivered_, {data, size});
  }
  sqlite3_reset(rows);
  return code == SQLITE_DONE ? absl::OkStatus() : error("read");
}

void sqlite_log::give_up(const absl::Status& status) {
  std::deque<pending> waiting;
  {
    std::lock_guard guard(mutex_);
    broken_ = status;
    waiting = std::exchange(pending_, {});
  }
  for (auto& one : waiting)
    one.done(status);
  tell_trouble(status);
}

void sqlite_log::tell_contact() {
  troubled_ = false;
  if (listener_.contact)
    listener_.contact(tail_, std::chrono::steady_clock::now());
}

void sqlite_log::tell_trouble(const absl::Status& status) {
  if (!std::exchange(troubled_, true) && listener_.trouble)
    listener_.trouble(status);
}

// -- SQLite ------------------------------------------------------------------

absl::Status sqlite_log::execute(const char* sql) {
  return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr)
                 == SQLITE_OK
             ? absl::OkStatus()
             : error("set up");
}

absl::StatusOr<sqlite_log::statement> sqlite_log::prepare(const char* sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql, -1, &made, nullptr) != SQLITE_OK)
    return error("set up");
  return statement(made);
}

absl::Status sqlite_log::error(const char* doing) {
  auto code = sqlite3_errcode(database_.get());
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return absl::FailedPreconditionError(
        fmt::format("the command log {} is in use by another process: stop it, "
                    "or give this node a data folder of its own",
                    path_));
  auto text = fmt::format("cannot {} the command log {}: {}", doing, path_,
                          sqlite3_errmsg(database_.get()));
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    return absl::DataLossError(text);
  if (code == SQLITE_FULL) // and rolled back
    return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

} // namespace herald::cluster
