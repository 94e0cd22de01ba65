#include "engine/connectors/registry.hpp"

#include "engine/connectors/connectors.hpp"
#include "engine/connectors/full_lookup.hpp"
#include "engine/formats/options.hpp"
#include "engine/plan/lookup_options.hpp"

#include <map>

#include <fmt/format.h>

namespace herald {

namespace {

const std::map<std::string, const connector*>& entries() {
  static const std::map<std::string, const connector*> all{
      {"blackhole", &blackhole_connector()},
      {"datagen", &datagen_connector()},
      {"filesystem", &filesystem_connector()},
      {"jdbc", &mariadb_connector()}, // Flink's name
      {"kafka", &kafka_connector()},
      {"mariadb", &mariadb_connector()},
      {"nexmark", &nexmark_connector()},
      {"preloaded", &preloaded_connector()},
      {"print", &print_connector()},
      {"redis", &redis_connector()},
      {"upsert-kafka", &upsert_kafka_connector()},
  };
  return all;
}

class catalog final : public connector_catalog {
public:
  absl::Status check_source(const table_definition& table) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->check_source(table);
  }

  absl::Status check_sink(const table_definition& table) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->check_sink(table);
  }

  bool bounded(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() && (*found)->bounded(table);
  }

  int splits_max(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() ? (*found)->splits_max(table) : 0;
  }

  std::vector<field> metadata_of(const table_definition& table) const override {
    return herald::metadata_of(table);
  }

  absl::Status
  check_lookup(const table_definition& table,
               const std::vector<std::string>& keys) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    HERALD_ASSIGN(const auto cache, lookup_cache_of(table));
    if (cache != lookup_cache::full)
      return found->check_lookup(table, keys);
    if (!found->bounded(table))
      return user_error(fmt::format("table '{}' has no end: it cannot be kept "
                                    "whole",
                                    table.name),
                        "'lookup.cache' is NONE or PARTIAL");
    return found->check_source(table);
  }

  lookup_maker lookups_of(const table_definition& table) const override {
    return [table](const lookup_target& target)
               -> absl::StatusOr<std::unique_ptr<lookup_source>> {
      HERALD_ASSIGN(const auto* found, find_connector(table));
      HERALD_ASSIGN(const auto cache, lookup_cache_of(table));
      if (cache != lookup_cache::full)
        return found->make_lookup(target);
      HERALD_ASSIGN(const auto reload_ms, lookup_reload_ms(table));
      return make_full_lookup(*found, target, reload_ms);
    };
  }

  table_definition one_row() const override {
    table_definition result;
    result.name = "one row";
    result.columns = {{"row", data_type::of(type_kind::integer), {}, false}};
    result.options = {{"connector", "datagen"}, {"number-of-rows", "1"}};
    return result;
  }

  changelog_kind changes_of(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() ? (*found)->changes_of(table) : changelog_kind::inserts;
  }

  absl::Status check_changes(const table_definition& table) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->check_changes(table);
  }

  absl::Status check_overwrite(const table_definition& table) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->check_overwrite(table);
  }

  bool takes_upserts(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() && (*found)->takes_upserts(table);
  }

  bool skips_by_range(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() && (*found)->skips_by_range(table);
  }

  absl::StatusOr<std::vector<std::vector<std::string>>>
  partitions(const table_definition& table) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->partitions(table);
  }

  bool has_one_writer(const table_definition& table) const override {
    auto found = find_connector(table);
    return found.ok() && (*found)->has_one_writer(table);
  }
};

} // namespace

std::vector<std::string> connector_names() {
  std::vector<std::string> names;
  for (const auto& [name, found] : entries())
    if (found != &preloaded_connector()) // of benchmarks
      names.push_back(name);
  return names;
}

absl::Status connector::check_changes(const table_definition& table) const {
  return user_error(
      fmt::format("table '{}' keeps every row it gets, but the rows for it are "
                  "updated and deleted",
                  table.name),
      "group by a window, or write to a sink that takes changes");
}

absl::Status connector::check_overwrite(const table_definition& table) const {
  return user_error(
      fmt::format("connector '{}' cannot replace what the table has",
                  text_option(table.options, "connector")),
      "INSERT INTO; only tables of files can be overwritten");
}

absl::Status connector::check_lookup(const table_definition& table,
                                     const std::vector<std::string>&) const {
  return user_error(
      fmt::format("connector '{}' cannot look up rows by key",
                  text_option(table.options, "connector")),
      "join the table without FOR SYSTEM_TIME AS OF a processing time");
}

absl::StatusOr<std::unique_ptr<lookup_source>>
connector::make_lookup(const lookup_target& target) const {
  return check_lookup(*target.table, {});
}

absl::StatusOr<const connector*> find_connector(const table_definition& table) {
  auto option = table.options.find("connector");
  auto known
      = fmt::format("known connectors: {}", fmt::join(connector_names(), ", "));
  if (option == table.options.end())
    return user_error(
        fmt::format("table '{}' has no option 'connector'", table.name), known);
  auto at = entries().find(option->second);
  if (at != entries().end())
    return at->second;
  auto near = nearest_name(option->second, connector_names());
  return option_error(
      "connector", fmt::format("unknown connector '{}'", option->second),
      near.empty() ? known : fmt::format("did you mean '{}'? {}", near, known));
}

std::vector<field> metadata_of(const table_definition& table) {
  auto found = find_connector(table);
  return found.ok() ? (*found)->metadata(table) : std::vector<field>();
}

const connector_catalog& known_connectors() {
  static const catalog instance;
  return instance;
}

} // namespace herald
