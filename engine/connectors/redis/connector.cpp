#include "engine/common/error.hpp"
#include "engine/connectors/connectors.hpp"
#include "engine/connectors/redis/lookup.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

class redis_type final : public connector {
public:
  absl::Status check_source(const table_definition&) const override {
    return user_error("rows of Redis can only be looked up",
                      "JOIN it FOR SYSTEM_TIME AS OF a processing time");
  }

  absl::Status check_sink(const table_definition&) const override {
    return user_error("nothing can be written to Redis yet");
  }

  bool bounded(const table_definition&) const override {
    return false;
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    return check_source(*context.scan.table);
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    return check_sink(*context.sink.table);
  }

  absl::Status
  check_lookup(const table_definition& table,
               const std::vector<std::string>& keys) const override {
    HERALD_TRY(redis_options_of(table).status());
    if (keys != table.primary_key)
      return user_error(
          fmt::format("rows of Redis are looked up by their primary key {}",
                      table.primary_key[0]));
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<lookup_source>>
  make_lookup(const lookup_target& target) const override {
    HERALD_ASSIGN(auto options, redis_options_of(*target.table));
    return make_redis_lookup(std::move(options), target);
  }
};

} // namespace

const connector& redis_connector() {
  static const redis_type instance;
  return instance;
}

} // namespace herald
