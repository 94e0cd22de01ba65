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
    return push(std::move(path), -1);
  }

  /// Adds metadata `key` of the format; returns its column.
  int add_metadata(int key, const field& column) {
    layout.fields.push_back(column);
    return push({column.name}, key);
  }

  absl::StatusOr<std::unique_ptr<decoder>> make(const std::string& format) {
    spec.layout = std::make_shared<schema>(std::move(layout));
    return make_decoder(format, std::move(spec));
  }

private:
  int push(std::vector<std::string> path, int metadata) {
    spec.paths.push_back(std::move(path));
    spec.metadata.push_back(metadata);
    return static_cast<int>(spec.paths.size()) - 1;
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
  result.upserts_ = x.upserts;
  bool wants_key = x.upserts;
  auto metadata = metadata_of_paths(scan, x.metadata);
  for (std::size_t i = 0; i < scan.paths.size(); ++i) {
    const auto& path = scan.paths[i];
    const auto& type = scan.layout->fields[i].type;
    if (metadata[i] >= metadata_of_value) {
      result.places_.push_back(
          {origin::value, value.add_metadata(metadata[i] - metadata_of_value,
                                             scan.layout->fields[i])});
    } else if (metadata[i] >= 0) {
      result.places_.push_back({origin::metadata, metadata[i]});
    } else if (index_of(x.value.names, path.front()) >= 0
               && !(x.upserts && index_of(x.key.names, path.front()) >= 0)) {
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

void record_decoder::collect(work& x) {
  values_.clear();
  keys_.clear();
  value_of_.clear();
  key_of_.clear();
  for (std::size_t i = 0; i < x.messages.size(); ++i) {
    const auto& message = *x.messages[i];
    const auto at = static_cast<std::int32_t>(i);
    if (message.payload != nullptr) {
      value_of_.push_back(at);
      values_.append(value_of(message));
    } else if (upserts_) {
      x.deletions.push_back(at);
    } else {
      continue;
    }
    if (!key_)
      continue;
    key_of_.push_back(at);
    if (message.key == nullptr)
      keys_.append_null();
    else
      keys_.append({static_cast<const char*>(message.key), message.key_len});
  }
}

/// Decodes `texts`, which come from the messages `of_text`.
void record_decoder::decode_part(work& x, decoder& format,
                                 const documents& texts,
                                 const row_list& of_text, std::string_view what,
                                 batch_ptr& rows, row_list& rows_at,
                                 source_rows& out) const {
  auto decoded = format.decode(texts);
  const auto message_of = [&](const bad_document& bad) -> const auto& {
    return *x.messages[static_cast<std::size_t>(
        of_text[static_cast<std::size_t>(bad.index)])];
  };
  for (const auto& bad : decoded.bad) {
    const auto& message = message_of(bad);
    out.dead.push_back(
        {std::string(value_of(message).substr(0, dead_letter_max)),
         std::string(what) + bad.reason, x.split, message.offset});
  }
  for (const auto& bad : decoded.ignored)
    out.dead.push_back({{},
                        std::string(what) + bad.reason,
                        x.split,
                        message_of(bad).offset,
                        true});
  x.malformed
      += static_cast<std::int64_t>(decoded.bad.size() + decoded.ignored.size());
  rows = std::move(decoded.rows);
  rows_at = std::move(decoded.origin);
  for (auto& document : rows_at)
    document = of_text[static_cast<std::size_t>(document)];
}

/// Puts deletions between the values, and leaves rows only where there are
/// both, a key and a value (or a deletion).
void record_decoder::join_keys(work& x) {
  row_list values;
  row_list keys;
  std::vector<std::int8_t> changes;
  const auto none = static_cast<std::int32_t>(x.values->rows);
  auto add = [&, k = std::size_t{0}](std::int32_t message,
                                     std::int32_t value) mutable {
    while (k < x.key_at.size() && x.key_at[k] < message)
      ++k;
    if (k == x.key_at.size() || x.key_at[k] != message)
      return;
    values.push_back(value);
    keys.push_back(static_cast<std::int32_t>(k));
    changes.push_back(static_cast<std::int8_t>(
        value == none ? change::remove : change::update_after));
    x.result_at.push_back(message);
  };
  std::size_t d = 0;
  for (std::int32_t v = 0; v < none; ++v) {
    const auto message = x.value_at[static_cast<std::size_t>(v)];
    for (; d < x.deletions.size() && x.deletions[d] < message; ++d)
      add(x.deletions[d], none);
    add(message, v);
  }
  for (; d < x.deletions.size(); ++d)
    add(x.deletions[d], none);
  if (!x.deletions.empty()) {
    std::vector<column_ptr> columns;
    for (const auto& column : x.values->columns) {
      const column_ptr both[] = {column, null_column(column->type, 1)};
      columns.push_back(concat(both));
    }
    x.values = make_batch(x.values->layout, std::move(columns), none + 1);
  }
  x.values = take(*x.values, values);
  x.keys = take(*x.keys, keys);
  x.changes = allocate_buffer(static_cast<std::int64_t>(changes.size()));
  std::copy(changes.begin(), changes.end(),
            reinterpret_cast<std::int8_t*>(x.changes->mutable_data()));
}

column_ptr
record_decoder::metadata_column(int key, const data_type& type,
                                std::span<rd_kafka_message_t* const> messages,
                                const row_list& rows) const {
  auto builder = make_builder(type);
  for (auto row : rows)
    append_metadata(*builder, key, *messages[static_cast<std::size_t>(row)]);
  return builder->finish();
}

std::int64_t
record_decoder::decode(std::span<rd_kafka_message_t* const> messages,
                       const std::string& split, source_rows& out) {
  work x{.messages = messages, .split = split};
  collect(x);
  decode_part(x, *value_, values_, value_of_, "", x.values, x.value_at, out);
  if (key_) {
    decode_part(x, *key_, keys_, key_of_, "key: ", x.keys, x.key_at, out);
    join_keys(x);
  } else {
    x.result_at = std::move(x.value_at);
  }
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    auto at = static_cast<std::size_t>(places_[i].index);
    if (places_[i].from == origin::value)
      columns.push_back(x.values->columns[at]);
    else if (places_[i].from == origin::key)
      columns.push_back(x.keys->columns[at]);
    else
      columns.push_back(metadata_column(
          places_[i].index, layout_->fields[i].type, messages, x.result_at));
  }
  out.rows = make_batch(layout_, std::move(columns),
                        static_cast<std::int64_t>(x.result_at.size()),
                        upserts_ ? x.changes : x.values->changes);
  return x.malformed;
}

} // namespace herald::kafka
