#include "engine/connectors/filesystem/sink.hpp"

#include "engine/common/check.hpp"
#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/connectors/filesystem/partition.hpp"
#include "engine/connectors/table_columns.hpp"

#include <algorithm>

namespace herald {

namespace {

std::int64_t clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

} // namespace

absl::StatusOr<std::unique_ptr<sink_writer>>
file_sink::make(const sink_context& context) {
  HERALD_ASSIGN(auto options, file_options_of(*context.sink.table));
  std::unique_ptr<file_sink> result(
      new file_sink(std::move(options), context.subtask));
  result->divide_layout(physical_fields(*context.sink.table),
                        *context.sink.layout);
  HERALD_ASSIGN(result->kind_,
                result->options_.format == "parquet"
                    ? make_parquet_parts(result->options_, result->file_layout_)
                    : make_line_parts(result->options_, result->file_layout_));
  return result;
}

/// `columns` are those of the table; `whole`, of the same types, may have
/// other names.
void file_sink::divide_layout(const std::vector<field>& columns,
                              const schema& whole) {
  HERALD_CHECK_EQ(columns.size(), whole.fields.size());
  schema layout;
  const auto& names = options_.partitioned_by;
  partition_columns_.resize(names.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto at = std::find(names.begin(), names.end(), columns[i].name);
    if (at != names.end()) {
      partition_columns_[static_cast<std::size_t>(at - names.begin())] = i;
      continue;
    }
    file_columns_.push_back(i);
    layout.fields.push_back(whole.fields[i]);
  }
  file_layout_ = std::make_shared<schema>(std::move(layout));
}

absl::Status file_sink::open(wake_function) {
  HERALD_TRY(make_folder(options_.path));
  if (!options_.commit.file.empty())
    HERALD_TRY(commits_.open());
  return adopt_parts(
      options_.path, static_cast<int>(options_.partitioned_by.size()),
      options_.format,
      kind_->can_keep() ? abandoned::lines : abandoned::unusable);
}

absl::Status file_sink::write(const batch_ptr& rows) {
  if (partition_columns_.empty())
    return write_to("", rows);
  std::vector<column_ptr> keys;
  for (const auto i : partition_columns_)
    keys.push_back(rows->columns[i]);
  std::vector<column_ptr> columns;
  for (const auto i : file_columns_)
    columns.push_back(rows->columns[i]);
  const auto inner
      = make_batch(file_layout_, std::move(columns), rows->rows, rows->changes);
  std::map<std::string, row_list> folders;
  for (std::int64_t row = 0; row < rows->rows; ++row)
    folders[partition_folder(options_, keys, row)].push_back(
        static_cast<std::int32_t>(row));
  for (const auto& [folder, list] : folders)
    HERALD_TRY(
        write_to(folder, folders.size() == 1 ? inner : take(*inner, list)));
  return absl::OkStatus();
}

absl::Status file_sink::write_to(const std::string& folder,
                                 const batch_ptr& rows) {
  HERALD_ASSIGN(auto part, part_of(folder));
  if (!options_.commit.file.empty())
    HERALD_TRY(commits_.wrote(folder, clock_ms()));
  HERALD_TRY(part->second.writer->write(rows));
  part->second.used = clock::now();
  if (part->second.writer->size() >= options_.part_bytes_max)
    return finish(part);
  return make_room();
}

absl::StatusOr<file_sink::part_map::iterator>
file_sink::part_of(const std::string& folder) {
  auto at = parts_.find(folder);
  if (at != parts_.end())
    return at;
  auto path = options_.path;
  if (!folder.empty())
    path += "/" + folder;
  HERALD_ASSIGN(auto file, part_file::create(path, subtask_, options_.format));
  HERALD_ASSIGN(auto writer, kind_->start(std::move(file)));
  const auto now = clock::now();
  return parts_.emplace(folder, open_part{std::move(writer), now, now}).first;
}

absl::Status file_sink::finish(part_map::iterator part) {
  HERALD_TRY(part->second.writer->finish());
  parts_.erase(part);
  return absl::OkStatus();
}

/// Ends parts until no more are open, and no more is held, than may be.
absl::Status file_sink::make_room() {
  std::int64_t held = 0;
  for (const auto& [folder, part] : parts_)
    held += part.writer->held();
  while (parts_.size() > parts_open_max
         || (held > parts_held_max && parts_.size() > 1)) {
    auto oldest = std::min_element(parts_.begin(), parts_.end(),
                                   [](const auto& a, const auto& b) {
                                     return a.second.used < b.second.used;
                                   });
    held -= oldest->second.writer->held();
    HERALD_TRY(finish(oldest));
  }
  return absl::OkStatus();
}

absl::Status file_sink::flush() {
  const auto now = clock::now();
  const std::chrono::milliseconds age_max(options_.part_age_max_ms);
  const std::chrono::milliseconds idle_max(options_.part_idle_max_ms);
  for (auto part = parts_.begin(); part != parts_.end();) {
    const auto at = part++;
    const auto& x = at->second;
    if (kind_->can_keep() && now - x.begun < age_max && now - x.used < idle_max)
      HERALD_TRY(x.writer->keep());
    else
      HERALD_TRY(finish(at));
  }
  return commit_partitions();
}

/// What the flush took is in final files then. Rows after it are not there.
absl::Status file_sink::commit_partitions() {
  constexpr auto all_written = std::numeric_limits<std::int64_t>::max();
  for (const auto& folder : commits_.due(clock_ms(), watermark_)) {
    const auto part = parts_.find(folder);
    if (part != parts_.end()) {
      if (options_.commit.is_at_once() && watermark_ != all_written)
        continue; // when the part is complete
      HERALD_TRY(finish(part));
    }
    HERALD_TRY(commits_.commit(folder));
  }
  return absl::OkStatus();
}

absl::Status file_sink::close() {
  while (!parts_.empty())
    HERALD_TRY(finish(parts_.begin()));
  return absl::OkStatus();
}

} // namespace herald
