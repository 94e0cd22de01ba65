#include "engine/serving/duckdb_engine.hpp"

#include "engine/columnar/arrow_c.hpp"
#include "engine/common/error.hpp"
#include "engine/serving/duckdb_error.hpp"

#include <atomic>
#include <optional>
#include <vector>

#include <arrow/c/abi.h>
#include <duckdb.h>
#include <fmt/format.h>

namespace herald {

namespace {

/// A DuckDB handle that is given back at the end.
template <class T, void (*Destroy)(T*)>
class handle {
public:
  handle() = default;
  handle(const handle&) = delete;

  ~handle() {
    Destroy(&raw);
  }

  T raw{};
};

using statements
    = handle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using prepared = handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using pending = handle<duckdb_pending_result, duckdb_destroy_pending>;
using result = handle<duckdb_result, duckdb_destroy_result>;
using chunk = handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using config = handle<duckdb_config, duckdb_destroy_config>;
using arrow_options
    = handle<duckdb_arrow_options, duckdb_destroy_arrow_options>;
using error_data = handle<duckdb_error_data, duckdb_destroy_error_data>;
using logical_type = handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using connection = handle<duckdb_connection, duckdb_disconnect>;
using database = handle<::duckdb_database, duckdb_close>;

const char* text_or(const char* text) {
  return text ? text : "DuckDB gave no reason";
}

class engine final : public query_engine {
public:
  explicit engine(std::shared_ptr<void> keep) : keep_(std::move(keep)) {}

  duckdb_connection* target() {
    return &connection_.raw;
  }

  std::string_view name() const override {
    return "duckdb";
  }

  absl::StatusOr<schema_ptr> start(const std::string& sql) override {
    sql_ = sql;
    HERALD_TRY(prepare());
    HERALD_TRY(execute());
    HERALD_TRY(read_layout());
    return reader_->layout();
  }

  absl::StatusOr<batch_ptr> next() override {
    interrupt_if_cancelled();
    chunk data;
    data.raw = duckdb_fetch_chunk(result_->raw);
    if (!data.raw) {
      const auto* text = duckdb_result_error(&result_->raw);
      if (text && *text)
        return failure(text);
      return batch_ptr();
    }
    ArrowArray array{};
    error_data error;
    error.raw = duckdb_data_chunk_to_arrow(options_->raw, data.raw, &array);
    if (duckdb_error_data_has_error(error.raw))
      return failure(duckdb_error_data_message(error.raw));
    return reader_->read(&array);
  }

  void cancel() override {
    cancelled_ = true;
    duckdb_interrupt(connection_.raw);
  }

  void finish() override {
    reader_.reset();
    options_.reset();
    result_.reset();
    statement_.reset();
    cancelled_ = false;
  }

private:
  absl::Status failure(const char* text) const {
    if (cancelled_)
      return absl::CancelledError("the query was cancelled");
    return duckdb_error(text_or(text), sql_);
  }

  /// An interrupt from before the query began is lost: the flag is not.
  void interrupt_if_cancelled() {
    if (cancelled_)
      duckdb_interrupt(connection_.raw);
  }

  absl::Status prepare() {
    statements found;
    auto count
        = duckdb_extract_statements(connection_.raw, sql_.c_str(), &found.raw);
    if (count == 0) {
      const auto* text = duckdb_extract_statements_error(found.raw);
      return text ? failure(text) : user_error("the statement is empty");
    }
    if (count > 1)
      return user_error(
          fmt::format("a job is one statement, these are {}", count),
          "submit them one after the other");
    statement_.emplace();
    if (duckdb_prepare_extracted_statement(connection_.raw, found.raw, 0,
                                           &statement_->raw)
        != DuckDBSuccess)
      return failure(duckdb_prepare_error(statement_->raw));
    if (duckdb_nparams(statement_->raw) != 0)
      return user_error("the statement has parameters",
                        "write their values in the statement");
    return absl::OkStatus();
  }

  absl::Status execute() {
    pending run;
    if (duckdb_pending_prepared_streaming(statement_->raw, &run.raw)
        != DuckDBSuccess)
      return failure(duckdb_pending_error(run.raw));
    // Task by task, so that a cancellation from before the start is seen. The
    // query must see it itself: one that is just left would go on in the next
    // one's clean-up, where nothing interrupts it.
    for (;;) {
      interrupt_if_cancelled();
      auto state = duckdb_pending_execute_task(run.raw);
      if (state == DUCKDB_PENDING_ERROR)
        return failure(duckdb_pending_error(run.raw));
      if (duckdb_pending_execution_is_finished(state))
        break;
    }
    result_.emplace();
    if (duckdb_execute_pending(run.raw, &result_->raw) != DuckDBSuccess)
      return failure(duckdb_result_error(&result_->raw));
    return absl::OkStatus();
  }

  absl::Status read_layout() {
    options_.emplace();
    options_->raw = duckdb_result_get_arrow_options(&result_->raw);
    auto count = duckdb_column_count(&result_->raw);
    std::vector<logical_type> owners(count);
    std::vector<duckdb_logical_type> types;
    std::vector<const char*> names;
    for (idx_t i = 0; i < count; ++i) {
      owners[i].raw = duckdb_column_logical_type(&result_->raw, i);
      types.push_back(owners[i].raw);
      names.push_back(duckdb_column_name(&result_->raw, i));
    }
    ArrowSchema layout{};
    error_data error;
    error.raw = duckdb_to_arrow_schema(options_->raw, types.data(),
                                       names.data(), count, &layout);
    if (duckdb_error_data_has_error(error.raw))
      return failure(duckdb_error_data_message(error.raw));
    HERALD_ASSIGN(reader_, c_importer::make(&layout));
    return absl::OkStatus();
  }

  std::shared_ptr<void> keep_; ///< the database; closed after the connection
  connection connection_;
  std::string sql_;
  std::optional<prepared> statement_;
  std::optional<result> result_;
  std::optional<arrow_options> options_;
  std::optional<c_importer> reader_;
  std::atomic<bool> cancelled_{false};
};

class database_impl final : public shared_duckdb {
public:
  absl::Status open(const duckdb_settings& settings) {
    config options;
    if (duckdb_create_config(&options.raw) != DuckDBSuccess)
      return absl::InternalError("DuckDB has no memory for its settings");
    const std::pair<const char*, std::string> values[] = {
        {"threads", "1"},
        {"memory_limit", fmt::format("{}B", settings.memory_bytes)},
        {"temp_directory", settings.spill_folder},
        {"errors_as_json", "true"},
        {"autoinstall_known_extensions", "false"},
        {"lock_configuration", "true"},
    };
    for (const auto& [name, value] : values)
      if (duckdb_set_config(options.raw, name, value.c_str()) != DuckDBSuccess)
        return user_error(fmt::format("DuckDB refuses {} = '{}'", name, value));
    database_ = std::make_shared<database>();
    char* text = nullptr;
    if (duckdb_open_ext(nullptr, &database_->raw, options.raw, &text)
        != DuckDBSuccess) {
      std::string reason = text_or(text);
      duckdb_free(text);
      return user_error(fmt::format("cannot open DuckDB: {}", reason));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<query_engine>> connect() override {
    auto made = std::make_unique<engine>(database_);
    if (duckdb_connect(database_->raw, made->target()) != DuckDBSuccess)
      return absl::InternalError("DuckDB gives no further connection");
    return std::unique_ptr<query_engine>(std::move(made));
  }

private:
  std::shared_ptr<database> database_;
};

} // namespace

absl::StatusOr<std::shared_ptr<shared_duckdb>>
shared_duckdb::open(const duckdb_settings& settings) {
  auto made = std::make_shared<database_impl>();
  HERALD_TRY(made->open(settings));
  return std::shared_ptr<shared_duckdb>(std::move(made));
}

} // namespace herald
