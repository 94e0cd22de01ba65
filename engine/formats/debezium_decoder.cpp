#include "engine/columnar/builder.hpp"
#include "engine/formats/debezium.hpp"
#include "engine/formats/debezium_options.hpp"
#include "engine/formats/json_decoder.hpp"
#include "engine/formats/text_parse.hpp"

#include <algorithm>

// The envelope is read as one JSON object whose rows before and after are
// ROWs of the wanted columns; what comes out is chosen from the two.

namespace herald {

namespace {

enum metadata_key : int {
  metadata_schema,
  metadata_ingested,
  metadata_source_time,
  metadata_database,
  metadata_source_schema,
  metadata_table,
  metadata_properties,
};

/// What the fields of `source` are called, by `metadata_key`.
constexpr std::string_view source_fields[]
    = {"", "", "ts_ms", "db", "schema", "table"};

data_type text_type() {
  return data_type::of(type_kind::varchar);
}

/// The part of `fields` that `paths`, from element `depth` on, lead to.
std::vector<field>
wanted_fields(const std::vector<field>& fields,
              const std::vector<std::vector<std::string>>& paths,
              std::size_t depth) {
  std::vector<field> result;
  for (const auto& x : fields) {
    std::vector<std::vector<std::string>> inside;
    bool whole = false;
    for (const auto& path : paths) {
      if (path[depth] != x.name)
        continue;
      inside.push_back(path);
      whole |= path.size() == depth + 1;
    }
    if (whole)
      result.push_back(x);
    else if (!inside.empty())
      result.push_back({x.name, data_type::row(wanted_fields(x.type.fields(),
                                                             inside, depth + 1))
                                    .with_nullable(x.type.nullable())});
  }
  return result;
}

/// A column of the envelope's batch, or -1.
struct envelope_places {
  int before = -1;
  int after = -1;
  int op = -1;
  std::vector<int> before_of; ///< of each wanted column; or its metadata
  std::vector<int> after_of;
};

/// Builds the decoder of the envelope.
class envelope_builder {
public:
  envelope_builder(const decoder_spec& spec, bool schema_included)
      : spec_(spec), schema_included_(schema_included) {}

  absl::StatusOr<std::unique_ptr<decoder>> make(json_options options,
                                                envelope_places& places);

private:
  int add(std::vector<std::string> path, const data_type& type);
  void add_metadata(int key, envelope_places& places);

  bool is_wanted(int key) const {
    return std::find(spec_.metadata.begin(), spec_.metadata.end(), key)
           != spec_.metadata.end();
  }

  const decoder_spec& spec_;
  bool schema_included_;
  decoder_spec inner_;
  schema layout_;
};

int envelope_builder::add(std::vector<std::string> path,
                          const data_type& type) {
  if (schema_included_ && path.front() != "schema")
    path.insert(path.begin(), "payload");
  layout_.fields.push_back({path.back(), type});
  inner_.paths.push_back(std::move(path));
  return static_cast<int>(inner_.paths.size()) - 1;
}

void envelope_builder::add_metadata(int key, envelope_places& places) {
  const auto type = debezium_metadata()[static_cast<std::size_t>(key)].type;
  int place = -1;
  if (key == metadata_schema)
    place = schema_included_ ? add({"schema"}, type) : -1;
  else if (key == metadata_ingested)
    place = add({"ts_ms"}, type);
  else if (key == metadata_properties || is_wanted(metadata_properties))
    place = add({"source"}, debezium_metadata().back().type);
  else
    place = add({"source", std::string(source_fields[key])}, type);
  places.before_of.push_back(place);
  places.after_of.push_back(place);
}

absl::StatusOr<std::unique_ptr<decoder>>
envelope_builder::make(json_options options, envelope_places& places) {
  std::vector<std::vector<std::string>> paths;
  for (std::size_t i = 0; i < spec_.paths.size(); ++i)
    if (spec_.metadata.empty() || spec_.metadata[i] < 0)
      paths.push_back(spec_.paths[i]);
  if (paths.empty()) // whether there is a row is always asked
    paths.push_back({spec_.fields.front().name});
  const auto row = data_type::row(wanted_fields(spec_.fields, paths, 0));
  const auto metadata = debezium_metadata();
  std::vector<field> source;
  for (int key = metadata_source_time; key <= metadata_table; ++key)
    source.push_back({std::string(source_fields[key]),
                      metadata[static_cast<std::size_t>(key)].type});
  std::vector<field> envelope{{"before", row},
                              {"after", row},
                              {"op", text_type()},
                              {"ts_ms", metadata[metadata_ingested].type},
                              {"source", is_wanted(metadata_properties)
                                             ? metadata.back().type
                                             : data_type::row(source)}};
  inner_.fields = envelope;
  if (schema_included_)
    inner_.fields
        = {{"schema", text_type()}, {"payload", data_type::row(envelope)}};
  places.before = add({"before"}, row);
  places.after = add({"after"}, row);
  places.op = add({"op"}, text_type());
  for (std::size_t i = 0; i < spec_.paths.size(); ++i) {
    if (!spec_.metadata.empty() && spec_.metadata[i] >= 0) {
      add_metadata(spec_.metadata[i], places);
      continue;
    }
    auto path = spec_.paths[i];
    path.insert(path.begin(), "before");
    const auto& type = spec_.layout->fields[i].type;
    places.before_of.push_back(add(path, type));
    path.front() = "after";
    places.after_of.push_back(add(path, type));
  }
  inner_.layout = std::make_shared<schema>(std::move(layout_));
  HERALD_ASSIGN(auto tree, json_tree::make(inner_));
  return std::make_unique<json_decoder>(std::move(tree), options);
}

/// The value of `key` in row `row` of a map of texts; nullopt for none.
std::optional<std::string_view> find_key(const column& map, std::int64_t row,
                                         std::string_view key) {
  if (map.is_null(row))
    return std::nullopt;
  const auto offsets = map.offsets().subspan(static_cast<std::size_t>(row), 2);
  const auto& keys = *map.children[0]->children[0];
  const auto& values = *map.children[0]->children[1];
  for (auto i = offsets[0]; i < offsets[1]; ++i)
    if (keys.text(i) == key && !values.is_null(i))
      return values.text(i);
  return std::nullopt;
}

/// The metadata `key` out of the properties of the source.
column_ptr property_column(const column& properties, int key) {
  const auto type = debezium_metadata()[static_cast<std::size_t>(key)].type;
  auto builder = make_builder(type);
  for (std::int64_t row = 0; row < properties.length; ++row) {
    const auto found = find_key(properties, row, source_fields[key]);
    const auto number = found && key == metadata_source_time
                            ? parse_integer(*found)
                            : std::nullopt;
    if (!found || (key == metadata_source_time && !number))
      builder->append_null();
    else if (key == metadata_source_time)
      static_cast<fixed_builder<std::int64_t>&>(*builder).push(*number);
    else
      static_cast<text_builder&>(*builder).push(*found);
  }
  return builder->finish();
}

class debezium_decoder final : public decoder {
public:
  debezium_decoder(decoder_spec spec, envelope_places places,
                   std::unique_ptr<decoder> envelope, debezium_options options)
      : spec_(std::move(spec)), places_(std::move(places)),
        envelope_(std::move(envelope)), options_(options) {}

  decoded_rows decode(const documents& input) override {
    decoded_rows out;
    auto got = envelope_->decode(input);
    out.bad = std::move(got.bad);
    out.ignored = std::move(got.ignored);
    pick(got, out);
    std::vector<column_ptr> columns;
    for (std::size_t i = 0; i < spec_.paths.size(); ++i) {
      auto column = std::make_shared<herald::column>(*chosen(*got.rows, i));
      column->type = spec_.layout->fields[i].type;
      columns.push_back(std::move(column));
    }
    const auto rows = static_cast<std::int64_t>(picks_.size());
    buffer_ptr changes;
    if (std::any_of(kinds_.begin(), kinds_.end(),
                    [](auto x) { return x != 0; })) {
      auto bytes = allocate_buffer(rows);
      std::copy(kinds_.begin(), kinds_.end(),
                reinterpret_cast<std::int8_t*>(bytes->mutable_data()));
      changes = std::move(bytes);
    }
    out.rows = make_batch(spec_.layout, std::move(columns), rows,
                          std::move(changes));
    return out;
  }

  int rows_of_document() const override {
    return 2;
  }

private:
  const column& at(const batch& envelope, int place) const {
    return *envelope.columns[static_cast<std::size_t>(place)];
  }

  /// Decides which rows the documents give.
  void pick(const decoded_rows& got, decoded_rows& out) {
    picks_.clear();
    kinds_.clear();
    all_after_ = true;
    const auto& rows = *got.rows;
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      const auto document = got.origin[static_cast<std::size_t>(i)];
      const auto* reason
          = pick_row(rows, static_cast<std::int32_t>(i), document, out.origin);
      if (reason == nullptr)
        continue;
      auto& list = options_.ignore_parse_errors ? out.ignored : out.bad;
      list.push_back({document, reason});
    }
  }

  /// Returns what is wrong with the document, or null. Rows before the change
  /// are numbered from 0, those after it from `rows` on.
  const char* pick_row(const batch& rows, std::int32_t row,
                       std::int32_t document, row_list& origin) {
    const auto& op = at(rows, places_.op);
    const auto text = op.is_null(row) ? std::string_view() : op.text(row);
    const bool before = !at(rows, places_.before).is_null(row);
    const bool after = !at(rows, places_.after).is_null(row);
    const auto add = [&](bool is_after, change kind) {
      picks_.push_back(is_after ? row + static_cast<std::int32_t>(rows.rows)
                                : row);
      kinds_.push_back(static_cast<std::int8_t>(kind));
      origin.push_back(document);
      all_after_ &= is_after;
    };
    if (text == "c" || text == "r") {
      if (!after)
        return "op 'c' or 'r' without the row 'after'";
      add(true, change::insert);
    } else if (text == "u") {
      if (!after)
        return "op 'u' without the row 'after'";
      if (!before)
        return "op 'u' without the row 'before': the database has to log "
               "whole rows (PostgreSQL: REPLICA IDENTITY FULL)";
      add(false, change::update_before);
      add(true, change::update_after);
    } else if (text == "d") {
      if (!before)
        return "op 'd' without the row 'before': the database has to log "
               "whole rows (PostgreSQL: REPLICA IDENTITY FULL)";
      add(false, change::remove);
    } else if (text.empty()) {
      return options_.schema_include
                 ? "there is no 'op' in a 'payload'; a message without schema "
                   "is read with 'debezium-json.schema-include' = 'false'"
                 : "there is no 'op'; a message with its schema is read with "
                   "'debezium-json.schema-include' = 'true'";
    } else {
      return "the op is none of c, r, u, d";
    }
    return nullptr;
  }

  /// The picks of wanted column `i`.
  column_ptr chosen(const batch& rows, std::size_t i) const {
    const auto& type = spec_.layout->fields[i].type;
    const int from = places_.after_of[i];
    column_ptr whole;
    if (from < 0)
      whole = null_column(type, 2 * rows.rows);
    else if (const int key = spec_.metadata.empty() ? -1 : spec_.metadata[i];
             key >= 0)
      whole = metadata_column(at(rows, from), key);
    else if (all_after_)
      return take(at(rows, from), after_picks(rows.rows));
    else
      whole = joined(places_.before_of[i], from, rows);
    return take(*whole, picks_);
  }

  /// The picks as rows of the columns `after` alone.
  row_list after_picks(std::int64_t rows) const {
    auto result = picks_;
    for (auto& row : result)
      row -= static_cast<std::int32_t>(rows);
    return result;
  }

  column_ptr joined(int before, int after, const batch& rows) const {
    const column_ptr both[] = {rows.columns[static_cast<std::size_t>(before)],
                               rows.columns[static_cast<std::size_t>(after)]};
    return concat(both);
  }

  column_ptr metadata_column(const column& from, int key) const {
    const bool map = from.type.kind() == type_kind::map;
    const auto once = map && key != metadata_properties
                          ? property_column(from, key)
                          : std::make_shared<const column>(from);
    const column_ptr both[] = {once, once};
    return concat(both);
  }

  decoder_spec spec_;
  envelope_places places_;
  std::unique_ptr<decoder> envelope_;
  debezium_options options_;

  // One decode.
  row_list picks_;
  std::vector<std::int8_t> kinds_;
  bool all_after_ = true;
};

} // namespace

std::vector<field> debezium_metadata() {
  const auto time = data_type::timestamp_ltz(3);
  return {{"schema", text_type()},
          {"ingestion-timestamp", time},
          {"source.timestamp", time},
          {"source.database", text_type()},
          {"source.schema", text_type()},
          {"source.table", text_type()},
          {"source.properties",
           data_type::map(text_type().with_nullable(false), text_type())}};
}

absl::StatusOr<std::unique_ptr<decoder>>
make_debezium_decoder(decoder_spec spec) {
  HERALD_ASSIGN(auto options, debezium_options_of(spec.options));
  json_options inner;
  inner.ignore_parse_errors = options.ignore_parse_errors;
  inner.reading = {options.timestamps, true, options.binary_decimals};
  envelope_places places;
  HERALD_ASSIGN(
      auto envelope,
      envelope_builder(spec, options.schema_include).make(inner, places));
  return std::make_unique<debezium_decoder>(std::move(spec), std::move(places),
                                            std::move(envelope), options);
}

} // namespace herald
