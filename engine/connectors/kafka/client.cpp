#include "engine/connectors/kafka/client.hpp"

#include "engine/connectors/connector.hpp"

#include <fmt/format.h>

namespace herald::kafka {

namespace {

using setting = std::pair<const char*, const char*>;

/// Prefetched and not yet decoded: bounds memory per reader. When a queue is
/// full, librdkafka 2.0 waits up to a second before it fetches again
/// (`fetch.queue.backoff.ms` came with 2.2), so it must hold what is decoded
/// meanwhile: a quarter of this halved the throughput.
constexpr setting prefetch_kbytes{"queued.max.messages.kbytes", "65536"};
constexpr setting prefetch_messages{"queued.min.messages", "200000"};

/// Rows that a writer has given to librdkafka and that are not yet
/// acknowledged; `kafka_sink` holds back the rest.
constexpr setting buffer_kbytes{"queue.buffering.max.kbytes", "65536"};
constexpr setting buffer_messages{"queue.buffering.max.messages", "500000"};

/// A broker that comes back is found soon.
constexpr setting reconnect{"reconnect.backoff.max.ms", "1000"};

/// A request a message would cap throughput; measured, 1 ms costs nothing in
/// latency at 20,000 messages a second.
constexpr setting linger{"linger.ms", "1"};

absl::Status set(rd_kafka_conf_t* conf, const std::string& key,
                 const std::string& value) {
  char text[512];
  if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), text, sizeof text)
      == RD_KAFKA_CONF_OK)
    return absl::OkStatus();
  return user_error(fmt::format("option 'properties.{}': {}", key, text));
}

absl::StatusOr<conf_ptr> make_conf(const options& x,
                                   std::initializer_list<setting> defaults,
                                   const option_map& more) {
  conf_ptr conf(rd_kafka_conf_new());
  for (const auto& [key, value] : defaults)
    HERALD_TRY(set(conf.get(), key, value));
  for (const auto& [key, value] : more)
    HERALD_TRY(set(conf.get(), key, value));
  for (const auto& [key, value] : x.properties)
    HERALD_TRY(set(conf.get(), key, value));
  return conf;
}

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  static_cast<trouble*>(opaque)->set(fmt::format(
      "{}: {}", rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)),
      reason));
}

void on_log(const rd_kafka_t*, int, const char*, const char*) {
  // Whatever matters comes as an error, too.
}

} // namespace

absl::StatusOr<conf_ptr> consumer_conf(const options& x,
                                       const std::string& group) {
  // librdkafka wants a group even where nothing is committed.
  return make_conf(x,
                   {prefetch_kbytes,
                    prefetch_messages,
                    reconnect,
                    {"enable.auto.commit", "false"},
                    {"enable.auto.offset.store", "false"},
                    {"auto.offset.reset", "error"},
                    {"fetch.wait.max.ms", "100"}},
                   {{"group.id", group.empty() ? "herald" : group},
                    {"enable.partition.eof",
                     x.bounded == bounded_mode::unbounded ? "false" : "true"}});
}

absl::StatusOr<conf_ptr> producer_conf(const options& x) {
  option_map more;
  // Sticky partitions would go before a partitioner of our own.
  if (x.spread != partitioner::by_key)
    more["sticky.partitioning.linger.ms"] = "0";
  return make_conf(x,
                   {buffer_kbytes,
                    buffer_messages,
                    reconnect,
                    linger,
                    {"enable.idempotence", "true"},
                    // Java's, so that keys go where other writers put them.
                    {"partitioner", "murmur2_random"}},
                   more);
}

absl::StatusOr<client_ptr> make_client(rd_kafka_type_t type, conf_ptr conf,
                                       trouble* where) {
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_opaque(conf.get(), where);
  char text[512];
  client_ptr client(rd_kafka_new(type, conf.get(), text, sizeof text));
  if (!client)
    return user_error(fmt::format("cannot make a Kafka client: {}", text));
  (void)conf.release(); // the client's now
  return client;
}

void ring(rd_kafka_t*, void* opaque) {
  (*static_cast<wake_function*>(opaque))();
}

absl::Status broker_error(std::string_view what, rd_kafka_resp_err_t code) {
  return user_error(fmt::format("{}: {}", what, rd_kafka_err2str(code)));
}

} // namespace herald::kafka
