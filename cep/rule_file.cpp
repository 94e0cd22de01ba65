#include "cep/rule_file.hpp"

#include "cep/duration.hpp"
#include "cep/pattern_parser.hpp"
#include "cep/yaml_text.hpp"
#include "engine/sql/ast_table.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace herald {

namespace {

/// Counts documents, by the only thing that each of them has.
class document_counter final : public YAML::EventHandler {
public:
  void OnDocumentStart(const YAML::Mark&) override {
    ++count;
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}

  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}

  void OnSequenceEnd() override {}

  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}

  void OnMapEnd() override {}

  int count = 0;
};

/// 0, 1, or 2 for more than one. YAML::LoadAll would not do: on ", " it gives
/// documents until memory ends.
int count_documents(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  document_counter counter;
  while (counter.count < 2 && parser.HandleNextDocument(counter))
    continue;
  return counter.count;
}

/// Longer names are mistakes; files and metrics carry them.
constexpr std::size_t name_bytes_max = 128;

/// A value with the place of its field's name, for "it lacks …".
struct rule_field {
  std::string name;
  text_position where;
  YAML::Node value;
};

class rule_reader {
public:
  explicit rule_reader(std::string_view yaml) : text_(yaml) {}

  absl::StatusOr<rule_file> read(const YAML::Node& root);

private:
  // -- values ----------------------------------------------------------------

  text_position position(const YAML::Node& x) const {
    auto mark = x.Mark();
    return text_.position(mark.line, mark.column,
                          x.IsScalar() ? x.Scalar().size() : 0);
  }

  std::string place(const YAML::Node& x) const {
    auto mark = x.Mark();
    return text_.place(x.Scalar(), mark.line, mark.column);
  }

  /// The fields of a mapping, in order, if they are among `known` (empty: any
  /// names) and none is there twice.
  absl::StatusOr<std::vector<rule_field>>
  fields(const YAML::Node& x, text_position where, std::string_view what,
         const std::vector<std::string>& known) const;

  absl::StatusOr<std::string> text(const rule_field& x) const;
  absl::StatusOr<sql::identifier> name(const rule_field& x) const;
  absl::StatusOr<std::int64_t> number(const rule_field& x) const;

  // -- fields ----------------------------------------------------------------

  absl::Status read_field(const rule_field& x);
  absl::Status read_name(const rule_field& x);
  absl::Status read_key(const rule_field& x);
  absl::Status read_within(const rule_field& x);
  absl::Status read_semantics(const rule_field& x);
  absl::Status read_emit(const rule_field& x);
  absl::Status read_columns(const rule_field& x);

  yaml_text text_;
  rule_file rule_;
};

absl::StatusOr<std::vector<rule_field>>
rule_reader::fields(const YAML::Node& x, text_position where,
                    std::string_view what,
                    const std::vector<std::string>& known) const {
  if (!x.IsMap())
    return user_error(where,
                      fmt::format("{} must be fields, as 'name: value'", what));
  std::vector<rule_field> result;
  for (const auto& pair : x) {
    auto at = position(pair.first);
    if (!pair.first.IsScalar())
      return user_error(at, "the name of a field must be a text");
    const auto& label = pair.first.Scalar();
    if (!known.empty()
        && std::find(known.begin(), known.end(), label) == known.end()) {
      auto near = nearest_name(label, known);
      return user_error(at, fmt::format("{} has no field '{}'", what, label),
                        near.empty() ? ""
                                     : fmt::format("did you mean '{}'?", near));
    }
    for (const auto& other : result)
      if (other.name == label)
        return user_error(at, fmt::format("'{}' is given twice", label));
    result.push_back({label, at, pair.second});
    if (result.size() > rule_columns_max)
      return user_error(at, fmt::format("{} has more than {} fields", what,
                                        rule_columns_max));
  }
  return result;
}

absl::StatusOr<std::string> rule_reader::text(const rule_field& x) const {
  if (!x.value.IsScalar() || x.value.Scalar().empty())
    return user_error(x.value.IsNull() ? x.where : position(x.value),
                      fmt::format("'{}' must be a text", x.name));
  return x.value.Scalar();
}

absl::StatusOr<sql::identifier> rule_reader::name(const rule_field& x) const {
  HERALD_ASSIGN(auto value, text(x));
  auto where = position(x.value);
  if (value.size() > name_bytes_max)
    return user_error(where, fmt::format("'{}' has more than {} bytes", x.name,
                                         name_bytes_max));
  return sql::identifier{std::move(value), where};
}

absl::StatusOr<std::int64_t> rule_reader::number(const rule_field& x) const {
  HERALD_ASSIGN(auto value, text(x));
  std::int64_t result = 0;
  const auto* end = value.data() + value.size();
  auto parsed = std::from_chars(value.data(), end, result);
  if (parsed.ec != std::errc{} || parsed.ptr != end || result < 0)
    return user_error(
        position(x.value),
        fmt::format("'{}' must be a whole number from 0 on", x.name));
  return result;
}

absl::Status rule_reader::read_name(const rule_field& x) {
  HERALD_ASSIGN(auto value, name(x));
  for (auto c : value.name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-')
      return user_error(
          value.where,
          "the name of a rule has letters, digits, '_' and '-' only");
  rule_.name = std::move(value.name);
  return absl::OkStatus();
}

absl::Status rule_reader::read_key(const rule_field& x) {
  if (!x.value.IsSequence()) {
    HERALD_ASSIGN(auto only, name(x));
    rule_.key.push_back(std::move(only));
    return absl::OkStatus();
  }
  for (const auto& item : x.value) {
    HERALD_ASSIGN(auto next, name({x.name, position(item), item}));
    for (const auto& other : rule_.key)
      if (other.name == next.name)
        return user_error(next.where,
                          fmt::format("'{}' is given twice", next.name));
    if (rule_.key.size() == rule_keys_max)
      return user_error(next.where, fmt::format("a key has at most {} columns",
                                                rule_keys_max));
    rule_.key.push_back(std::move(next));
  }
  if (rule_.key.empty())
    return user_error(position(x.value), "this key has no column",
                      "leave 'key' out for one sequence over all events");
  return absl::OkStatus();
}

absl::Status rule_reader::read_within(const rule_field& x) {
  HERALD_ASSIGN(auto value, text(x));
  auto found = parse_duration(value);
  if (!found || *found <= 0 || *found > within_max_ms)
    return user_error(position(x.value),
                      "'within' must be a length of time up to 366 d",
                      "such as '60 s'; units are ms, s, min, h, d");
  rule_.within_ms = *found;
  return absl::OkStatus();
}

absl::Status rule_reader::read_semantics(const rule_field& x) {
  HERALD_ASSIGN(auto value, text(x));
  if (value != "next" && value != "any")
    return user_error(position(x.value), "'semantics' must be 'next' or 'any'");
  rule_.mode = value == "any" ? match_mode::any : match_mode::next;
  return absl::OkStatus();
}

absl::Status rule_reader::read_columns(const rule_field& x) {
  HERALD_ASSIGN(auto columns, fields(x.value, x.where, "'columns'", {}));
  if (columns.empty())
    return user_error(x.where, "a match needs a column");
  for (const auto& column : columns) {
    if (column.name.empty())
      return user_error(column.where, "a column needs a name");
    HERALD_TRY(text(column).status());
    HERALD_ASSIGN(auto value, parse_placed_expression(place(column.value),
                                                      position(column.value)));
    rule_.columns.push_back({{column.name, column.where}, std::move(value)});
  }
  return absl::OkStatus();
}

absl::Status rule_reader::read_emit(const rule_field& x) {
  HERALD_ASSIGN(auto parts,
                fields(x.value, x.where, "'emit'", {"into", "columns"}));
  for (const auto& part : parts) {
    if (part.name == "into") {
      HERALD_ASSIGN(rule_.into, name(part));
    } else {
      HERALD_TRY(read_columns(part));
    }
  }
  if (rule_.into.name.empty())
    return user_error(x.where, "'emit' lacks 'into'",
                      "the table that matches go to");
  if (rule_.columns.empty())
    return user_error(x.where, "'emit' lacks 'columns'");
  return absl::OkStatus();
}

absl::Status rule_reader::read_field(const rule_field& x) {
  if (x.name == "name")
    return read_name(x);
  if (x.name == "key")
    return read_key(x);
  if (x.name == "within")
    return read_within(x);
  if (x.name == "semantics")
    return read_semantics(x);
  if (x.name == "emit")
    return read_emit(x);
  if (x.name == "version") {
    HERALD_ASSIGN(rule_.version, number(x));
    return absl::OkStatus();
  }
  if (x.name == "source") {
    HERALD_ASSIGN(rule_.source, name(x));
    return absl::OkStatus();
  }
  HERALD_TRY(text(x).status());
  if (x.name == "tables") {
    rule_.tables = place(x.value);
    return absl::OkStatus();
  }
  HERALD_ASSIGN(rule_.steps, parse_pattern(place(x.value), position(x.value)));
  return absl::OkStatus();
}

absl::StatusOr<rule_file> rule_reader::read(const YAML::Node& root) {
  text_position start{1, 1, 0, 0};
  HERALD_ASSIGN(auto all, fields(root, start, "a rule",
                                 {"name", "version", "tables", "source", "key",
                                  "within", "pattern", "semantics", "emit"}));
  for (const auto& x : all)
    HERALD_TRY(read_field(x));
  for (const auto* needed :
       {"name", "version", "source", "within", "pattern", "emit"})
    if (std::none_of(all.begin(), all.end(),
                     [&](const auto& x) { return x.name == needed; }))
      return user_error(start, fmt::format("the rule lacks '{}'", needed));
  return std::move(rule_);
}

} // namespace

absl::StatusOr<rule_file> parse_rule(std::string_view yaml) {
  if (yaml.size() > rule_bytes_max)
    return user_error(fmt::format("a rule file has at most {} bytes, not {}",
                                  rule_bytes_max, yaml.size()));
  if (yaml.find('\0') != std::string_view::npos)
    return user_error("this file has bytes of 0: it is no text");
  // Nothing of the YAML library may throw beyond this function: what reading
  // a parsed document throws is a bad document, too.
  try {
    std::string text(yaml);
    if (auto documents = count_documents(text); documents != 1)
      return user_error({1, 1, 0, 0}, documents == 0
                                          ? "this file is empty"
                                          : "a file has one rule only");
    return rule_reader(yaml).read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return user_error(
        yaml_text(yaml).position(error.mark.line, error.mark.column),
        fmt::format("this is no YAML: {}", error.msg));
  }
}

} // namespace herald
