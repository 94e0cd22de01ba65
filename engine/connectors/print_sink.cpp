#include "engine/connectors/connectors.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/value_print.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

// 'print' shows every row on standard output as "+I[a, b]", instants in UTC
// with a "Z", whatever the session's zone, as in Flink; 'blackhole'
// takes rows and does nothing.

namespace herald {

namespace {

class print_sink final : public sink_writer {
public:
  print_sink(std::string prefix, int file)
      : prefix_(std::move(prefix)), file_(file) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    std::string text;
    for (std::int64_t row = 0; row < rows->rows; ++row) {
      text += prefix_;
      text += to_string(rows->change_of(row));
      char separator = '[';
      for (const auto& column : rows->columns) {
        text += separator == '[' ? "[" : ", ";
        separator = ',';
        print_value(*column, row, text, true);
      }
      text += separator == '[' ? "[]\n" : "]\n";
    }
    // One call a batch, so that lines of several subtasks do not mix.
    for (std::size_t done = 0; done < text.size();) {
      auto got = ::write(file_, text.data() + done, text.size() - done);
      if (got < 0 && errno != EINTR)
        return user_error(
            fmt::format("cannot print: {}", std::strerror(errno)));
      done += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    return absl::OkStatus();
  }

private:
  std::string prefix_;
  int file_;
};

class blackhole_sink final : public sink_writer {
public:
  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr&) override {
    return absl::OkStatus();
  }
};

/// What the two have in common: nothing can be read from them.
class sink_only : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    return user_error(fmt::format("connector '{}' is a sink: nothing can be "
                                  "read from it",
                                  text_option(table.options, "connector")));
  }

  bool bounded(const table_definition&) const override {
    return true;
  }

  absl::Status check_changes(const table_definition&) const override {
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    return check_source(*context.scan.table);
  }
};

class print_type final : public sink_only {
public:
  absl::Status check_sink(const table_definition& table) const override {
    HERALD_TRY(
        check_table_options(table, {"print-identifier", "standard-error"}));
    return bool_option(table.options, "standard-error", false).status();
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    const auto& table = *context.sink.table;
    HERALD_TRY(check_sink(table));
    HERALD_ASSIGN(bool to_error,
                  bool_option(table.options, "standard-error", false));
    auto prefix = text_option(table.options, "print-identifier");
    if (context.parallelism > 1)
      prefix += fmt::format("{}{}", prefix.empty() ? "" : ":",
                            context.subtask + 1);
    if (!prefix.empty())
      prefix += "> ";
    return std::make_unique<print_sink>(
        std::move(prefix), to_error ? STDERR_FILENO : STDOUT_FILENO);
  }
};

class blackhole_type final : public sink_only {
public:
  absl::Status check_sink(const table_definition& table) const override {
    return check_table_options(table, {});
  }

  bool takes_upserts(const table_definition&) const override {
    return true;
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    HERALD_TRY(check_sink(*context.sink.table));
    return std::make_unique<blackhole_sink>();
  }
};

} // namespace

const connector& print_connector() {
  static const print_type instance;
  return instance;
}

const connector& blackhole_connector() {
  static const blackhole_type instance;
  return instance;
}

} // namespace herald
