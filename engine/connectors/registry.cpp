#include "engine/connectors/registry.hpp"

#include "engine/connectors/connectors.hpp"

#include <map>

#include <fmt/format.h>

namespace herald {

namespace {

struct entry {
  const connector& code;
  bool takes_changes = false; ///< as a sink
};

const std::map<std::string, entry>& entries() {
  static const std::map<std::string, entry> all{
      {"blackhole", {blackhole_connector(), true}},
      {"datagen", {datagen_connector()}},
      {"filesystem", {filesystem_connector()}},
      {"kafka", {kafka_connector()}},
      {"nexmark", {nexmark_connector()}},
      {"preloaded", {preloaded_connector()}},
      {"print", {print_connector(), true}},
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
    return herald::metadata_of(text_of(table));
  }

  absl::Status
  check_lookup(const table_definition& table,
               const std::vector<std::string>& keys) const override {
    HERALD_ASSIGN(const auto* found, find_connector(table));
    return found->check_lookup(table, keys);
  }

  lookup_maker lookups_of(const table_definition& table) const override {
    return [table](const lookup_target& target)
               -> absl::StatusOr<std::unique_ptr<lookup_source>> {
      HERALD_ASSIGN(const auto* found, find_connector(table));
      return found->make_lookup(target);
    };
  }

  table_definition one_row() const override {
    table_definition result;
    result.name = "one row";
    result.columns = {{"row", data_type::of(type_kind::integer), {}, false}};
    result.options = {{"connector", "datagen"}, {"number-of-rows", "1"}};
    return result;
  }

  bool accepts_changes(const table_definition& table) const override {
    auto at = entries().find(text_of(table));
    return at != entries().end() && at->second.takes_changes;
  }

private:
  static std::string text_of(const table_definition& table) {
    auto at = table.options.find("connector");
    return at == table.options.end() ? std::string() : at->second;
  }
};

} // namespace

std::vector<std::string> connector_names() {
  std::vector<std::string> names;
  for (const auto& [name, unused] : entries())
    names.push_back(name);
  return names;
}

absl::Status connector::check_lookup(const table_definition& table,
                                     const std::vector<std::string>&) const {
  return user_error(
      fmt::format("connector '{}' cannot look up rows by key",
                  table.option("connector").value_or("")),
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
    return &at->second.code;
  auto near = nearest_name(option->second, connector_names());
  return user_error(
      fmt::format("unknown connector '{}'", option->second),
      near.empty() ? known : fmt::format("did you mean '{}'? {}", near, known));
}

std::vector<field> metadata_of(const std::string& connector_name) {
  auto at = entries().find(connector_name);
  return at == entries().end() ? std::vector<field>()
                               : at->second.code.metadata();
}

const connector_catalog& known_connectors() {
  static const catalog instance;
  return instance;
}

} // namespace herald
