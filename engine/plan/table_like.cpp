#include "engine/common/check.hpp"
#include "engine/plan/table_change.hpp"
#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace herald {

namespace {

/// INCLUDING, EXCLUDING or OVERWRITING for each kind of part.
using strategies = std::map<std::string, std::string>;

constexpr std::string_view parts_text
    = "ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, "
      "PARTITIONS or WATERMARKS";

/// Flink's: everything is taken over, options and no others may be replaced.
absl::StatusOr<strategies> strategies_of(const sql::like_clause& x) {
  strategies result;
  for (const auto* part : {"CONSTRAINTS", "DISTRIBUTION", "GENERATED",
                           "METADATA", "PARTITIONS", "WATERMARKS"})
    result[part] = "INCLUDING";
  result["OPTIONS"] = "OVERWRITING";
  const auto where = x.table.back().where;
  for (const auto& option : x.options)
    if (option.what == "ALL")
      for (auto& [part, rule] : result)
        rule = option.rule;
  for (const auto& option : x.options) {
    if (option.what != "ALL" && !result.contains(option.what))
      return user_error(where, fmt::format("LIKE knows no {}", option.what),
                        parts_text);
    const bool replaces = option.rule == "OVERWRITING";
    if (replaces
        && (option.what == "ALL" || option.what == "CONSTRAINTS"
            || option.what == "PARTITIONS" || option.what == "DISTRIBUTION"))
      return user_error(
          where, fmt::format("OVERWRITING {} is not possible", option.what),
          "OVERWRITING is for GENERATED, METADATA, OPTIONS and "
          "WATERMARKS");
    if (option.what != "ALL")
      result[option.what] = option.rule;
  }
  return result;
}

/// What kind of column LIKE sees in `x`; empty: a plain one.
std::string kind_of(const sql::column_definition& x) {
  return x.computed ? "GENERATED" : x.metadata ? "METADATA" : "";
}

/// Merges the parts of a base table and of a table's own.
class like_merger {
public:
  like_merger(sql::create_table base, sql::create_table own, strategies rules,
              const sql::create_table& written)
      : base_(std::move(base)), own_(std::move(own)), rules_(std::move(rules)),
        written_(written) {}

  absl::StatusOr<sql::create_table> merge() {
    HERALD_TRY(merge_columns());
    HERALD_TRY(merge_list("WATERMARKS", base_.schema.watermarks,
                          own_.schema.watermarks, "a watermark"));
    HERALD_TRY(merge_list("CONSTRAINTS", base_.schema.keys, own_.schema.keys,
                          "a primary key"));
    HERALD_TRY(merge_list("PARTITIONS", base_.partitioned_by,
                          own_.partitioned_by, "PARTITIONED BY"));
    HERALD_TRY(merge_options());
    if (!own_.comment)
      own_.comment = std::move(base_.comment);
    own_.like.reset();
    return std::move(own_);
  }

private:
  text_position where() const {
    return written_.like->table.back().where;
  }

  absl::Status merge_columns() {
    std::vector<sql::column_definition> columns;
    for (auto& column : base_.schema.columns) {
      const auto kind = kind_of(column);
      if (kind.empty() || rules_[kind] != "EXCLUDING")
        columns.push_back(std::move(column));
    }
    for (std::size_t i = 0; i < own_.schema.columns.size(); ++i) {
      auto& column = own_.schema.columns[i];
      const auto found
          = std::find_if(columns.begin(), columns.end(), [&](const auto& x) {
              return x.name.name == column.name.name;
            });
      if (found == columns.end()) {
        columns.push_back(std::move(column));
        continue;
      }
      const auto kind = kind_of(column);
      if (kind.empty() || kind != kind_of(*found)
          || rules_[kind] != "OVERWRITING")
        return user_error(written_.schema.columns[i].name.where,
                          fmt::format("column '{}' is in the other table, too",
                                      column.name.name),
                          kind.empty() ? ""
                                       : fmt::format("OVERWRITING {}", kind));
      *found = std::move(column);
    }
    own_.schema.columns = std::move(columns);
    return absl::OkStatus();
  }

  template <class List>
  absl::Status merge_list(const std::string& part, List& base, List& own,
                          std::string_view what) {
    if (rules_[part] == "EXCLUDING" || base.empty())
      return absl::OkStatus();
    if (own.empty())
      own = std::move(base);
    else if (rules_[part] != "OVERWRITING")
      return user_error(where(),
                        fmt::format("the other table has {}, too", what),
                        fmt::format("EXCLUDING {}", part));
    return absl::OkStatus();
  }

  absl::Status merge_options() {
    if (rules_["OPTIONS"] == "EXCLUDING")
      return absl::OkStatus();
    for (auto& option : base_.options) {
      const auto same = [&](const auto& x) { return x.key == option.key; };
      if (std::none_of(own_.options.begin(), own_.options.end(), same))
        own_.options.push_back(std::move(option));
      else if (rules_["OPTIONS"] == "INCLUDING")
        return user_error(
            where(),
            fmt::format("the other table has option '{}', too", option.key),
            "OVERWRITING OPTIONS");
    }
    return absl::OkStatus();
  }

  sql::create_table base_;
  sql::create_table own_;
  strategies rules_;
  const sql::create_table& written_;
};

} // namespace

sql::create_table read_declaration(const std::string& text) {
  auto parsed = sql::parse_statement(text);
  HERALD_CHECK(parsed.ok(), text);
  return std::move(std::get<sql::create_table>(parsed->node));
}

absl::StatusOr<sql::create_table> with_like(const sql::statement& x,
                                            const std::string& base) {
  const auto& written = *x.as<sql::create_table>();
  HERALD_ASSIGN(auto rules, strategies_of(*written.like));
  return like_merger(read_declaration(base), read_declaration(sql::to_sql(x)),
                     std::move(rules), written)
      .merge();
}

absl::Status at_place(const absl::Status& status, text_position where,
                      std::string_view context) {
  if (status.ok())
    return status;
  std::string_view message = message_of(status);
  if (position_of(status).line != 0)
    message.remove_prefix(std::min(message.size(), message.find(": ") + 2));
  auto hint = hint_of(status);
  const auto tail = fmt::format(" ({})", hint);
  if (!hint.empty() && message.ends_with(tail))
    message.remove_suffix(tail.size());
  return user_error(where, fmt::format("{}{}", context, message), hint);
}

} // namespace herald
