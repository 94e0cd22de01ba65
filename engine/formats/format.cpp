#include "engine/formats/format.hpp"

#include "engine/formats/csv.hpp"
#include "engine/formats/debezium.hpp"
#include "engine/formats/json_decoder.hpp"
#include "engine/formats/json_encoder.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/raw.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

const std::vector<std::string>& format_names() {
  static const std::vector<std::string> names{"json", "csv", "raw",
                                              "debezium-json"};
  return names;
}

absl::Status unknown_format(const std::string& name,
                            const std::vector<std::string>& more) {
  auto known = format_names();
  known.insert(known.end(), more.begin(), more.end());
  const auto near = nearest_name(name, known);
  return option_error(
      "format", fmt::format("unknown format '{}'", name),
      near.empty() ? fmt::format("known formats: {}", fmt::join(known, ", "))
                   : fmt::format("did you mean '{}'?", near));
}

/// The first type below `type` that JSON has no form for, or null.
const data_type* without_json(const data_type& type) {
  if (type.kind() == type_kind::interval_day
      || type.kind() == type_kind::interval_month
      || type.kind() == type_kind::variant || type.kind() == type_kind::bitmap
      || type.kind() == type_kind::multiset
      || (type.kind() == type_kind::map && !type.fields()[0].type.is_text()))
    return &type;
  if (!type.is_nested())
    return nullptr;
  for (const auto& field : type.fields())
    if (const auto* found = without_json(field.type))
      return found;
  return nullptr;
}

absl::Status check_json_types(const std::vector<field>& fields) {
  for (const auto& field : fields)
    if (const auto* type = without_json(field.type))
      return user_error(fmt::format("column {}: format 'json' cannot hold {}",
                                    field.name, type->to_short_string()));
  return absl::OkStatus();
}

absl::StatusOr<timestamp_standard> standard_of(const option_map& options) {
  HERALD_ASSIGN(auto name,
                choice_option(options, "json.timestamp-format.standard",
                              {"SQL", "ISO-8601"}));
  return name == "SQL" ? timestamp_standard::sql : timestamp_standard::iso;
}

absl::StatusOr<json_encoding> json_encoding_of(const option_map& options) {
  json_encoding result;
  result.zoned = true;
  HERALD_ASSIGN(result.timestamps, standard_of(options));
  HERALD_ASSIGN(result.ignore_nulls,
                bool_option(options, "json.encode.ignore-null-fields", false));
  HERALD_ASSIGN(auto mode, choice_option(options, "json.map-null-key.mode",
                                         {"LITERAL", "DROP"}));
  result.drop_null_keys = mode == "DROP";
  result.null_key = text_option(options, "json.map-null-key.literal", "null");
  return result;
}

} // namespace

absl::StatusOr<json_options> json_options_of(const option_map& options) {
  HERALD_TRY(check_known_options(
      options,
      {"json.fail-on-missing-field", "json.ignore-parse-errors",
       "json.timestamp-format.standard", "json.encode.ignore-null-fields",
       "json.encode.decimal-as-plain-number", "json.decode.json-parser.enabled",
       "json.map-null-key.mode", "json.map-null-key.literal"}));
  // Flink's choices of how, which change nothing here.
  HERALD_TRY(bool_option(options, "json.encode.decimal-as-plain-number", true)
                 .status());
  HERALD_TRY(
      bool_option(options, "json.decode.json-parser.enabled", true).status());
  json_options result;
  HERALD_ASSIGN(result.fail_on_missing_field,
                bool_option(options, "json.fail-on-missing-field", false));
  HERALD_ASSIGN(result.ignore_parse_errors,
                bool_option(options, "json.ignore-parse-errors", false));
  HERALD_ASSIGN(result.reading.timestamps, standard_of(options));
  if (result.fail_on_missing_field && result.ignore_parse_errors)
    return option_error("json.ignore-parse-errors",
                        "options 'json.fail-on-missing-field' and "
                        "'json.ignore-parse-errors' exclude each other");
  return result;
}

changelog_kind format_changes(const std::string& name) {
  return name == "debezium-json" ? changelog_kind::all
                                 : changelog_kind::inserts;
}

std::vector<field> format_metadata(const std::string& name) {
  return name == "debezium-json" ? debezium_metadata() : std::vector<field>();
}

absl::Status check_format(const std::string& name,
                          const std::vector<field>& fields,
                          const option_map& options,
                          const std::vector<std::string>& more) {
  if (name == "json") {
    HERALD_TRY(json_options_of(options).status());
    HERALD_TRY(json_encoding_of(options).status());
    return check_json_types(fields);
  }
  if (name == "csv") {
    HERALD_TRY(csv_options_of(options).status());
    return check_csv_types(fields);
  }
  if (name == "raw")
    return check_raw(fields, options);
  if (name == "debezium-json") {
    HERALD_TRY(check_debezium_options(options));
    return check_json_types(fields);
  }
  return unknown_format(name, more);
}

absl::StatusOr<std::unique_ptr<decoder>> make_decoder(const std::string& name,
                                                      decoder_spec spec) {
  HERALD_TRY(check_format(name, spec.fields, spec.options));
  if (name == "csv")
    return make_csv_decoder(std::move(spec));
  if (name == "raw")
    return make_raw_decoder(std::move(spec));
  if (name == "debezium-json")
    return make_debezium_decoder(std::move(spec));
  HERALD_ASSIGN(auto options, json_options_of(spec.options));
  HERALD_ASSIGN(auto tree, json_tree::make(spec));
  return std::make_unique<json_decoder>(std::move(tree), options);
}

absl::StatusOr<std::unique_ptr<encoder>>
make_encoder(const std::string& name, schema_ptr layout,
             const option_map& options) {
  HERALD_TRY(check_format(name, layout->fields, options));
  if (name == "csv")
    return make_csv_encoder(std::move(layout), options);
  if (name == "raw")
    return make_raw_encoder(std::move(layout), options);
  if (name == "debezium-json")
    return make_debezium_encoder(std::move(layout), options);
  HERALD_ASSIGN(auto encoding, json_encoding_of(options));
  return std::make_unique<json_encoder>(std::move(layout), encoding);
}

} // namespace herald
