#include "engine/common/error.hpp"
#include "engine/connectors/connectors.hpp"
#include "engine/connectors/mariadb/lookup.hpp"
#include "engine/connectors/mariadb/source.hpp"

namespace herald {

namespace {

class mariadb_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    return mariadb_options_of(table).status();
  }

  absl::Status check_sink(const table_definition&) const override {
    return user_error("nothing can be written to a table of MariaDB yet");
  }

  bool bounded(const table_definition&) const override {
    return true;
  }

  int splits_max(const table_definition& table) const override {
    const auto options = mariadb_options_of(table);
    return options.ok() && options->partitions ? options->partitions->count : 1;
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    HERALD_ASSIGN(auto options, mariadb_options_of(*context.scan.table));
    return std::make_unique<mariadb_source>(std::move(options),
                                            std::move(context));
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    return check_sink(*context.sink.table);
  }

  absl::Status check_lookup(const table_definition& table,
                            const std::vector<std::string>&) const override {
    return check_source(table);
  }

  absl::StatusOr<std::unique_ptr<lookup_source>>
  make_lookup(const lookup_target& target) const override {
    HERALD_ASSIGN(auto options, mariadb_options_of(*target.table));
    return make_mariadb_lookup(std::move(options), target);
  }
};

} // namespace

const connector& mariadb_connector() {
  static const mariadb_type instance;
  return instance;
}

} // namespace herald
