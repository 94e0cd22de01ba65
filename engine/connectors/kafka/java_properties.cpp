#include "engine/connectors/kafka/java_properties.hpp"

#include "engine/common/error.hpp"
#include "engine/formats/options.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace herald::kafka {

namespace {

using names = std::pair<std::string_view, std::string_view>;

/// They tune Java's client, or name its classes for what formats do here.
constexpr std::array<std::string_view, 21> tuning = {
    "buffer.memory",
    "default.api.timeout.ms",
    "exclude.internal.topics",
    "interceptor.classes",
    "key.deserializer",
    "key.serializer",
    "max.block.ms",
    "max.poll.records",
    "metadata.max.idle.ms",
    "metadata.recovery.strategy",
    "metric.reporters",
    "metrics.num.samples",
    "metrics.recording.level",
    "metrics.sample.window.ms",
    "partition.assignment.strategy",
    "partition.discovery.interval.ms",
    "partitioner.adaptive.partitioning.enable",
    "partitioner.availability.timeout.ms",
    "socket.connection.setup.timeout.max.ms",
    "value.deserializer",
    "value.serializer",
};

/// Java's name, and librdkafka's.
constexpr std::array<names, 7> renamed = {{
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"max.request.size", "message.max.bytes"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    {"ssl.keystore.key", "ssl.key.pem"},
    {"ssl.truststore.certificates", "ssl.ca.pem"},
}};

/// What cannot be left out without harm, and what to do instead.
constexpr std::array<names, 16> refused = {{
    {"partitioner.class", "'sink.partitioner'"},
    {"partitioner.ignore.keys", "'sink.partitioner' = 'round-robin'"},
    {"sasl.client.callback.handler.class",
     "'properties.sasl.username' and 'properties.sasl.password'"},
    {"sasl.jaas.config",
     "'properties.sasl.username' and 'properties.sasl.password'"},
    {"sasl.login.callback.handler.class",
     "'properties.sasl.oauthbearer.method' = 'oidc' with "
     "'properties.sasl.oauthbearer.…'"},
    {"sasl.login.class",
     "'properties.sasl.username' and 'properties.sasl.password'"},
    {"security.providers", "leave it out: OpenSSL is used"},
    {"ssl.enabled.protocols", "leave it out: OpenSSL is used"},
    {"ssl.engine.factory.class", "leave it out: OpenSSL is used"},
    {"ssl.keymanager.algorithm", "leave it out: OpenSSL is used"},
    {"ssl.keystore.type",
     "leave it out: 'properties.ssl.keystore.location' is PKCS #12; of PEM "
     "'properties.ssl.certificate.location' and 'properties.ssl.key.location'"},
    {"ssl.protocol", "leave it out: OpenSSL is used"},
    {"ssl.provider", "leave it out: OpenSSL is used"},
    {"ssl.truststore.location",
     "'properties.ssl.ca.location': a file of certificates in PEM"},
    {"ssl.truststore.password",
     "'properties.ssl.ca.location', a file of certificates in PEM, needs none"},
    {"ssl.truststore.type",
     "'properties.ssl.ca.location': a file of certificates in PEM"},
}};

template <std::size_t n>
const names* find(const std::array<names, n>& among, std::string_view name) {
  const auto at = std::find_if(among.begin(), among.end(),
                               [&](const auto& x) { return x.first == name; });
  return at == among.end() ? nullptr : &*at;
}

} // namespace

absl::StatusOr<option_map> properties_of(const option_map& given) {
  const std::string prefix = "properties.";
  option_map result;
  for (const auto& [key, value] : options_with_prefix(given, prefix)) {
    const auto name = key.substr(prefix.size());
    if (std::find(tuning.begin(), tuning.end(), name) != tuning.end())
      continue;
    if (const auto* x = find(refused, name))
      return option_error(
          key, fmt::format("option '{}' is for Java's client alone", key),
          std::string(x->second));
    const auto* other = find(renamed, name);
    // What neither a group nor the table says is an error for both.
    const bool is_none = name == "auto.offset.reset" && value == "none";
    const auto [at, is_new] = result.emplace(
        other ? std::string(other->second) : name, is_none ? "error" : value);
    if (!is_new)
      return option_error(
          key,
          fmt::format("option '{}' is given twice, by the name that librdkafka "
                      "has for it and by Java's",
                      at->first),
          "leave one out");
  }
  return result;
}

} // namespace herald::kafka
