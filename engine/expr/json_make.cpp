#include "engine/expr/json_text.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <map>

#include <fmt/format.h>

// Functions that make JSON texts, and IS JSON. The binder hands JSON_OBJECT
// and JSON_ARRAY over with 'NULL' or 'ABSENT' (ON NULL) before their
// arguments; inside them JSON(x) is "$JSON".

namespace herald {

namespace {

using text = std::string_view;

/// One value of JSON_OBJECT or JSON_ARRAY.
enum class member_kind : char {
  value = 'V', ///< of SQL
  json = 'J',  ///< a text that is JSON already
};

// -- JSON_OBJECT, JSON_ARRAY --------------------------------------------------

/// The first argument says how: 'N' or 'A' for ON NULL, then one letter of
/// `member_kind` a value.
class json_maker : public function {
protected:
  static bool keeps_nulls(const expr& self) {
    return plan_of(self)[0] == 'N';
  }

  /// Appends value `index` of row `row`, argument `arg`.
  static void append_member(std::string& to, const expr& self,
                            std::size_t index, const vec& arg,
                            std::int64_t row) {
    auto slot = arg.slot(row);
    auto is_json
        = plan_of(self)[index + 1] == static_cast<char>(member_kind::json);
    if (is_json && !arg.column->is_null(slot))
      to += arg.column->text(slot);
    else
      append_json_value(to, *arg.column, slot);
  }

private:
  static const std::string& plan_of(const expr& self) {
    return std::get<std::string>(self.args[0]->literal.value);
  }
};

class json_object_function final : public json_maker {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    text_sink out(rows, nullptr);
    std::map<std::string, std::string, std::less<>> members;
    std::string json;
    for (std::int64_t row = 0; row < rows; ++row) {
      members.clear();
      for (std::size_t i = 1; i + 1 < args.size(); i += 2) {
        const auto& value = args[i + 1];
        if (!keeps_nulls(self) && value.column->is_null(value.slot(row)))
          continue;
        auto& member
            = members[std::string(args[i].column->text(args[i].slot(row)))];
        member.clear();
        append_member(member, self, (i - 1) / 2, value, row);
      }
      json = "{";
      for (const auto& [name, value] : members) {
        if (json.size() > 1)
          json += ',';
        append_json_string(json, name);
        json += ':';
        json += value;
      }
      json += '}';
      out.set(row, json);
    }
    return vec{out.finish(self.type, {})};
  }
};

class json_array_function final : public json_maker {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    text_sink out(rows, nullptr);
    std::string json;
    for (std::int64_t row = 0; row < rows; ++row) {
      json = "[";
      for (std::size_t i = 1; i < args.size(); ++i) {
        if (!keeps_nulls(self) && args[i].column->is_null(args[i].slot(row)))
          continue;
        if (json.size() > 1)
          json += ',';
        append_member(json, self, i - 1, args[i], row);
      }
      json += ']';
      out.set(row, json);
    }
    return vec{out.finish(self.type, {})};
  }
};

absl::Status check_value(const call_site& site, const expr& x) {
  if (has_json(x.type))
    return absl::OkStatus();
  auto is_null = x.type.kind() == type_kind::null;
  return user_error(x.where,
                    fmt::format("{} cannot write {} as JSON", site.name,
                                x.type.to_short_string()),
                    is_null ? "CAST the NULL to a type" : "CAST it to STRING");
}

/// Binds either; values stand at every `step`th place behind the word.
absl::StatusOr<expr_ptr> resolve_maker(call_site& site, const function* code,
                                       std::size_t step) {
  std::string plan(1, to_string(site.args[0]->literal)[0]);
  for (std::size_t i = step; i < site.args.size(); i += step) {
    const auto& value = *site.args[i];
    HERALD_TRY(check_value(site, value));
    plan += static_cast<char>(gives_json(value) ? member_kind::json
                                                : member_kind::value);
  }
  auto length = static_cast<int>(plan.size());
  site.args[0] = make_literal(
      {data_type::text(type_kind::character, length), std::move(plan)});
  return make_bound_call(std::string(site.name), std::move(site.args), code,
                         data_type::of(type_kind::varchar).with_nullable(false),
                         site.where);
}

absl::StatusOr<expr_ptr> resolve_object(call_site& site) {
  static const json_object_function code;
  if (site.args.size() % 2 == 0)
    return type_error(site, "(KEY key VALUE value, …)");
  for (std::size_t i = 1; i < site.args.size(); i += 2) {
    const auto& key = site.args[i]->type;
    if (!key.is_text() || key.nullable())
      return user_error(site.args[i]->where,
                        fmt::format("a key of JSON_OBJECT is a text that is "
                                    "never NULL, not {}",
                                    key.to_short_string()),
                        key.is_text() ? "COALESCE(key, '')" : "");
  }
  return resolve_maker(site, &code, 2);
}

absl::StatusOr<expr_ptr> resolve_array(call_site& site) {
  static const json_array_function code;
  return resolve_maker(site, &code, 1);
}

// -- JSON_STRING, JSON_QUOTE, JSON_UNQUOTE, JSON ------------------------------

class json_string_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    text_sink out(rows, nullptr);
    std::string json;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      json.clear();
      append_json_value(json, *args[0].column, args[0].slot(row));
      out.set(row, json);
    });
    return vec{out.finish(self.type, std::move(valid))};
  }
};

absl::StatusOr<expr_ptr> resolve_string(call_site& site) {
  static const json_string_function code;
  const auto& type = site.args[0]->type;
  auto string_type = data_type::of(type_kind::varchar);
  if (type.kind() == type_kind::null)
    return make_literal({string_type, {}}, site.where);
  HERALD_TRY(check_value(site, *site.args[0]));
  if (gives_json(*site.args[0]))
    return site.args[0];
  auto nullable = type.nullable();
  return make_bound_call("JSON_STRING", std::move(site.args), &code,
                         string_type.with_nullable(nullable), site.where);
}

void append_escaped_unit(std::string& to, unsigned unit) {
  to += fmt::format("\\u{:04x}", unit);
}

/// All that is not ASCII as \uXXXX, two of them beyond U+FFFF; '/' too is
/// escaped, as Flink does.
text quote(text x, row_state& state) {
  constexpr text special = "\"\\/\b\f\n\r\t";
  constexpr text letters = "\"\\/bfnrt";
  auto& out = state.text;
  out = "\"";
  while (!x.empty()) {
    std::size_t size = 1;
    auto c = decode_character(x, size);
    if (c >= 0x10000) {
      append_escaped_unit(out, 0xd800 + ((c - 0x10000) >> 10));
      append_escaped_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else if (c >= 128) {
      append_escaped_unit(out, c);
    } else if (auto at = special.find(x[0]); at != special.npos) {
      out += '\\';
      out += letters[at];
    } else {
      out += x[0];
    }
    x.remove_prefix(size);
  }
  return out += '"';
}

/// The value of a JSON string; any other text as it is.
text unquote(text x, row_state& state) {
  thread_local json_document document;
  if (!x.starts_with('"') || !x.ends_with('"') || !document.parse(x))
    return x;
  const auto& root = document.root();
  if (root.kind != json_kind::string || root.size + 2 != x.size())
    return x;
  state.text.clear();
  document.append_string(state.text, root);
  return state.text;
}

/// JSON(x): the text as Flink writes JSON; NULL for an empty one.
std::optional<text> json(text x, row_state& state) {
  thread_local json_document document;
  if (x.find_first_not_of(" \t\r\n") == x.npos)
    return std::nullopt;
  if (!document.parse(x)) {
    state.fail(fmt::format("'{}' is no JSON", x.substr(0, 100)));
    return std::nullopt;
  }
  state.text.clear();
  append_json(state.text, document, 0);
  return state.text;
}

// -- IS JSON ------------------------------------------------------------------

enum class json_shape : std::uint8_t { any, object, array, scalar };

bool has_shape(const json_value_node& root, json_shape wanted) {
  switch (wanted) {
  case json_shape::any:
    return true;
  case json_shape::object:
    return root.kind == json_kind::object;
  case json_shape::array:
    return root.kind == json_kind::array;
  case json_shape::scalar:
    break;
  }
  return !root.is_container();
}

/// NULL is no JSON.
template <json_shape Shape, bool Negated>
class is_json_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    json_document document;
    const auto& x = *args[0].column;
    auto bits = fill_bits(rows, [&](std::int64_t row) -> bool {
      auto slot = args[0].slot(row);
      auto is_it = !x.is_null(slot) && document.parse(x.text(slot))
                   && has_shape(document.root(), Shape);
      return is_it != Negated;
    });
    return vec{make_column_of(self.type, rows, std::move(bits), {})};
  }
};

template <json_shape Shape>
void add_is_json(registry& to, text suffix) {
  static const is_json_function<Shape, false> positive;
  static const is_json_function<Shape, true> negative;
  auto boolean_type = results::of(type_kind::boolean);
  to.add(fmt::format("IS JSON{}", suffix), {params::string}, boolean_type,
         &positive, nulls::never);
  to.add(fmt::format("IS NOT JSON{}", suffix), {params::string}, boolean_type,
         &negative, nulls::never);
}

} // namespace

void register_json_make(registry& to) {
  using namespace params;
  to.add_special("JSON_OBJECT", 1, registry::any_number, resolve_object);
  to.add_special("JSON_ARRAY", 1, registry::any_number, resolve_array);
  to.add_special("JSON_STRING", 1, 1, resolve_string);
  to.add("JSON_QUOTE", {string}, results::string(), rows<text(text)>(quote));
  to.add("JSON_UNQUOTE", {string}, results::string(),
         rows<text(text)>(unquote));
  to.add("$JSON", {string}, results::string(),
         failing_rows<std::optional<text>(text)>(json), nulls::always);
  add_is_json<json_shape::any>(to, "");
  add_is_json<json_shape::any>(to, " VALUE");
  add_is_json<json_shape::object>(to, " OBJECT");
  add_is_json<json_shape::array>(to, " ARRAY");
  add_is_json<json_shape::scalar>(to, " SCALAR");
}

} // namespace herald
