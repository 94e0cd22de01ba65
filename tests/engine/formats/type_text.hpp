#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/common/check.hpp"

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

// "a INT, b ROW<c DECIMAL(10, 2) NOT NULL>" to fields, for tests of formats
// and connectors, which stand left of nothing that parses SQL.

namespace herald::test {

class type_text {
public:
  explicit type_text(std::string_view text) : text_(text) {}

  std::vector<field> fields() {
    std::vector<field> result;
    do {
      auto name = word();
      result.push_back({name, type()});
    } while (take(","));
    return result;
  }

private:
  void blanks() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }

  bool take(std::string_view x) {
    blanks();
    if (text_.substr(at_, x.size()) != x)
      return false;
    at_ += x.size();
    return true;
  }

  std::string word() {
    blanks();
    std::string result;
    while (at_ < text_.size()
           && (std::isalnum(static_cast<unsigned char>(text_[at_]))
               || text_[at_] == '_'))
      result.push_back(text_[at_++]);
    return result;
  }

  std::vector<int> numbers() {
    std::vector<int> result;
    if (!take("("))
      return result;
    do
      result.push_back(std::stoi(word()));
    while (take(","));
    HERALD_CHECK(take(")"), "a bracket in a test's type");
    return result;
  }

  data_type type() {
    auto result = plain(word());
    return result.with_nullable(!take("NOT NULL"));
  }

  data_type plain(const std::string& name) {
    if (name == "ROW" && take("<")) {
      auto inner = fields();
      HERALD_CHECK(take(">"), "a bracket in a test's type");
      return data_type::row(std::move(inner));
    }
    if (name == "ARRAY" && take("<")) {
      auto element = type();
      HERALD_CHECK(take(">"), "a bracket in a test's type");
      return data_type::array(std::move(element));
    }
    if (name == "MAP" && take("<")) {
      auto key = type();
      HERALD_CHECK(take(","), "a comma in a test's type");
      auto value = type();
      HERALD_CHECK(take(">"), "a bracket in a test's type");
      return data_type::map(std::move(key), std::move(value));
    }
    auto n = numbers();
    if (name == "DECIMAL")
      return data_type::decimal(n[0], n[1]);
    if (name == "TIME" && !n.empty())
      return data_type::of(type_kind::time).with_precision(n[0]);
    if (name == "TIMESTAMP")
      return data_type::timestamp(n[0]);
    if (name == "TIMESTAMP_LTZ")
      return data_type::timestamp_ltz(n[0]);
    return data_type::of(kind(name));
  }

  static type_kind kind(const std::string& name) {
    if (name == "STRING")
      return type_kind::varchar;
    if (name == "BYTES")
      return type_kind::varbinary;
    for (auto x : {type_kind::boolean, type_kind::tinyint, type_kind::smallint,
                   type_kind::integer, type_kind::bigint, type_kind::float32,
                   type_kind::float64, type_kind::date, type_kind::time})
      if (data_type::of(x).to_short_string().starts_with(name))
        return x;
    HERALD_CHECK(false, name);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

inline std::vector<field> fields_of(std::string_view text) {
  return type_text(text).fields();
}

/// The type at `path` in `fields`.
inline data_type type_at(const std::vector<field>& fields,
                         const std::vector<std::string>& path) {
  const auto* level = &fields;
  data_type result;
  for (const auto& name : path) {
    bool found = false;
    for (const auto& x : *level)
      if (x.name == name) {
        result = x.type;
        found = true;
      }
    HERALD_CHECK(found, name);
    if (result.kind() == type_kind::row)
      level = &result.fields();
  }
  return result;
}

} // namespace herald::test
