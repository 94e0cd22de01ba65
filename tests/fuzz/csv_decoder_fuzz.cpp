#include "engine/formats/csv.hpp"
#include "engine/formats/json_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

// A CSV file: its lines are put together to records, decoded, written and read
// again. Whatever comes, each record gives a row or a reason, and what was
// written gives the same rows. The first byte chooses the options.

namespace {

using namespace herald;

struct codec {
  explicit codec(unsigned choice) {
    const auto text = data_type::of(type_kind::varchar);
    option_map given;
    if (choice & 1)
      given["csv.quote-character"] = "'";
    if (choice & 2)
      given["csv.field-delimiter"] = ";";
    if (choice & 4)
      given["csv.escape-character"] = "\\";
    if (choice & 8)
      given["csv.allow-comments"] = "true";
    given["csv.array-element-delimiter"] = "|";
    decoder_spec spec;
    spec.fields = {{"k", data_type::of(type_kind::integer)},
                   {"t", text},
                   {"f", data_type::of(type_kind::float64)},
                   {"a", data_type::array(data_type::of(type_kind::bigint))}};
    for (const auto& x : spec.fields)
      spec.paths.push_back({x.name});
    spec.layout = std::make_shared<schema>(schema{spec.fields});
    spec.options = given;
    options = *csv_options_of(given);
    encode = *make_csv_encoder(spec.layout, given);
    decode = *make_csv_decoder(std::move(spec));
  }

  /// The records of a file, as its reader puts them together.
  documents records(std::string_view text) const {
    documents result;
    std::optional<std::string> record;
    while (!text.empty()) {
      const auto end = text.find('\n');
      auto line = text.substr(0, end);
      text.remove_prefix(line.size() + (end != std::string_view::npos));
      const bool open = leaves_quote_open(line, record.has_value(), options);
      if (record)
        record->append("\n").append(line);
      if (open && !record)
        record = std::string(line);
      if (open)
        continue;
      result.append(record ? *record : line);
      record.reset();
    }
    if (record)
      result.append(*record);
    return result;
  }

  csv_options options;
  std::unique_ptr<encoder> encode;
  std::unique_ptr<decoder> decode;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  codec x(data[0]);
  const auto input
      = x.records({reinterpret_cast<const char*>(data) + 1, size - 1});
  const auto got = x.decode->decode(input);
  if (got.origin.size() + got.bad.size() > input.size())
    std::abort(); // empty lines and comments give neither
  std::string file;
  std::string rows;
  for (std::int64_t row = 0; row < got.rows->rows; ++row) {
    x.encode->encode(*got.rows, row, file);
    file.push_back('\n');
    encode_json_row(*got.rows, row, rows);
  }
  const auto again = x.decode->decode(x.records(file));
  std::string same;
  for (std::int64_t row = 0; row < again.rows->rows; ++row)
    encode_json_row(*again.rows, row, same);
  if (same != rows)
    std::abort();
  return 0;
}
