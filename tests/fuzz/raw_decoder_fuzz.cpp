#include "engine/formats/raw.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

// One document in format 'raw', of a type and charset that the first byte
// chooses: it gives a row or a reason. What a row is written as is read as the
// same row again.

namespace {

using namespace herald;

constexpr type_kind kinds[]{
    type_kind::varchar, type_kind::varbinary, type_kind::boolean,
    type_kind::tinyint, type_kind::smallint,  type_kind::integer,
    type_kind::bigint,  type_kind::float32,   type_kind::float64};
constexpr const char* charsets[]{"UTF-8", "ISO-8859-1", "UTF-16", "UTF-16LE",
                                 "WINDOWS-1252"};

decoded_rows decode(const schema_ptr& layout, const option_map& options,
                    std::string_view bytes) {
  decoder_spec spec;
  spec.fields = layout->fields;
  spec.paths = {{"x"}};
  spec.layout = layout;
  spec.options = options;
  documents input;
  input.append(bytes);
  return (*make_raw_decoder(std::move(spec)))->decode(input);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  const auto layout = std::make_shared<schema>(
      schema{{{"x", data_type::of(kinds[data[0] % std::size(kinds)])}}});
  const option_map options{
      {"raw.charset", charsets[data[0] / 16 % std::size(charsets)]},
      {"raw.endianness", data[0] & 8 ? "little-endian" : "big-endian"}};
  const auto got = decode(layout, options,
                          {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (got.origin.size() + got.bad.size() != 1)
    std::abort();
  if (got.origin.empty())
    return 0;
  const auto encode = *make_raw_encoder(layout, options);
  std::string once;
  encode->encode(*got.rows, 0, once);
  const auto again = decode(layout, options, once);
  if (again.origin.empty())
    std::abort();
  std::string twice;
  encode->encode(*again.rows, 0, twice);
  if (once != twice)
    std::abort();
  return 0;
}
