#include "engine/plan/hints.hpp"

#include "engine/plan/catalog_list.hpp"
#include "engine/plan/options.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::array<std::string_view, 8> select_words
    = {"STATE_TTL", "LOOKUP",        "BROADCAST",    "MULTI_JOIN",
       "NEST_LOOP", "SHUFFLE_MERGE", "SHUFFLE_HASH", "OPTIONS"};

constexpr std::array<std::string_view, 10> lookup_options
    = {"table",          "async",       "output-mode",  "capacity",
       "timeout",        "fixed-delay", "max-attempts", "retry-predicate",
       "retry-strategy", "shuffle"};

template <class Words>
std::string nearest_word(const std::string& name, const Words& words) {
  return did_you_mean(name, {words.begin(), words.end()});
}

std::string in_capitals(std::string text) {
  for (auto& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

/// The names that hints of a block call a table of its FROM by: its alias, and
/// that of the table itself.
std::vector<std::string> names_of(const sql::table_reference& x) {
  std::vector<std::string> result;
  if (x.alias)
    result.push_back(x.alias->name);
  if (const auto* named = x.as<sql::named_table>())
    result.push_back(named->name.back().name);
  return result;
}

bool is_called(const sql::table_reference& x, const std::string& name) {
  const auto names = names_of(x);
  return std::find(names.begin(), names.end(), name) != names.end();
}

void collect_names(const sql::table_reference& x,
                   std::vector<std::string>& out) {
  if (const auto* join = x.as<sql::join_table>()) {
    collect_names(*join->left, out);
    collect_names(*join->right, out);
    return;
  }
  for (auto& name : names_of(x))
    out.push_back(std::move(name));
}

/// Checks the hints of one block.
class hint_checker {
public:
  explicit hint_checker(const sql::select_block& x) : block_(x) {
    if (x.from)
      collect_names(*x.from, tables_);
  }

  absl::StatusOr<select_hints> run() {
    for (const auto& hint : block_.hints)
      HERALD_TRY(check(hint));
    if (block_.from)
      result_.from_ttl_ms = result_.ttl_of(*block_.from);
    return std::move(result_);
  }

private:
  absl::Status check(const sql::hint& x) {
    const auto name = in_capitals(x.name.name);
    if (name == "STATE_TTL")
      return check_ttl(x);
    if (name == "LOOKUP")
      return check_lookup(x);
    if (name == "OPTIONS")
      return user_error(x.name.where, "OPTIONS is a hint for a table",
                        "FROM t /*+ OPTIONS('key' = 'value') */");
    if (std::find(select_words.begin(), select_words.end(), name)
        == select_words.end())
      return user_error(x.name.where,
                        fmt::format("there is no hint '{}'", x.name.name),
                        nearest_word(name, select_words));
    if (x.arguments.empty() || !x.options.empty())
      return user_error(x.name.where,
                        fmt::format("the hint {} lists tables", name),
                        fmt::format("{}(t)", name));
    for (const auto& table : x.arguments)
      HERALD_TRY(check_table(table.name, table.where));
    if (name == "BROADCAST")
      result_.broadcasts.insert(result_.broadcasts.end(), x.arguments.begin(),
                                x.arguments.end());
    return absl::OkStatus();
  }

  absl::Status check_table(const std::string& name, text_position where) const {
    if (std::find(tables_.begin(), tables_.end(), name) != tables_.end())
      return absl::OkStatus();
    return user_error(where,
                      fmt::format("FROM has no table '{}' for this hint", name),
                      nearest_word(name, tables_));
  }

  absl::Status check_ttl(const sql::hint& x) {
    if (x.options.empty() || !x.arguments.empty())
      return user_error(x.name.where,
                        "the hint STATE_TTL gives tables a duration",
                        fmt::format("STATE_TTL('{}' = '1 d')",
                                    tables_.empty() ? "t" : tables_[0]));
    for (const auto& option : x.options) {
      HERALD_TRY(check_table(option.key, option.where));
      HERALD_ASSIGN(const auto ms,
                    parse_duration_ms(option.value, option.value_where));
      result_.ttls_ms.emplace_back(option.key, ms);
    }
    return absl::OkStatus();
  }

  absl::Status check_lookup(const sql::hint& x) {
    bool names_table = false;
    for (const auto& option : x.options) {
      if (std::find(lookup_options.begin(), lookup_options.end(), option.key)
          == lookup_options.end())
        return user_error(
            option.where,
            fmt::format("the hint LOOKUP has no option '{}'", option.key),
            nearest_word(option.key, lookup_options));
      if (option.key != "table")
        continue;
      names_table = true;
      HERALD_TRY(check_table(option.value, option.value_where));
    }
    if (!names_table || !x.arguments.empty())
      return user_error(x.name.where, "the hint LOOKUP must name its table",
                        "LOOKUP('table' = 't', 'async' = 'true')");
    result_.lookups.push_back(&x);
    return absl::OkStatus();
  }

  const sql::select_block& block_;
  std::vector<std::string> tables_;
  select_hints result_;
};

} // namespace

std::optional<std::int64_t>
select_hints::ttl_of(const sql::table_reference& x) const {
  for (const auto& [table, ms] : ttls_ms)
    if (is_called(x, table))
      return ms;
  return std::nullopt;
}

std::optional<text_position>
select_hints::broadcast_of(const sql::table_reference& x) const {
  for (const auto& table : broadcasts)
    if (is_called(x, table.name))
      return table.where;
  return std::nullopt;
}

absl::StatusOr<select_hints> check_hints(const sql::select_block& x) {
  return hint_checker(x).run();
}

absl::StatusOr<option_map> hinted_options(const std::vector<sql::hint>& hints) {
  option_map result;
  for (const auto& x : hints) {
    const auto name = in_capitals(x.name.name);
    if (name != "OPTIONS") {
      const bool known
          = std::find(select_words.begin(), select_words.end(), name)
            != select_words.end();
      return user_error(
          x.name.where,
          known ? fmt::format("the hint {} stands behind SELECT", name)
                : fmt::format("there is no hint '{}' for a table", x.name.name),
          known ? fmt::format("SELECT /*+ {}(…) */ …", name)
                : "OPTIONS('key' = 'value')");
    }
    if (x.options.empty() || !x.arguments.empty())
      return user_error(x.name.where, "the hint OPTIONS has options",
                        "OPTIONS('key' = 'value')");
    for (const auto& option : x.options) {
      if (option.key == "connector")
        return user_error(option.where,
                          "a hint cannot change a table's 'connector'",
                          "ALTER TABLE, or another table");
      result[option.key] = option.value;
    }
  }
  return result;
}

bound_table_ptr with_options(const bound_table_ptr& table,
                             const option_map& options) {
  if (options.empty())
    return table;
  auto definition = *table->definition;
  for (const auto& [key, value] : options) {
    definition.options[key] = value;
    definition.option_places.erase(key);
  }
  auto result = *table;
  result.definition
      = std::make_shared<const table_definition>(std::move(definition));
  return std::make_shared<const bound_table>(std::move(result));
}

} // namespace herald
