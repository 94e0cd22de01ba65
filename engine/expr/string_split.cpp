#include "engine/expr/list_arg.hpp"
#include "engine/expr/patterns.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <map>

#include <fmt/format.h>
#include <re2/re2.h>

// SPLIT and STR_TO_MAP: texts into arrays and maps.

namespace herald {

namespace {

using text = std::string_view;

// -- SPLIT --------------------------------------------------------------------

/// Calls f(part) for what lies between delimiters; for each character if the
/// delimiter is empty. An empty text has no parts.
template <class F>
void each_part(text x, text delimiter, F f) {
  while (!x.empty() && delimiter.empty()) {
    auto size = prefix_bytes(x, 1);
    f(x.substr(0, size));
    x.remove_prefix(size);
  }
  if (x.empty())
    return;
  for (;;) {
    auto at = x.find(delimiter);
    f(x.substr(0, at));
    if (at == x.npos)
      return;
    x.remove_prefix(at + delimiter.size());
  }
}

class split_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    return build_lists(self, args, rows,
                       [&](std::int64_t row, column_builder& out) {
                         auto& texts = static_cast<text_builder&>(out);
                         each_part(args[0].column->text(args[0].slot(row)),
                                   args[1].column->text(args[1].slot(row)),
                                   [&](text part) { texts.push(part); });
                       });
  }
};

// -- STR_TO_MAP ---------------------------------------------------------------

/// Splits as Java's String.split: `at_most` parts, or any number without empty
/// ones at the end if that is 0. A match of nothing at the front is none.
std::vector<text> split_by(text x, const re2::RE2& pattern,
                           std::size_t at_most) {
  std::vector<text> result;
  std::size_t from = 0;
  std::size_t at = 0;
  re2::StringPiece match;
  while (at <= x.size() && (at_most == 0 || result.size() + 1 < at_most)
         && pattern.Match(re2::StringPiece(x.data(), x.size()), at, x.size(),
                          re2::RE2::UNANCHORED, &match, 1)) {
    auto begin = static_cast<std::size_t>(match.data() - x.data());
    auto end = begin + match.size();
    at = end;
    if (match.empty())
      at += at < x.size() ? prefix_bytes(x.substr(at), 1) : 1;
    if (end == 0 || (match.empty() && begin == x.size()))
      continue;
    result.push_back(x.substr(from, begin - from));
    from = end;
  }
  result.push_back(x.substr(from));
  while (at_most == 0 && !result.empty() && result.back().empty())
    result.pop_back();
  return result;
}

/// STR_TO_MAP(text [, between pairs [, between key and value]]): delimiters
/// are regular expressions. A pair without the second has a NULL value.
class str_to_map final : public function {
public:
  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    absl::Status error;
    auto result = build_lists(self, args, rows,
                              [&](std::int64_t row, column_builder& out) {
                                if (error.ok())
                                  error = add_pairs(self, args, row, out);
                              });
    if (!error.ok())
      return error;
    return result;
  }

private:
  static text delimiter(const std::vector<vec>& args, std::size_t index,
                        std::int64_t row, text otherwise) {
    if (args.size() <= index)
      return otherwise;
    return args[index].column->text(args[index].slot(row));
  }

  static absl::Status add_pairs(const expr& self, const std::vector<vec>& args,
                                std::int64_t row, column_builder& out) {
    auto x = args[0].column->text(args[0].slot(row));
    if (x.empty())
      return absl::OkStatus();
    auto compile = [](text pattern) {
      return compile_pattern(pattern_kind::regex, pattern);
    };
    auto bad = [&](text pattern) {
      return user_error(self.where,
                        fmt::format("'{}' is no regular expression", pattern));
    };
    auto between_pairs = delimiter(args, 1, row, ",");
    auto within_pair = delimiter(args, 2, row, "=");
    const auto* outer = compile(between_pairs);
    if (outer == nullptr)
      return bad(between_pairs);
    auto pairs = split_by(x, *outer, 0);
    const auto* inner = compile(within_pair);
    if (inner == nullptr)
      return bad(within_pair);
    std::map<text, std::optional<text>> entries;
    for (auto pair : pairs) {
      auto parts = split_by(pair, *inner, 2);
      if (parts.size() < 2)
        entries[pair] = std::nullopt;
      else
        entries[parts[0]] = parts[1];
    }
    auto& entry = static_cast<row_builder&>(out);
    for (const auto& [key, value] : entries) {
      static_cast<text_builder&>(entry.child(0)).push(key);
      if (value)
        static_cast<text_builder&>(entry.child(1)).push(*value);
      else
        entry.child(1).append_null();
      entry.close();
    }
    return absl::OkStatus();
  }
};

} // namespace

void register_string_split(registry& to) {
  using namespace params;
  static const split_function split;
  static const str_to_map to_map;
  auto texts = data_type::of(type_kind::varchar);
  to.add("SPLIT", {string, string}, results::fixed(data_type::array(texts)),
         &split);
  to.add("STR_TO_MAP",
         {string, params::optional(string), params::optional(string)},
         results::fixed(data_type::map(texts, texts)), &to_map, nulls::always);
}

} // namespace herald
