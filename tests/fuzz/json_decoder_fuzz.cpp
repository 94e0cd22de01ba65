#include "engine/formats/format.hpp"
#include "engine/formats/json_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

// Lines as documents of one poll, decoded into every kind of type: whatever
// comes, each document gives a row or a reason, and rows can be written again.

namespace {

using namespace herald;

std::unique_ptr<decoder> make() {
  auto of = [](type_kind x) { return data_type::of(x); };
  auto text = of(type_kind::varchar);
  std::vector<field> inner{{"x", of(type_kind::bigint)}, {"y", text}};
  decoder_spec spec;
  spec.fields = {
      {"k", of(type_kind::integer)},
      {"d", data_type::decimal(20, 5)},
      {"f", of(type_kind::float64)},
      {"b", of(type_kind::boolean)},
      {"t", text},
      {"z", of(type_kind::varbinary)},
      {"a", data_type::timestamp_ltz(6)},
      {"o", of(type_kind::date)},
      {"i", of(type_kind::time)},
      {"r", data_type::row(inner)},
      {"l", data_type::array(data_type::row(inner))},
      {"m", data_type::map(text.with_nullable(false), data_type::array(text))}};
  schema layout;
  for (const auto& x : spec.fields) {
    spec.paths.push_back({x.name});
    layout.fields.push_back(x);
  }
  spec.paths.push_back({"r", "x"});
  layout.fields.push_back({"x", inner[0].type});
  spec.layout = std::make_shared<schema>(std::move(layout));
  return *make_decoder("json", std::move(spec));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static const auto decode = make();
  std::string_view text(reinterpret_cast<const char*>(data), size);
  documents input;
  for (std::size_t from = 0; from <= text.size();) {
    auto to = std::min(text.find('\n', from), text.size());
    input.append(text.substr(from, to - from));
    from = to + 1;
  }
  auto got = decode->decode(input);
  if (got.origin.size() + got.bad.size() != input.size())
    std::abort();
  std::string out;
  for (std::int64_t row = 0; row < got.rows->rows; ++row)
    encode_json_row(*got.rows, row, out);
  return 0;
}
