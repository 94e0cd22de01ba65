#include "engine/connectors/kafka/records.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/columnar/nested_builder.hpp"
#include "engine/connectors/table_columns.hpp"

#include <algorithm>

namespace herald::kafka {

namespace {

std::string_view value_of(const rd_kafka_message_t& x) {
  return {static_cast<const char*>(x.payload), x.len};
}

int index_of(const std::vector<std::string>& names, const std::string& name) {
  auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

/// The part of a scan that one format gives.
struct part {
  decoder_spec spec;
  schema layout;

  explicit part(const side& of) {
    spec.fields = of.fields;
    spec.options = of.options;
  }

  /// Adds a path; returns its column.
  int add(std::vector<std::string> path, const side& of,
          const data_type& type) {
    auto at = static_cast<std::size_t>(index_of(of.names, path.front()));
    layout.fields.push_back({path.front(), type});
    path.front() = of.fields[at].name;
    spec.paths.push_back(std::move(path));
    return static_cast<int>(spec.paths.size()) - 1;
  }

  absl::StatusOr<std::unique_ptr<decoder>> make(const std::string& format) {
    spec.layout = std::make_shared<schema>(std::move(layout));
    return make_decoder(format, std::move(spec));
  }
};

void append_headers(list_builder& to, const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers)
      == RD_KAFKA_RESP_ERR_NO_ERROR) {
    auto& entries = static_cast<row_builder&>(to.elements());
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size)
         == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      static_cast<text_builder&>(entries.child(0)).push(name);
      auto& values = static_cast<text_builder&>(entries.child(1));
      if (value == nullptr)
        values.append_null();
      else
        values.push({static_cast<const char*>(value), size});
      entries.close();
    }
  }
  to.close();
}

std::string_view timestamp_type_name(rd_kafka_timestamp_type_t type) {
  switch (type) {
  case RD_KAFKA_TIMESTAMP_CREATE_TIME:
    return "CreateTime";
  case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME:
    return "LogAppendTime";
  default:
    return "NoTimestampType";
  }
}

void append_metadata(column_builder& to, int key,
                     const rd_kafka_message_t& message) {
  auto type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  auto timestamp = rd_kafka_message_timestamp(&message, &type);
  switch (key) {
  case metadata_topic:
    static_cast<text_builder&>(to).push(rd_kafka_topic_name(message.rkt));
    break;
  case metadata_partition:
    static_cast<fixed_builder<std::int32_t>&>(to).push(message.partition);
    break;
  case metadata_headers:
    append_headers(static_cast<list_builder&>(to), message);
    break;
  case metadata_offset:
    static_cast<fixed_builder<std::int64_t>&>(to).push(message.offset);
    break;
  case metadata_timestamp:
    if (timestamp < 0)
      to.append_null();
    else
      static_cast<fixed_builder<std::int64_t>&>(to).push(timestamp);
    break;
  default:
    static_cast<text_builder&>(to).push(timestamp_type_name(type));
  }
}

} // namespace

absl::StatusOr<record_decoder> record_decoder::make(const options& x,
                                                    const scan_spec& scan) {
  record_decoder result;
  result.layout_ = scan.layout;
  part value(x.value);
  part key(x.key);
  bool wants_key = false;
  auto metadata = metadata_of_paths(scan, metadata_fields());
  for (std::size_t i = 0; i < scan.paths.size(); ++i) {
    const auto& path = scan.paths[i];
    const auto& type = scan.layout->fields[i].type;
    if (metadata[i] >= 0) {
      result.places_.push_back({origin::metadata, metadata[i]});
    } else if (index_of(x.value.names, path.front()) >= 0) {
      result.places_.push_back({origin::value, value.add(path, x.value, type)});
    } else {
      result.places_.push_back({origin::key, key.add(path, x.key, type)});
      wants_key = true;
    }
  }
  for (const auto& pushed : scan.pushed)
    if (index_of(x.value.names, pushed.path.front()) >= 0)
      value.spec.pushed.push_back(pushed);
  HERALD_ASSIGN(result.value_, value.make(x.value.format));
  if (wants_key) {
    HERALD_ASSIGN(result.key_, key.make(x.key.format));
  }
  return result;
}

void record_decoder::collect(std::span<rd_kafka_message_t* const> messages) {
  values_.clear();
  keys_.clear();
  kept_.clear();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const auto& message = *messages[i];
    if (message.payload == nullptr)
      continue;
    kept_.push_back(static_cast<std::int32_t>(i));
    values_.append(value_of(message));
    if (!key_)
      continue;
    if (message.key == nullptr)
      keys_.append_null();
    else
      keys_.append({static_cast<const char*>(message.key), message.key_len});
  }
}

std::int64_t record_decoder::add_dead(
    const decoded_rows& from, std::span<rd_kafka_message_t* const> messages,
    const std::string& split, std::string_view what, source_rows& out) const {
  for (const auto& bad : from.bad) {
    const auto& message = *messages[static_cast<std::size_t>(
        kept_[static_cast<std::size_t>(bad.index)])];
    out.dead.push_back(
        {std::string(value_of(message).substr(0, dead_letter_max)),
         std::string(what) + bad.reason, split, message.offset});
  }
  return static_cast<std::int64_t>(from.bad.size()) + from.ignored;
}

column_ptr
record_decoder::metadata_column(int key, const data_type& type,
                                std::span<rd_kafka_message_t* const> messages,
                                const row_list& rows) const {
  auto builder = make_builder(type);
  for (auto row : rows)
    append_metadata(*builder, key,
                    *messages[static_cast<std::size_t>(
                        kept_[static_cast<std::size_t>(row)])]);
  return builder->finish();
}

std::int64_t
record_decoder::decode(std::span<rd_kafka_message_t* const> messages,
                       const std::string& split, source_rows& out) {
  collect(messages);
  auto value = value_->decode(values_);
  auto malformed = add_dead(value, messages, split, "", out);
  decoded_rows key;
  row_list rows = value.origin; // documents that give a row
  if (key_) {
    key = key_->decode(keys_);
    malformed += add_dead(key, messages, split, "key: ", out);
    row_list value_rows;
    row_list key_rows;
    rows.clear();
    for (std::size_t v = 0, k = 0; v < value.origin.size(); ++v) {
      while (k < key.origin.size() && key.origin[k] < value.origin[v])
        ++k;
      if (k == key.origin.size() || key.origin[k] != value.origin[v])
        continue;
      value_rows.push_back(static_cast<std::int32_t>(v));
      key_rows.push_back(static_cast<std::int32_t>(k));
      rows.push_back(value.origin[v]);
    }
    value.rows = take(*value.rows, value_rows);
    key.rows = take(*key.rows, key_rows);
  }
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto at = static_cast<std::size_t>(places_[i].index);
    if (places_[i].from == origin::value)
      columns.push_back(value.rows->columns[at]);
    else if (places_[i].from == origin::key)
      columns.push_back(key.rows->columns[at]);
    else
      columns.push_back(metadata_column(
          places_[i].index, layout_->fields[i].type, messages, rows));
  }
  out.rows = make_batch(layout_, std::move(columns),
                        static_cast<std::int64_t>(rows.size()));
  return malformed;
}

} // namespace herald::kafka
