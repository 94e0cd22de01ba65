#include "engine/connectors/filesystem/source.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/connectors/filesystem/condition.hpp"
#include "engine/connectors/filesystem/files.hpp"
#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/connectors/filesystem/partition.hpp"
#include "engine/connectors/table_columns.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>
#include <unistd.h>

namespace herald {

absl::StatusOr<std::unique_ptr<source_reader>>
file_source::make(source_context context) {
  HERALD_ASSIGN(auto options, file_options_of(*context.scan.table));
  std::unique_ptr<file_source> result(
      new file_source(std::move(context), std::move(options)));
  auto scan = result->find_places();
  const auto format = result->options_.format;
  HERALD_ASSIGN(result->kind_, format == "parquet"
                                   ? make_parquet_kind(std::move(scan))
                                   : make_line_kind(format, std::move(scan)));
  return result;
}

/// Divides the scan into what files hold and what is said about them.
file_scan file_source::find_places() {
  const auto& scan = context_.scan;
  const auto metadata = metadata_of_paths(scan, file_metadata_fields());
  file_scan result;
  schema layout;
  for (std::size_t i = 0; i < scan.paths.size(); ++i) {
    auto& made = places_.emplace_back();
    made.metadata = metadata[i];
    made.name = scan.paths[i].front();
    const auto& folders = options_.partitioned_by;
    if (made.metadata >= 0)
      continue;
    if (std::find(folders.begin(), folders.end(), made.name) != folders.end()) {
      const auto& type = scan.layout->fields[i].type;
      for (const auto& x : scan.pushed)
        if (x.path == scan.paths[i])
          if (auto condition = comparison_with(type, x, x.op))
            made.conditions.push_back(std::move(condition));
      continue;
    }
    made.column = static_cast<int>(result.paths.size());
    result.paths.push_back(scan.paths[i]);
    layout.fields.push_back(scan.layout->fields[i]);
  }
  // Not what is said of the file; formats of lines know equalities only.
  for (const auto& pushed : scan.pushed)
    for (const auto& field : options_.fields)
      if (field.name == pushed.path.front()
          && (pushed.op == "=" || options_.format == "parquet"))
        result.pushed.push_back(pushed);
  result.layout = std::make_shared<schema>(std::move(layout));
  result.fields = options_.fields;
  result.options = options_.format_options;
  return result;
}

/// The table's files that are there now, sorted.
absl::StatusOr<std::vector<std::string>> file_source::list() const {
  const bool monitors = options_.monitor_ms > 0;
  auto found = files_of(options_.path, monitors);
  if (!found.ok()) {
    const auto& table = *context_.scan.table;
    return table.placed(
        option_error("path", fmt::format("table '{}': {}", table.name,
                                         message_of(found.status()))));
  }
  auto all = *std::move(found);
  if (monitors) // as the record of what was read names them
    for (auto& file : all)
      file = std::filesystem::path(file).lexically_normal().string();
  if (options_.path_pattern.empty())
    return all;
  const RE2 pattern(options_.path_pattern, RE2::Quiet);
  std::erase_if(all, [&](const std::string& file) {
    const auto whole = std::filesystem::absolute(file).lexically_normal();
    return !RE2::FullMatch(whole.string(), pattern);
  });
  return all;
}

absl::Status file_source::open(wake_function wake) {
  if (options_.monitor_ms > 0)
    return open_monitor(std::move(wake));
  HERALD_ASSIGN(const auto all, list());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(context_.parallelism))
        != context_.subtask)
      continue;
    if (::access(all[i].c_str(), R_OK) != 0)
      return user_error(fmt::format("file '{}' cannot be read: {}", all[i],
                                    std::strerror(errno)));
    std::int64_t next = 0;
    for (const auto& position : context_.restore)
      if (position.split == all[i])
        next = position.next;
    files_.push_back(all[i]);
    next_.push_back(next);
  }
  return absl::OkStatus();
}

absl::StatusOr<scalar>
file_source::metadata_value(int key, const data_type& type) const {
  const auto& file = files_[current_];
  if (key == file_metadata_path)
    return scalar{type, file};
  if (key == file_metadata_name)
    return scalar{type, file.substr(file.rfind('/') + 1)};

  struct stat info {};

  if (::stat(file.c_str(), &info) != 0)
    return user_error(fmt::format("file '{}': {}", file, std::strerror(errno)));
  if (key == file_metadata_size)
    return scalar{type, std::int64_t{info.st_size}};
  constexpr std::int64_t ms_a_second = 1'000;
  constexpr std::int64_t ns_a_ms = 1'000'000;
  return scalar{type, info.st_mtim.tv_sec * ms_a_second
                          + info.st_mtim.tv_nsec / ns_a_ms};
}

absl::StatusOr<scalar> file_source::folder_value(const std::string& column,
                                                 const data_type& type) const {
  const auto text = partition_text(files_[current_], column);
  if (!text)
    return user_error(fmt::format("the file lies in no folder '{}=…'", column));
  return partition_value(options_, *text, type);
}

/// False if the values of the file's folders do not meet what is pushed.
absl::StatusOr<bool> file_source::is_wanted() {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto& x = places_[i];
    if (x.column >= 0 || x.metadata >= 0)
      continue;
    HERALD_ASSIGN(constants_[i],
                  folder_value(x.name, context_.scan.layout->fields[i].type));
    for (const auto& condition : x.conditions)
      if (!may_hold(*condition, constants_[i].type, repeat(constants_[i], 1)))
        return false;
  }
  return true;
}

/// False if the file is passed over.
absl::StatusOr<bool> file_source::open_file(source_rows& out) {
  constants_.assign(places_.size(), {});
  const auto wanted = is_wanted();
  if (!wanted.ok()) {
    ++counters_.malformed;
    out.dead.push_back({files_[current_],
                        std::string(message_of(wanted.status())),
                        files_[current_], 0});
    return false;
  }
  if (!*wanted)
    return false;
  if (std::error_code ignored;
      monitor_ && !std::filesystem::exists(files_[current_], ignored)) {
    ++counters_.malformed;
    out.dead.push_back({files_[current_],
                        "the file was removed before it was read",
                        files_[current_], 0});
    return false;
  }
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i].metadata >= 0) {
      HERALD_ASSIGN(constants_[i],
                    metadata_value(places_[i].metadata,
                                   context_.scan.layout->fields[i].type));
    }
  HERALD_ASSIGN(reader_, kind_->open(files_[current_], next_[current_]));
  return true;
}

void file_source::next_file() {
  reader_.reset();
  if (monitor_)
    uncommitted_[files_[current_]] = whole_file;
  ++current_;
}

void file_source::add_constants(source_rows& out) const {
  const auto& layout = context_.scan.layout;
  const auto rows = out.rows->rows;
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const auto at = places_[i].column;
    columns.push_back(at >= 0 ? out.rows->columns[static_cast<std::size_t>(at)]
                              : repeat(constants_[i], rows));
  }
  out.rows = make_batch(layout, std::move(columns), rows, out.rows->changes);
}

absl::StatusOr<source_event> file_source::poll(std::int64_t rows_max) {
  if (current_ == files_.size() && !monitor_)
    return source_event(source_finished{});
  if (current_ == files_.size() && alarm::clock::now() >= next_look_)
    look();
  if (current_ == files_.size()) {
    alarm_.set(next_look_);
    return source_event(source_idle{!had_files_});
  }
  source_rows out;
  out.split = static_cast<int>(current_);
  if (!reader_) {
    HERALD_ASSIGN(bool open, open_file(out));
    if (!open) {
      out.rows = batch_builder(context_.scan.layout).finish();
      next_file();
      return source_event(std::move(out));
    }
  }
  HERALD_ASSIGN(bool more, reader_->read(rows_max, out, counters_));
  add_constants(out);
  next_[current_] = reader_->position();
  if (monitor_)
    uncommitted_[files_[current_]] = next_[current_];
  if (!more)
    next_file();
  return source_event(std::move(out));
}

std::vector<split_position> file_source::positions() const {
  std::vector<split_position> result;
  for (const auto& [file, next] : uncommitted_)
    result.push_back({file, next});
  for (std::size_t i = 0; i < files_.size() && !monitor_; ++i)
    result.push_back({files_[i], next_[i]});
  return result;
}

source_counters file_source::counters() const {
  auto result = counters_;
  result.problem = look_problem_.empty() ? commit_problem_ : look_problem_;
  return result;
}

} // namespace herald
