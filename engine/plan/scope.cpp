#include "engine/plan/scope.hpp"

#include "engine/common/check.hpp"
#include "engine/plan/catalog_list.hpp"

#include <cctype>

namespace herald {

absl::Status scope::add(std::string alias,
                        const std::vector<plan_column>& columns,
                        text_position where, database_name home) {
  for (const auto& other : relations_)
    if (!alias.empty() && other.alias == alias)
      return user_error(
          where, fmt::format("two tables of this FROM are called '{}'", alias),
          "give one of them another name with AS");
  relations_.push_back({std::move(alias), static_cast<int>(columns_.size()),
                        static_cast<int>(columns.size()), std::move(home)});
  columns_.insert(columns_.end(), columns.begin(), columns.end());
  hidden_.resize(columns_.size());
  return absl::OkStatus();
}

void scope::hide(int column) {
  hidden_[static_cast<std::size_t>(column)] = true;
}

std::vector<int> scope::shown(const std::string& name) const {
  auto result = matches(name, 0, static_cast<int>(columns_.size()));
  std::erase_if(result, [this](int column) { return !shown(column); });
  return result;
}

absl::Status scope::append(const scope& other, text_position where) {
  for (const auto& part : other.relations_) {
    const auto begin = other.columns_.begin() + part.first;
    const auto first = static_cast<int>(columns_.size());
    HERALD_TRY(add(part.alias, {begin, begin + part.count}, where, part.home));
    for (int i = 0; i < part.count; ++i)
      if (!other.shown(part.first + i))
        hide(first + i);
  }
  return absl::OkStatus();
}

void scope::add_hidden(const std::vector<plan_column>& columns) {
  for (const auto& column : columns) {
    columns_.push_back(column);
    columns_.back().name.clear();
  }
}

void scope::make_nullable(const std::vector<int>& columns) {
  for (const int column : columns) {
    auto& type = columns_[static_cast<std::size_t>(column)].type;
    type = type.with_nullable(true);
  }
}

std::vector<int> scope::matches(const std::string& name, int first,
                                int count) const {
  std::vector<int> result;
  for (int i = first; i < first + count; ++i)
    if (columns_[static_cast<std::size_t>(i)].name == name)
      result.push_back(i);
  return result;
}

std::size_t scope::parts_of(const relation& table,
                            const sql::qualified_name& name) {
  const std::string* parts[]
      = {&table.home.catalog, &table.home.database, &table.alias};
  for (std::size_t n = 1; n <= std::size(parts) && n <= name.size(); ++n) {
    const auto first = std::end(parts) - n;
    if (!first[0]->empty()
        && std::equal(first, std::end(parts), name.begin(),
                      [](auto* a, auto& b) { return *a == b.name; }))
      return n;
  }
  return 0;
}

absl::StatusOr<scope::resolution>
scope::resolve(const sql::qualified_name& name) const {
  const auto ambiguous = [&](const sql::identifier& part) {
    return user_error(part.where,
                      fmt::format("column '{}' is ambiguous", part.name),
                      "put the table's name before it");
  };
  for (const auto& table : relations_) {
    const auto parts = parts_of(table, name);
    if (parts == 0 || parts == name.size())
      continue;
    const auto found = matches(name[parts].name, table.first, table.count);
    if (found.size() > 1)
      return ambiguous(name[parts]);
    if (found.size() == 1)
      return resolution{found[0], parts + 1};
  }
  const auto found = shown(name[0].name);
  if (found.size() > 1)
    return ambiguous(name[0]);
  if (found.empty())
    return unknown(name);
  return resolution{found[0], 1};
}

namespace {

/// Shorter names are near to too many words.
constexpr std::size_t misspelt_length_min = 4;

/// "did you mean …?"; a word of SQL that was taken for a name comes last.
std::string word_or_name(const std::string& name,
                         const std::vector<std::string>& names) {
  const auto near = did_you_mean(name, names);
  const bool is_word = near.empty() && name.size() >= misspelt_length_min
                       && !nearest_name(name, {"DISTINCT"}).empty();
  return is_word ? "did you mean DISTINCT?" : near;
}

/// The hint if a word before JOIN was taken for one of the `aliases`.
std::string misspelt_join(const std::vector<std::string>& aliases) {
  const auto lower
      = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (const auto& alias : aliases) {
    const auto near
        = nearest_name(alias, {"INNER", "LEFT", "RIGHT", "FULL", "CROSS"});
    if (alias.size() >= misspelt_length_min && !near.empty()
        && lower(alias.front()) == lower(near.front())
        && lower(alias.back()) == lower(near.back()))
      return fmt::format("did you mean {} JOIN? '{}' names the table before it",
                         near, alias);
  }
  return {};
}

} // namespace

absl::Status scope::unknown(const sql::qualified_name& name) const {
  std::vector<std::string> names;
  const auto& first = name[0];
  for (const auto& table : relations_) {
    const auto parts = parts_of(table, name);
    if (parts > 0 && parts < name.size()) {
      for (int i = table.first; i < table.first + table.count; ++i)
        names.push_back(columns_[static_cast<std::size_t>(i)].name);
      const auto& column = name[parts];
      return user_error(column.where,
                        fmt::format("table '{}' has no column '{}'",
                                    table.alias, column.name),
                        did_you_mean(column.name, names));
    }
  }
  for (const auto& column : columns_)
    names.push_back(column.name);
  std::vector<std::string> aliases;
  if (name.size() > 1)
    for (const auto& table : relations_)
      if (!table.alias.empty())
        aliases.push_back(table.alias);
  names.insert(names.end(), aliases.begin(), aliases.end());
  const auto join = misspelt_join(aliases);
  return user_error(
      first.where,
      name.size() > 1
          ? fmt::format("there is no table or column '{}' here", first.name)
          : fmt::format("there is no column '{}' here", first.name),
      join.empty() ? word_or_name(first.name, names) : join);
}

std::vector<scope::relation>
scope::find(const sql::qualified_name& qualifier) const {
  if (qualifier.empty())
    return relations_;
  for (const auto& table : relations_)
    if (parts_of(table, qualifier) == qualifier.size())
      return {table};
  return {};
}

void scope::refine(const std::vector<plan_column>& columns) {
  HERALD_CHECK_EQ(columns.size(), columns_.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto name = std::move(columns_[i].name);
    columns_[i] = columns[i];
    columns_[i].name = std::move(name);
  }
}

} // namespace herald
