#include "engine/formats/debezium.hpp"
#include "engine/formats/debezium_options.hpp"

namespace herald {

namespace {

class debezium_encoder final : public encoder {
public:
  debezium_encoder(schema_ptr layout, json_encoding encoding)
      : rows_(std::move(layout), encoding) {}

  void encode(const batch& rows, std::int64_t row, std::string& out) override {
    const bool deletes = retracts(rows.change_of(row));
    out += R"({"before":)";
    put(rows, row, deletes, out);
    out += R"(,"after":)";
    put(rows, row, !deletes, out);
    out += deletes ? R"(,"op":"d"})" : R"(,"op":"c"})";
  }

  bool encode_update(const batch& rows, std::int64_t before, std::int64_t after,
                     std::string& out) override {
    out += R"({"before":)";
    put(rows, before, true, out);
    out += R"(,"after":)";
    put(rows, after, true, out);
    out += R"(,"op":"u"})";
    return true;
  }

private:
  void put(const batch& rows, std::int64_t row, bool is_there,
           std::string& out) {
    if (is_there)
      rows_.encode(rows, row, out);
    else
      out += "null";
  }

  json_encoder rows_;
};

} // namespace

absl::StatusOr<debezium_options>
debezium_options_of(const option_map& options) {
  const std::string prefix = "debezium-json.";
  HERALD_TRY(check_known_options(
      options,
      {prefix + "schema-include", prefix + "ignore-parse-errors",
       prefix + "timestamp-format.standard", prefix + "decimal.handling.mode",
       prefix + "encode.ignore-null-fields"}));
  debezium_options result;
  HERALD_ASSIGN(result.schema_include,
                bool_option(options, prefix + "schema-include", false));
  HERALD_ASSIGN(result.ignore_parse_errors,
                bool_option(options, prefix + "ignore-parse-errors", false));
  HERALD_ASSIGN(
      result.ignore_nulls,
      bool_option(options, prefix + "encode.ignore-null-fields", false));
  HERALD_ASSIGN(auto standard,
                choice_option(options, prefix + "timestamp-format.standard",
                              {"SQL", "ISO-8601"}));
  result.timestamps
      = standard == "SQL" ? timestamp_standard::sql : timestamp_standard::iso;
  HERALD_ASSIGN(auto decimals,
                choice_option(options, prefix + "decimal.handling.mode",
                              {"string", "double", "precise"}));
  result.binary_decimals = decimals == "precise";
  return result;
}

absl::Status check_debezium_options(const option_map& options) {
  return debezium_options_of(options).status();
}

absl::StatusOr<std::unique_ptr<encoder>>
make_debezium_encoder(schema_ptr layout, const option_map& options) {
  HERALD_ASSIGN(auto parsed, debezium_options_of(options));
  if (parsed.schema_include || parsed.binary_decimals)
    return user_error(
        "a table that is written in format 'debezium-json' has neither "
        "'debezium-json.schema-include' nor 'debezium-json.decimal.handling."
        "mode' = 'precise'");
  json_encoding encoding;
  encoding.timestamps = parsed.timestamps;
  encoding.ignore_nulls = parsed.ignore_nulls;
  encoding.zoned = true;
  return std::make_unique<debezium_encoder>(std::move(layout), encoding);
}

} // namespace herald
