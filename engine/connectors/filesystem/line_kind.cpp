#include "engine/connectors/filesystem/file_reader.hpp"
#include "engine/connectors/filesystem/line_reader.hpp"
#include "engine/formats/csv.hpp"
#include "engine/formats/format.hpp"

#include <optional>

#include <fmt/format.h>

namespace herald {

namespace {

/// Text that one poll decodes at most, in bytes (or one record).
constexpr std::size_t poll_bytes_max = 4 << 20;

/// What the readers of a source share.
struct line_state {
  std::unique_ptr<decoder> decode;
  std::optional<csv_options> csv; ///< records may go over several lines
  bool empty_lines = false;       ///< the decoder wants them, too
  documents texts;
  std::vector<std::int64_t> places; ///< position of each document
  std::string record;               ///< that goes over several lines
};

class line_file final : public file_reader {
public:
  line_file(line_state& state, std::string path,
            std::unique_ptr<line_reader> lines)
      : state_(state), path_(std::move(path)), lines_(std::move(lines)) {}

  absl::StatusOr<bool> read(std::int64_t rows_max, source_rows& out,
                            source_counters& counters) override {
    state_.texts.clear();
    state_.places.clear();
    const auto records = rows_max / state_.decode->rows_of_document();
    bool more = true;
    for (std::int64_t i = 0; i < std::max<std::int64_t>(records, 1); ++i) {
      line_reader::line line;
      HERALD_ASSIGN(more, next_record(line));
      if (!more)
        break;
      take(line, out, counters);
      if (state_.texts.bytes() >= poll_bytes_max || line.cut)
        break;
    }
    decode(out, counters);
    return more;
  }

  std::int64_t position() const override {
    return lines_->position();
  }

private:
  /// The next line, with those behind it that belong to the same record.
  absl::StatusOr<bool> next_record(line_reader::line& out) {
    HERALD_ASSIGN(bool found, lines_->next(out));
    if (!found || !state_.csv || out.cut)
      return found;
    bool open = leaves_quote_open(out.text, false, *state_.csv);
    if (!open)
      return true;
    auto& record = state_.record;
    record.assign(out.text);
    line_reader::line more;
    while (open && record.size() < line_max) {
      HERALD_ASSIGN(bool another, lines_->next(more));
      if (!another)
        break;
      open = leaves_quote_open(more.text, true, *state_.csv);
      record.push_back('\n');
      record.append(more.text);
    }
    out.text = record;
    out.cut = record.size() >= line_max;
    return true;
  }

  void take(const line_reader::line& line, source_rows& out,
            source_counters& counters) {
    auto text = line.text;
    if (text.ends_with('\r'))
      text.remove_suffix(1);
    if (text.empty() && !state_.empty_lines)
      return;
    ++counters.records;
    counters.bytes += static_cast<std::int64_t>(text.size()) + 1;
    if (!line.cut) {
      state_.texts.append(text);
      state_.places.push_back(line.position);
      return;
    }
    ++counters.malformed;
    out.dead.push_back(
        {std::string(text.substr(0, dead_letter_max)),
         fmt::format("the record is longer than {} bytes", line_max), path_,
         line.position});
  }

  void decode(source_rows& out, source_counters& counters) {
    auto decoded = state_.decode->decode(state_.texts);
    counters.malformed += static_cast<std::int64_t>(decoded.bad.size()
                                                    + decoded.ignored.size());
    for (auto& bad : decoded.bad) {
      auto index = static_cast<std::size_t>(bad.index);
      out.dead.push_back(
          {std::string(state_.texts[index].substr(0, dead_letter_max)),
           std::move(bad.reason), path_, state_.places[index]});
    }
    for (auto& bad : decoded.ignored)
      out.dead.push_back({{},
                          std::move(bad.reason),
                          path_,
                          state_.places[static_cast<std::size_t>(bad.index)],
                          true});
    out.rows = std::move(decoded.rows);
  }

  line_state& state_;
  std::string path_;
  std::unique_ptr<line_reader> lines_;
};

class line_kind final : public file_kind {
public:
  explicit line_kind(line_state state) : state_(std::move(state)) {}

  absl::StatusOr<std::unique_ptr<file_reader>>
  open(const std::string& path, std::int64_t position) override {
    if (!state_.csv || !state_.csv->header) {
      HERALD_ASSIGN(auto lines, line_reader::open(path, position));
      return std::make_unique<line_file>(state_, path, std::move(lines));
    }
    HERALD_ASSIGN(auto lines, line_reader::open(path, 0));
    line_reader::line header;
    HERALD_ASSIGN(const bool found, lines->next(header));
    if (found)
      if (auto taken = state_.decode->take_header(header.text); !taken.ok())
        return annotate(taken, path);
    if (position > 0) {
      HERALD_ASSIGN(lines, line_reader::open(path, position));
    }
    return std::make_unique<line_file>(state_, path, std::move(lines));
  }

private:
  line_state state_;
};

} // namespace

absl::StatusOr<std::unique_ptr<file_kind>>
make_line_kind(const std::string& name, file_scan scan) {
  line_state state;
  state.empty_lines = name == "raw"; // to it they are empty texts
  if (name == "csv") {
    HERALD_ASSIGN(state.csv, csv_options_of(scan.options));
    state.empty_lines = scan.fields.size() == 1 || state.csv->header;
  }
  HERALD_ASSIGN(state.decode,
                make_decoder(name, decoder_spec{std::move(scan.fields),
                                                std::move(scan.paths),
                                                std::move(scan.layout),
                                                {},
                                                std::move(scan.pushed),
                                                std::move(scan.options)}));
  return std::make_unique<line_kind>(std::move(state));
}

} // namespace herald
