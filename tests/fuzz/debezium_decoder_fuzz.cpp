#include "engine/formats/format.hpp"
#include "engine/formats/json_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

// Lines as messages of Debezium, with and without a schema: whatever comes,
// each gives rows or a reason, and rows can be written again.

namespace {

using namespace herald;

std::unique_ptr<decoder> make(bool with_schema) {
  auto of = [](type_kind x) { return data_type::of(x); };
  auto text = of(type_kind::varchar);
  std::vector<field> inner{{"x", of(type_kind::bigint)}, {"y", text}};
  decoder_spec spec;
  spec.fields = {{"k", of(type_kind::integer).with_nullable(false)},
                 {"d", data_type::decimal(20, 5)},
                 {"t", text},
                 {"z", of(type_kind::varbinary)},
                 {"a", data_type::timestamp_ltz(6)},
                 {"o", of(type_kind::date)},
                 {"i", of(type_kind::time)},
                 {"r", data_type::row(inner)},
                 {"l", data_type::array(data_type::row(inner))}};
  schema layout;
  for (const auto& x : spec.fields) {
    spec.paths.push_back({x.name});
    spec.metadata.push_back(-1);
    layout.fields.push_back(x);
  }
  const auto metadata = format_metadata("debezium-json");
  const auto wanted = metadata.size() - (with_schema ? 0 : 1);
  for (std::size_t i = 0; i < wanted; ++i) {
    spec.paths.push_back({metadata[i].name});
    spec.metadata.push_back(static_cast<int>(i));
    layout.fields.push_back(metadata[i]);
  }
  spec.layout = std::make_shared<schema>(std::move(layout));
  if (with_schema)
    spec.options = {{"debezium-json.schema-include", "true"},
                    {"debezium-json.decimal.handling.mode", "precise"}};
  return *make_decoder("debezium-json", std::move(spec));
}

void decode(decoder& format, const documents& input) {
  const auto got = format.decode(input);
  if (static_cast<std::int64_t>(got.origin.size()) != got.rows->rows
      || got.rows->rows
             > static_cast<std::int64_t>(2 * (input.size() - got.bad.size())))
    std::abort();
  std::string out;
  for (std::int64_t row = 0; row < got.rows->rows; ++row)
    encode_json_change(*got.rows, row, out);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const auto plain = make(false);
  static const auto full = make(true);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  documents input;
  for (std::size_t from = 0; from <= text.size();) {
    auto to = std::min(text.find('\n', from), text.size());
    input.append(text.substr(from, to - from));
    from = to + 1;
  }
  decode(*plain, input);
  decode(*full, input);
  return 0;
}
