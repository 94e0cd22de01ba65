#include "engine/connectors/filesystem/source.hpp"

#include "engine/common/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace fs = std::filesystem;

absl::StatusOr<std::vector<std::string>> files_of(const std::string& path) {
  std::error_code error;
  auto status = fs::status(path, error);
  if (!fs::exists(status))
    return user_error(fmt::format("path '{}' does not exist", path),
                      "option 'path' names a file or a folder");
  if (!fs::is_directory(status))
    return std::vector<std::string>{path};
  std::vector<std::string> result;
  fs::directory_iterator entry(path, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto name = entry->path().filename().string();
    if (name[0] != '.' && name[0] != '_' && entry->is_regular_file(error))
      result.push_back(entry->path().string());
  }
  if (error)
    return user_error(
        fmt::format("folder '{}' cannot be listed: {}", path, error.message()));
  std::sort(result.begin(), result.end());
  return result;
}

absl::Status file_source::open(wake_function) {
  HERALD_ASSIGN(auto all, files_of(path_));
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

absl::Status file_source::open_file() {
  HERALD_ASSIGN(reader_, line_reader::open(files_[current_], next_[current_]));
  if (skips_header_ && next_[current_] == 0) {
    line_reader::line header;
    HERALD_TRY(reader_->next(header).status());
    next_[current_] = reader_->position();
  }
  return absl::OkStatus();
}

void file_source::take_line(const line_reader::line& line, source_rows& out) {
  auto text = line.text;
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  if (text.empty())
    return;
  ++counters_.records;
  counters_.bytes += static_cast<std::int64_t>(text.size()) + 1;
  if (line.cut) {
    ++counters_.malformed;
    out.dead.push_back(
        {std::string(text.substr(0, dead_letter_max)),
         fmt::format("the line is longer than {} bytes", line_max),
         files_[current_], line.position});
    return;
  }
  documents_.append(text);
  places_.push_back(line.position);
}

void file_source::decode(source_rows& out) {
  auto decoded = decoder_->decode(documents_);
  counters_.malformed
      += static_cast<std::int64_t>(decoded.bad.size()) + decoded.ignored;
  for (auto& bad : decoded.bad) {
    auto index = static_cast<std::size_t>(bad.index);
    out.dead.push_back(
        {std::string(documents_[index].substr(0, dead_letter_max)),
         std::move(bad.reason), files_[current_], places_[index]});
  }
  out.rows = std::move(decoded.rows);
}

absl::StatusOr<source_event> file_source::poll(std::int64_t rows_max) {
  if (current_ == files_.size())
    return source_event(source_finished{});
  source_rows out;
  out.split = static_cast<int>(current_);
  documents_.clear();
  places_.clear();
  if (!reader_)
    HERALD_TRY(open_file());
  bool more = true;
  for (std::int64_t i = 0; i < rows_max; ++i) {
    line_reader::line line;
    HERALD_ASSIGN(more, reader_->next(line));
    if (!more)
      break;
    take_line(line, out);
    if (documents_.bytes() >= poll_bytes_max || line.cut)
      break;
  }
  decode(out);
  next_[current_] = reader_->position();
  if (!more) {
    reader_.reset();
    ++current_;
  }
  return source_event(std::move(out));
}

std::vector<split_position> file_source::positions() const {
  std::vector<split_position> result;
  for (std::size_t i = 0; i < files_.size(); ++i)
    result.push_back({files_[i], next_[i]});
  return result;
}

} // namespace herald
