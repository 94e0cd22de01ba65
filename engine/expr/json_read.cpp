#include "engine/columnar/builder.hpp"
#include "engine/expr/json_convert.hpp"
#include "engine/expr/json_path.hpp"
#include "engine/expr/json_text.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"

#include <fmt/format.h>

// JSON_EXISTS, JSON_VALUE and JSON_QUERY. The binder hands their clauses over
// as pairs of arguments behind document and path, a keyword and what it says:
//   'RETURNING', a NULL of the type
//   'ON EMPTY', 'ON ERROR': 'NULL', 'ERROR', 'TRUE', 'FALSE', 'UNKNOWN',
//     'EMPTY ARRAY' or 'EMPTY OBJECT'
//   'DEFAULT ON EMPTY', 'DEFAULT ON ERROR': a literal
//   'WRAPPER': 'WITHOUT', 'CONDITIONAL' or 'UNCONDITIONAL'

namespace herald {

namespace {

using text = std::string_view;

struct json_behaviour {
  std::string word = "NULL"; ///< or "DEFAULT"
  expr_ptr value;            ///< of "DEFAULT"; a literal of the result's type
};

struct json_clauses {
  json_behaviour on_empty;
  json_behaviour on_error;
  std::string wrapper = "WITHOUT";
  data_type returning = data_type::of(type_kind::varchar);
};

/// What a path gave: a value, nothing (ON EMPTY), or an error (ON ERROR).
struct path_outcome {
  enum class kind_type : std::uint8_t { value, empty, error, null };
  kind_type kind = kind_type::value;
  std::string reason; ///< of an error
};

using outcome = path_outcome::kind_type;

// -- what all three share -----------------------------------------------------

class json_reader : public function {
public:
  bool can_fail(const expr& self) const override {
    auto clauses = clauses_of(self);
    return clauses->on_empty.word == "ERROR"
           || clauses->on_error.word == "ERROR";
  }

  std::shared_ptr<const void> prepare(const expr& self) const override {
    return read_clauses(self);
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect({args[0], args[1]}, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto clauses_held = clauses_of(self);
    const auto& clauses = *clauses_held;
    auto builder = make_builder(self.type);
    json_document document;
    for (std::int64_t row = 0; row < rows; ++row) {
      if (!valid.at(row)) {
        builder->append_null();
        continue;
      }
      auto source = args[0].column->text(args[0].slot(row));
      auto path = args[1].column->text(args[1].slot(row));
      auto result = read(document, source, path, clauses, *builder);
      if (result.kind == outcome::value)
        continue;
      HERALD_TRY(otherwise(self, source, path, clauses, result, *builder));
    }
    return vec{builder->finish()};
  }

protected:
  /// Appends the value of a row, unless it gives another outcome.
  virtual path_outcome take(const json_document& from, const json_found& found,
                            bool lax, const json_clauses& clauses,
                            column_builder& out) const = 0;

  /// What ON EMPTY and ON ERROR are if nothing is said.
  virtual std::string default_word() const {
    return "NULL";
  }

private:
  std::shared_ptr<const json_clauses> clauses_of(const expr& self) const {
    if (self.prepared == nullptr)
      return read_clauses(self);
    return std::static_pointer_cast<const json_clauses>(self.prepared);
  }

  std::shared_ptr<json_clauses> read_clauses(const expr& self) const {
    auto result = std::make_shared<json_clauses>();
    result->on_empty.word = default_word();
    result->on_error.word = default_word();
    for (std::size_t i = 2; i + 1 < self.args.size(); i += 2) {
      auto word = to_string(self.args[i]->literal);
      const auto& value = self.args[i + 1];
      if (word == "RETURNING")
        result->returning = value->type;
      else if (word == "WRAPPER")
        result->wrapper = to_string(value->literal);
      else if (word.starts_with("DEFAULT"))
        (word.ends_with("EMPTY") ? result->on_empty : result->on_error)
            = {"DEFAULT", value};
      else
        (word == "ON EMPTY" ? result->on_empty : result->on_error).word
            = to_string(value->literal);
    }
    return result;
  }

  path_outcome read(json_document& document, text source, text path,
                    const json_clauses& clauses, column_builder& out) const {
    auto is_json = document.parse(source);
    const auto* compiled = compile_json_path(path);
    if (compiled == nullptr)
      return {outcome::error, "the path is not valid"};
    if (!is_json)
      return compiled->lax ? path_outcome{outcome::empty, {}}
                           : path_outcome{outcome::error, "it is no JSON"};
    if (document.root().kind == json_kind::null)
      return {outcome::error, "it is null"};
    auto found = follow(*compiled, document);
    if (!compiled->lax
        && (found.missing
            || (!found.many && !found.number && found.items.empty())))
      return {outcome::error, "the path leads nowhere"};
    return take(document, found, compiled->lax, clauses, out);
  }

  static absl::Status otherwise(const expr& self, text source, text path,
                                const json_clauses& clauses,
                                const path_outcome& result,
                                column_builder& out) {
    auto is_empty = result.kind == outcome::empty;
    const auto& behaviour = is_empty ? clauses.on_empty : clauses.on_error;
    const auto& word = behaviour.word;
    if (word == "ERROR")
      return user_error(
          self.where,
          fmt::format("{} of '{}' in '{}': {}", self.name, path,
                      source.substr(0, value_shown_max),
                      is_empty ? "the path leads nowhere" : result.reason));
    if (word == "DEFAULT" && !behaviour.value->literal.is_null())
      out.append(behaviour.value->literal);
    else if (word == "TRUE" || word == "FALSE")
      out.append({out.type(), word == "TRUE"});
    else if (word.starts_with("EMPTY"))
      out.append(empty_value(out.type(), word));
    else
      out.append_null();
    return absl::OkStatus();
  }

  static scalar empty_value(const data_type& type, text word) {
    if (type.kind() == type_kind::array)
      return {type, std::vector<scalar>{}};
    return {type, std::string(word == "EMPTY OBJECT" ? "{}" : "[]")};
  }

  /// Bytes of a document that a message shows.
  static constexpr std::size_t value_shown_max = 100;
};

/// True if the path leads to nothing, or to null alone.
bool leads_to_null(const json_document& from, const json_found& found) {
  if (found.number || found.many)
    return false;
  return found.items.empty()
         || from.node(found.items[0].node).kind == json_kind::null;
}

// -- the three ----------------------------------------------------------------

class json_exists_function final : public json_reader {
protected:
  std::string default_word() const override {
    return "FALSE";
  }

  path_outcome take(const json_document& from, const json_found& found,
                    bool lax, const json_clauses&,
                    column_builder& out) const override {
    auto is_null = leads_to_null(from, found);
    if (is_null && !lax)
      return {outcome::error, "the path leads to null"};
    static_cast<bool_builder&>(out).push(!is_null);
    return {};
  }
};

class json_value_function final : public json_reader {
protected:
  path_outcome take(const json_document& from, const json_found& found,
                    bool lax, const json_clauses&,
                    column_builder& out) const override {
    if (leads_to_null(from, found))
      return lax ? path_outcome{outcome::empty, {}}
                 : path_outcome{outcome::error, "the path leads to null"};
    json_scalar value;
    if (found.number) {
      value = {json_kind::decimal, *found.number};
    } else {
      auto is_scalar
          = !found.many && !from.node(found.items[0].node).is_container();
      if (!is_scalar)
        return lax ? path_outcome{outcome::empty, {}}
                   : path_outcome{outcome::error,
                                  "the path leads to no single value"};
      const auto& node = from.node(found.items[0].node);
      value.kind = node.kind;
      append_json_scalar(value.text, from, node);
    }
    if (append_converted(out, value))
      return {};
    return {outcome::error, fmt::format("'{}' is no {}", value.text,
                                        out.type().to_short_string())};
  }
};

class json_query_function final : public json_reader {
protected:
  path_outcome take(const json_document& from, const json_found& found,
                    bool lax, const json_clauses& clauses,
                    column_builder& out) const override {
    if (leads_to_null(from, found))
      return lax ? path_outcome{outcome::empty, {}}
                 : path_outcome{outcome::error, "the path leads to null"};
    auto is_array
        = found.many
          || (!found.number
              && from.node(found.items[0].node).kind == json_kind::array);
    auto wrapped = clauses.wrapper == "UNCONDITIONAL"
                   || (clauses.wrapper == "CONDITIONAL" && !is_array);
    auto is_scalar
        = !wrapped && !is_array
          && (found.number || !from.node(found.items[0].node).is_container());
    if (is_scalar)
      return lax ? path_outcome{outcome::empty, {}}
                 : path_outcome{outcome::error,
                                "the path leads to no array or object"};
    if (out.type().kind() != type_kind::array) {
      std::string json;
      append_found(json, from, found, wrapped);
      static_cast<text_builder&>(out).push(json);
      return {};
    }
    if (!is_array && !wrapped)
      return {outcome::error, "the path leads to no array"};
    out.append(elements_of(from, found, wrapped, out.type()));
    return {};
  }

private:
  static void append_found(std::string& to, const json_document& from,
                           const json_found& found, bool wrapped) {
    if (wrapped)
      to += '[';
    if (found.number) {
      to += *found.number;
    } else if (!found.many) {
      append_json_item(to, from, found.items[0]);
    } else {
      to += '[';
      for (const auto& item : found.items) {
        if (&item != &found.items.front())
          to += ',';
        append_json_item(to, from, item);
      }
      to += ']';
    }
    if (wrapped)
      to += ']';
  }

  /// As an ARRAY of texts: scalars without quotes, the rest as JSON.
  static scalar elements_of(const json_document& from, const json_found& found,
                            bool wrapped, const data_type& type) {
    std::vector<scalar> result;
    auto element = type.fields()[0].type;
    auto add = [&](const json_item& item) {
      const auto& node = from.node(item.node);
      std::string value;
      if (node.is_container())
        append_json_item(value, from, item);
      else
        append_json_scalar(value, from, node);
      scalar x{element, {}};
      if (node.kind != json_kind::null)
        x.value = std::move(value);
      result.push_back(std::move(x));
    };
    if (wrapped && (found.many || found.number)) {
      std::string whole;
      append_found(whole, from, found, false);
      result.push_back({element, std::move(whole)});
    } else if (wrapped || found.many) {
      for (const auto& item : found.items)
        add(item);
    } else {
      from.each_element(found.items[0].node, [&](std::uint32_t x) {
        add({x, nullptr});
      });
    }
    return {type, std::move(result)};
  }
};

// -- resolution ---------------------------------------------------------------

bool may_return(text name, const data_type& type) {
  if (type.is_text())
    return type.kind() == type_kind::varchar;
  if (name == "JSON_QUERY")
    return type.kind() == type_kind::array && type.fields()[0].type.is_text();
  return type.kind() == type_kind::boolean || type.kind() == type_kind::integer
         || type.kind() == type_kind::float64;
}

/// Checks the clauses, and casts defaults to `type`.
absl::Status check_clauses(call_site& site, const data_type& type) {
  for (std::size_t i = 2; i + 1 < site.args.size(); i += 2) {
    auto word = to_string(site.args[i]->literal);
    auto& value = site.args[i + 1];
    if (word == "RETURNING" && !may_return(site.name, type))
      return user_error(
          site.where,
          fmt::format("{} cannot return {}", site.name, type.to_short_string()),
          "CAST the text that it returns");
    if (word.starts_with("DEFAULT")) {
      if (value->kind != expr_kind::literal)
        return user_error(site.where, "a DEFAULT must be a literal");
      HERALD_ASSIGN(value, make_cast(value, type, false, site.where));
      value = fold_constants(value);
      if (value->kind != expr_kind::literal)
        return user_error(site.where, fmt::format("the DEFAULT is no {}",
                                                  type.to_short_string()));
    }
    if (type.kind() == type_kind::array && value->type.is_text()
        && to_string(value->literal) == "EMPTY OBJECT")
      return user_error(site.where, "an ARRAY cannot be an EMPTY OBJECT");
  }
  return absl::OkStatus();
}

template <class Function>
absl::StatusOr<expr_ptr> resolve(call_site& site) {
  static const Function code;
  std::vector<param> wanted{params::string, params::string};
  std::vector<expr_ptr> operands(site.args.begin(), site.args.begin() + 2);
  for (const auto& x : operands)
    if (x->type.kind() == type_kind::null || !fits(wanted, operands))
      return type_error(site, "(text, text)");
  auto type = data_type::of(site.name == "JSON_EXISTS" ? type_kind::boolean
                                                       : type_kind::varchar);
  for (std::size_t i = 2; i + 1 < site.args.size(); i += 2)
    if (to_string(site.args[i]->literal) == "RETURNING")
      type = site.args[i + 1]->type;
  HERALD_TRY(check_clauses(site, type));
  return make_bound_call(std::string(site.name), std::move(site.args), &code,
                         type.with_nullable(true), site.where);
}

} // namespace

void register_json_read(registry& to) {
  constexpr int most = 12; // document, path and five clauses
  to.add_special("JSON_EXISTS", 2, most, resolve<json_exists_function>);
  to.add_special("JSON_VALUE", 2, most, resolve<json_value_function>);
  to.add_special("JSON_QUERY", 2, most, resolve<json_query_function>);
}

} // namespace herald
