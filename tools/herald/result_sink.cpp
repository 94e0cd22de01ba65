#include "tools/herald/result_sink.hpp"

#include "engine/columnar/scalar.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/expr/zone.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tools/herald/local_run.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Wider columns are cut, in tables only.
constexpr std::size_t column_width_max = 40;
/// No column is narrower than this: later rows may need it.
constexpr std::size_t column_width_min = 6;

/// What most values of the type take, so that later rows stay in line.
std::size_t usual_width(const data_type& type) {
  if (type.is_timestamp())
    return type.precision() == 0
               ? 19
               : 20 + static_cast<std::size_t>(type.precision());
  return type.kind() == type_kind::date ? 10 : 0;
}

/// `x` with the local times of its instants, also of those inside.
scalar in_zone(scalar x, zone& local) {
  if (auto* elements = std::get_if<std::vector<scalar>>(&x.value)) {
    for (auto& element : *elements)
      element = in_zone(std::move(element), local);
    return x;
  }
  if (x.is_null() || x.type.kind() != type_kind::timestamp_ltz)
    return x;
  const auto unit = x.type.ticks_per_second();
  if (auto* wide = std::get_if<int128>(&x.value))
    *wide = local.to_local(*wide, unit);
  else
    x.value = local.to_local(std::get<std::int64_t>(x.value), unit);
  return x;
}

std::string cell(const column& x, std::int64_t row, zone& local) {
  auto text = to_string(in_zone(value_at(x, row), local));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

class result_sink final : public sink_writer {
public:
  result_sink(std::shared_ptr<result_printer> printer, schema_ptr layout,
              bool retracts)
      : printer_(std::move(printer)), layout_(std::move(layout)),
        retracts_(retracts) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    if (stop_requests() > 0)
      printer_->close();
    auto named = make_batch(layout_, rows->columns, rows->rows, rows->changes);
    return printer_->print(*named, retracts_);
  }

private:
  std::shared_ptr<result_printer> printer_;
  schema_ptr layout_;
  bool retracts_;
};

} // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      }));
}

std::string fit(const std::string& text, std::size_t width) {
  auto have = display_width(text);
  if (have <= width)
    return text + std::string(width - have, ' ');
  std::string result;
  std::size_t taken = 0;
  for (char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80 && ++taken == width)
      break;
    result += c;
  }
  return result + "…";
}

absl::Status write_out(std::FILE* out, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), out) != text.size()
      || std::fflush(out) != 0)
    return absl::UnavailableError("cannot write the result: output is closed");
  return absl::OkStatus();
}

absl::Status result_printer::print(const batch& rows, bool retracts) {
  if (!out_) {
    rows_ += rows.rows;
    return absl::OkStatus();
  }
  std::string text;
  if (style_ == result_style::json) {
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      encode_json_change(rows, i, text);
      text += '\n';
    }
    std::lock_guard lock(mutex_);
    return write(text, rows.rows);
  }
  zone local(time_zone_);
  std::vector<std::vector<std::string>> cells(rows.columns.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    for (std::int64_t row = 0; row < rows.rows; ++row)
      cells[i].push_back(cell(*rows.columns[i], row, local));
  std::lock_guard lock(mutex_);
  if (widths_.empty()) {
    if (retracts)
      text += "op  ";
    std::string rule = retracts ? "--  " : "";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& name = rows.layout->fields[i].name;
      auto width = std::max({column_width_min, display_width(name),
                             usual_width(rows.layout->fields[i].type)});
      for (const auto& x : cells[i])
        width = std::max(width, display_width(x));
      widths_.push_back(std::min(width, column_width_max));
      text += fit(name, widths_[i]) + "  ";
      rule += std::string(widths_[i], '-') + "  ";
    }
    text += '\n' + rule + '\n';
  }
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    if (retracts)
      text += std::string(to_string(rows.change_of(row))) + "  ";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& x = cells[i][static_cast<std::size_t>(row)];
      // Only texts may lose their end, and only where people look at them.
      const bool whole = !for_eyes_ || !rows.columns[i]->type.is_text();
      text
          += fit(x, whole ? std::max(widths_[i], display_width(x)) : widths_[i])
             + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return write(text, rows.rows);
}

absl::Status result_printer::write(const std::string& text, std::int64_t rows) {
  if (closed_) {
    left_out_ = left_out_ || rows > 0;
    return absl::OkStatus();
  }
  rows_ += rows;
  return write_out(out_, text);
}

std::unique_ptr<sink_writer>
make_result_sink(std::shared_ptr<result_printer> printer, schema_ptr layout,
                 bool retracts) {
  return std::make_unique<result_sink>(std::move(printer), std::move(layout),
                                       retracts);
}

} // namespace herald
