#include "engine/connectors/connectors.hpp"
#include "engine/connectors/kafka/sink.hpp"
#include "engine/connectors/kafka/source.hpp"

namespace herald {

namespace {

/// Both, 'kafka' and 'upsert-kafka': the options know which.
class kafka_type : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    HERALD_ASSIGN(auto options, kafka::options_of(table));
    return kafka::consumer_conf(options, "").status();
  }

  absl::Status check_sink(const table_definition& table) const override {
    HERALD_ASSIGN(auto options, kafka::options_of(table));
    return kafka::producer_conf(options).status();
  }

  bool bounded(const table_definition& table) const override {
    auto options = kafka::options_of(table);
    return options.ok() && options->bounded != kafka::bounded_mode::unbounded;
  }

  std::vector<field> metadata(const table_definition& table) const override {
    return kafka::metadata_of(table.options);
  }

  changelog_kind changes_of(const table_definition& table) const override {
    auto options = kafka::options_of(table);
    return options.ok() ? options->changes : changelog_kind::inserts;
  }

  absl::Status check_changes(const table_definition& table) const override {
    HERALD_ASSIGN(auto options, kafka::options_of(table));
    return options.changes == changelog_kind::inserts ? kafka::no_changes(table)
                                                      : absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    HERALD_TRY(check_source(*context.scan.table));
    HERALD_ASSIGN(auto options, kafka::options_of(*context.scan.table));
    HERALD_ASSIGN(auto decode,
                  kafka::record_decoder::make(options, context.scan));
    return std::make_unique<kafka::source>(
        std::move(context), std::move(options), std::move(decode));
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    HERALD_TRY(check_sink(*context.sink.table));
    HERALD_ASSIGN(auto options, kafka::options_of(*context.sink.table));
    return kafka::sink::make(std::move(options), std::move(context));
  }
};

class upsert_kafka_type final : public kafka_type {
public:
  changelog_kind changes_of(const table_definition&) const override {
    return changelog_kind::upserts;
  }

  absl::Status check_changes(const table_definition&) const override {
    return absl::OkStatus();
  }

  bool takes_upserts(const table_definition&) const override {
    return true;
  }
};

} // namespace

const connector& upsert_kafka_connector() {
  static const upsert_kafka_type instance;
  return instance;
}

const connector& kafka_connector() {
  static const kafka_type instance;
  return instance;
}

} // namespace herald
