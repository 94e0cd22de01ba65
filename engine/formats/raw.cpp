#include "engine/formats/raw.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/formats/json_index.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

class raw_decoder final : public decoder {
public:
  explicit raw_decoder(decoder_spec spec) : spec_(std::move(spec)) {}

  decoded_rows decode(const documents& input) override {
    decoded_rows out;
    const auto& type = spec_.fields.front().type;
    text_builder builder(type);
    for (std::size_t i = 0; i < input.size(); ++i) {
      if (input.spans()[i].null) {
        builder.append_null();
        out.origin.push_back(static_cast<std::int32_t>(i));
        continue;
      }
      if (type.is_text() && !is_utf8(input[i])) {
        out.bad.push_back({static_cast<std::int32_t>(i),
                           std::string(to_string(json_index_error::utf8))});
        continue;
      }
      builder.push(input[i]);
      out.origin.push_back(static_cast<std::int32_t>(i));
    }
    auto column = builder.finish();
    std::vector<column_ptr> columns(spec_.paths.size(), column);
    out.rows = make_batch(spec_.layout, std::move(columns), column->length);
    return out;
  }

private:
  decoder_spec spec_;
};

class raw_encoder final : public encoder {
public:
  void encode(const batch& rows, std::int64_t row, std::string& out) override {
    if (!rows.columns.front()->is_null(row))
      out += rows.columns.front()->text(row);
  }
};

} // namespace

absl::Status check_raw_types(const std::vector<field>& fields) {
  if (fields.size() == 1
      && (fields[0].type.is_text() || fields[0].type.is_bytes()))
    return absl::OkStatus();
  return user_error("format 'raw' is for exactly one column, of type STRING "
                    "or BYTES");
}

absl::StatusOr<std::unique_ptr<decoder>> make_raw_decoder(decoder_spec spec) {
  HERALD_TRY(check_raw_types(spec.fields));
  return std::make_unique<raw_decoder>(std::move(spec));
}

absl::StatusOr<std::unique_ptr<encoder>> make_raw_encoder(schema_ptr layout) {
  HERALD_TRY(check_raw_types(layout->fields));
  return std::make_unique<raw_encoder>();
}

} // namespace herald
