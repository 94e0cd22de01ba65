#include "engine/connectors/kafka/sink.hpp"

#include "engine/common/check.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::kafka {

namespace {

/// What a message costs besides its key and value, so that empty ones count.
constexpr std::int64_t message_overhead = 64;

bool is_raw_null(const side& of, const batch& rows, std::int64_t row) {
  return of.format == "raw" && rows.columns.front()->is_null(row);
}

/// Called by librdkafka, also from its own threads.
std::int32_t choose_partition(const rd_kafka_topic_t*, const void*, std::size_t,
                              std::int32_t count, void* opaque, void*) {
  auto& next = *static_cast<spreading*>(opaque);
  auto at = next.fixed ? next.at.load() : next.at++;
  return static_cast<std::int32_t>(at % count);
}

batch_ptr choose(const batch& rows, const std::vector<int>& columns,
                 const schema_ptr& layout) {
  std::vector<column_ptr> chosen;
  for (int i : columns)
    chosen.push_back(rows.columns[static_cast<std::size_t>(i)]);
  return make_batch(layout, std::move(chosen), rows.rows, rows.changes);
}

} // namespace

absl::Status no_changes(const table_definition& table) {
  return user_error(
      fmt::format("table '{}' keeps every row it gets, but the rows for it are "
                  "updated and deleted",
                  table.name),
      "connector 'upsert-kafka' keeps the newest row of each key, format "
      "'debezium-json' writes every change");
}

absl::StatusOr<std::unique_ptr<sink_writer>> sink::make(options x,
                                                        sink_context context) {
  if (context.sink.retracts && !x.upserts
      && x.changes == changelog_kind::inserts)
    return no_changes(*context.sink.table);
  if (x.topics.size() != 1)
    return option_error("topic",
                        "option 'topic' of a table that is written to names "
                        "exactly one topic");
  std::unique_ptr<sink> result(new sink(std::move(x), std::move(context)));
  HERALD_TRY(result->find_places());
  return result;
}

absl::StatusOr<std::unique_ptr<encoder>>
sink::make_side(const side& of, const std::vector<int>& columns,
                schema_ptr& layout) const {
  auto fields = std::make_shared<schema>();
  for (std::size_t i = 0; i < columns.size(); ++i)
    fields->fields.push_back(
        {of.fields[i].name,
         context_.sink.layout->fields[static_cast<std::size_t>(columns[i])]
             .type});
  layout = std::move(fields);
  return make_encoder(of.format, layout, of.options);
}

absl::Status sink::find_places() {
  for (const auto& column : context_.sink.table->columns) {
    auto at = context_.sink.layout->find(column.name);
    if (!column.metadata_key || !at)
      continue;
    if (*column.metadata_key == "timestamp")
      places_.timestamp = static_cast<int>(*at);
    else if (*column.metadata_key == "headers")
      places_.headers = static_cast<int>(*at);
    else if (*column.metadata_key == "partition")
      places_.partition = static_cast<int>(*at);
    else
      return user_error(
          fmt::format("column {}: metadata '{}' cannot be written", column.name,
                      *column.metadata_key),
          "declare the column VIRTUAL");
  }
  auto find = [&](const side& of, std::vector<int>& columns) {
    for (const auto& name : of.names) {
      auto at = context_.sink.layout->find(name);
      HERALD_CHECK(at.has_value(), name);
      columns.push_back(static_cast<int>(*at));
    }
  };
  find(options_.value, places_.value);
  HERALD_ASSIGN(value_,
                make_side(options_.value, places_.value, value_layout_));
  if (options_.key.format.empty())
    return absl::OkStatus();
  find(options_.key, places_.key);
  HERALD_ASSIGN(key_, make_side(options_.key, places_.key, key_layout_));
  return absl::OkStatus();
}

absl::Status sink::open(wake_function wake) {
  wake_ = std::move(wake);
  if (buffer_)
    alarm_.start(wake_);
  HERALD_ASSIGN(auto conf, producer_conf(options_));
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR);
  HERALD_ASSIGN(client_,
                make_client(RD_KAFKA_PRODUCER, std::move(conf), &trouble_));
  events_.reset(rd_kafka_queue_get_main(client_.get()));
  rd_kafka_queue_cb_event_enable(events_.get(), ring, &wake_);
  auto* conf_of_topic = rd_kafka_default_topic_conf_dup(client_.get());
  if (options_.spread != partitioner::by_key) {
    rd_kafka_topic_conf_set_opaque(conf_of_topic, &spread_);
    rd_kafka_topic_conf_set_partitioner_cb(conf_of_topic, choose_partition);
  }
  topic_.reset(rd_kafka_topic_new(
      client_.get(), options_.topics.front().c_str(), conf_of_topic));
  if (!topic_)
    return broker_error(fmt::format("topic '{}'", options_.topics.front()),
                        rd_kafka_last_error());
  return absl::OkStatus();
}

sink::~sink() {
  if (!client_)
    return;
  rd_kafka_queue_cb_event_enable(events_.get(), nullptr, nullptr);
  // What is not flushed is given up.
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE
                                    | RD_KAFKA_PURGE_F_INFLIGHT
                                    | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

std::int64_t sink::pending_bytes() const {
  return backlog_bytes_ + flying_bytes_;
}

void sink::queue(const batch_ptr& rows, std::optional<row_list> chosen) {
  auto bytes = memory_bytes(*rows);
  if (chosen && rows->rows > 0) // a batch may come in parts
    bytes = bytes * static_cast<std::int64_t>(chosen->size()) / rows->rows + 1;
  backlog_bytes_ += bytes;
  backlog_.push_back({rows, bytes, std::move(chosen), 0});
}

absl::Status sink::write(const batch_ptr& rows) {
  if (buffer_)
    put_aside(rows);
  else
    queue(rows, options_.upserts ? without_replaced(*rows) : std::nullopt);
  return send_waiting();
}

/// The rows without each -U whose +U, of the same key, is the next row: the new
/// value says it all. Another -U deletes, as the row goes to another key.
std::optional<row_list> sink::without_replaced(const batch& rows) {
  if (!rows.changes)
    return std::nullopt;
  const auto keys = choose(rows, places_.key, key_layout_);
  const auto key_at = [&](std::int64_t row) {
    std::string result;
    key_->encode(*keys, row, result);
    return result;
  };
  row_list result;
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const bool replaced = rows.change_of(row) == change::update_before
                          && row + 1 < rows.rows
                          && rows.change_of(row + 1) == change::update_after
                          && key_at(row) == key_at(row + 1);
    if (!replaced)
      result.push_back(static_cast<std::int32_t>(row));
  }
  return result;
}

void sink::put_aside(const batch_ptr& rows) {
  const auto keys = choose(*rows, places_.key, key_layout_);
  const auto now = upsert_buffer::clock::now();
  for (std::int64_t row = 0; row < rows->rows; ++row) {
    key_text_.clear();
    key_->encode(*keys, row, key_text_);
    const bool first = buffer_->empty();
    buffer_->put(key_text_, rows, static_cast<std::int32_t>(row), now);
    if (buffer_->full())
      empty_buffer();
    else if (first)
      alarm_.set(buffer_->due());
  }
  if (buffer_->heavy())
    empty_buffer();
}

void sink::empty_buffer() {
  for (auto& part : buffer_->take())
    queue(part.rows, std::move(part.chosen));
}

absl::Status sink::flush() {
  if (buffer_)
    empty_buffer();
  return poll();
}

absl::Status sink::poll() {
  while (event_ptr event{rd_kafka_queue_poll(events_.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR)
      HERALD_TRY(take_reports(*event));
    else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR)
      trouble_.set(rd_kafka_event_error_string(event.get()));
  }
  if (buffer_ && !buffer_->empty()
      && upsert_buffer::clock::now() >= buffer_->due())
    empty_buffer();
  return send_waiting();
}

absl::Status sink::take_reports(rd_kafka_event_t& event) {
  while (const auto* message = rd_kafka_event_message_next(&event)) {
    flying_bytes_ -= static_cast<std::int64_t>(message->len)
                     + static_cast<std::int64_t>(message->key_len)
                     + message_overhead;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto why = trouble_.get();
      return broker_error(
          fmt::format("a message for topic '{}' on {} could not be delivered{}",
                      options_.topics.front(), options_.servers(),
                      why.empty() ? "" : " (" + why + ")"),
          message->err);
    }
    trouble_.clear();
  }
  return absl::OkStatus();
}

absl::Status sink::send_waiting() {
  while (!backlog_.empty()) {
    auto& first = backlog_.front();
    auto values = choose(*first.rows, places_.value, value_layout_);
    auto keys = key_ ? choose(*first.rows, places_.key, key_layout_) : nullptr;
    const auto count = first.chosen
                           ? first.chosen->size()
                           : static_cast<std::size_t>(first.rows->rows);
    while (first.next < count) {
      const auto row = first.chosen ? (*first.chosen)[first.next]
                                    : static_cast<std::int64_t>(first.next);
      HERALD_ASSIGN(auto sent,
                    send(*first.rows, key_ ? *keys : *values, *values, row));
      if (sent == 0)
        return absl::OkStatus(); // a delivery report rings when there is room
      first.next += sent;
    }
    backlog_bytes_ -= first.bytes;
    backlog_.pop_front();
  }
  return absl::OkStatus();
}

rd_kafka_headers_t* sink::headers_of(const batch& rows,
                                     std::int64_t row) const {
  if (places_.headers < 0)
    return nullptr;
  const auto& map = *rows.columns[static_cast<std::size_t>(places_.headers)];
  if (map.is_null(row))
    return nullptr;
  auto offsets = map.offsets().subspan(static_cast<std::size_t>(row), 2);
  const auto& names = *map.children[0]->children[0];
  const auto& values = *map.children[0]->children[1];
  auto* result
      = rd_kafka_headers_new(static_cast<std::size_t>(offsets[1] - offsets[0]));
  for (auto i = offsets[0]; i < offsets[1]; ++i) {
    auto name = names.text(i);
    auto value = values.is_null(i) ? std::string_view() : values.text(i);
    rd_kafka_header_add(result, name.data(), static_cast<ssize_t>(name.size()),
                        values.is_null(i) ? nullptr : value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return result;
}

std::int32_t sink::partition_of(const batch& rows, std::int64_t row) const {
  if (places_.partition >= 0) {
    const auto& column
        = *rows.columns[static_cast<std::size_t>(places_.partition)];
    if (!column.is_null(row))
      return column.as<std::int32_t>()[static_cast<std::size_t>(row)];
  }
  return RD_KAFKA_PARTITION_UA;
}

/// Writes row `row` (-U) and the next (+U) as one update, if they have the
/// same key and the format knows updates.
bool sink::put_update(const batch& rows, const batch& keys, const batch& values,
                      std::int64_t row) {
  if (options_.changes != changelog_kind::all || !key_ || row + 1 == rows.rows
      || rows.change_of(row) != change::update_before
      || rows.change_of(row + 1) != change::update_after)
    return false;
  std::string next;
  key_->encode(keys, row + 1, next);
  return next == key_text_
         && value_->encode_update(values, row, row + 1, value_text_);
}

/// Gives one message to librdkafka; returns how many rows it tells of, 0 if
/// the queue is full.
absl::StatusOr<std::size_t> sink::send(const batch& rows, const batch& keys,
                                       const batch& values, std::int64_t row) {
  value_text_.clear();
  key_text_.clear();
  if (key_)
    key_->encode(keys, row, key_text_);
  const bool deletion = options_.upserts && retracts(rows.change_of(row));
  const bool update = put_update(rows, keys, values, row);
  if (!deletion && !update)
    value_->encode(values, row, value_text_);
  row += update ? 1 : 0;
  // A NULL in format 'raw' is a message without a key (value).
  const char* value = deletion || is_raw_null(options_.value, values, row)
                          ? nullptr
                          : value_text_.data();
  const char* key = !key_ || is_raw_null(options_.key, keys, row)
                        ? nullptr
                        : key_text_.data();
  std::int64_t timestamp = 0; // librdkafka: now
  if (places_.timestamp >= 0) {
    const auto& column
        = *rows.columns[static_cast<std::size_t>(places_.timestamp)];
    if (!column.is_null(row))
      timestamp = column.as<std::int64_t>()[static_cast<std::size_t>(row)];
  }
  auto* headers = headers_of(rows, row);
  auto code = rd_kafka_producev(
      client_.get(), RD_KAFKA_V_RKT(topic_.get()),
      RD_KAFKA_V_PARTITION(partition_of(rows, row)),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(value), value_text_.size()),
      RD_KAFKA_V_KEY(key, key_text_.size()), RD_KAFKA_V_TIMESTAMP(timestamp),
      RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    flying_bytes_ += static_cast<std::int64_t>(value_text_.size())
                     + static_cast<std::int64_t>(key_text_.size())
                     + message_overhead;
    return update ? 2 : 1;
  }
  if (headers != nullptr)
    rd_kafka_headers_destroy(headers);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return 0;
  return broker_error(
      fmt::format("cannot write to topic '{}'", options_.topics.front()), code);
}

} // namespace herald::kafka
