#include "engine/connectors/connectors.hpp"
#include "engine/connectors/kafka/sink.hpp"
#include "engine/connectors/kafka/source.hpp"

namespace herald {

namespace {

class kafka_type final : public connector {
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

  std::vector<field> metadata() const override {
    return kafka::metadata_fields();
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

} // namespace

const connector& kafka_connector() {
  static const kafka_type instance;
  return instance;
}

} // namespace herald
