#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/expr/aggregate.hpp"
#include "engine/expr/expr.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// Short ways to make expressions and batches in tests.

namespace herald::test {

using kind = type_kind;

inline scalar null_of(const data_type& type) {
  return {type, {}};
}

inline data_type string_type() {
  return data_type::of(type_kind::varchar);
}

inline expr_ptr lit(int x) {
  return make_literal({data_type::of(type_kind::integer), std::int64_t{x}});
}

inline expr_ptr big(std::int64_t x) {
  return make_literal({data_type::of(type_kind::bigint), x});
}

inline expr_ptr dbl(double x) {
  return make_literal({data_type::of(type_kind::float64), x});
}

inline expr_ptr lit(const char* x) {
  std::string text(x);
  auto length = std::max<int>(1, static_cast<int>(text.size()));
  return make_literal(
      {data_type::text(type_kind::character, length), std::move(text)});
}

inline expr_ptr lit(bool x) {
  return make_literal({data_type::of(type_kind::boolean), x});
}

inline expr_ptr null_lit() {
  return make_literal(scalar{});
}

/// `x` of type `type`, through CAST.
inline expr_ptr as(expr_ptr x, const data_type& type) {
  auto result = make_cast(std::move(x), type);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? fold_constants(*result) : null_lit();
}

/// A DECIMAL literal from its text, with the digits it has.
inline expr_ptr dec(const std::string& text) {
  auto point = text.find('.');
  auto scale = point == std::string::npos
                   ? 0
                   : static_cast<int>(text.size() - point - 1);
  auto digits = 0;
  auto leading = true;
  for (auto c : text) {
    if (c < '0' || c > '9')
      continue;
    leading = leading && c == '0';
    digits += !leading;
  }
  return as(lit(text.c_str()),
            data_type::decimal(std::max({digits, scale, 1}), scale));
}

inline expr_ptr call(std::string_view name, std::vector<expr_ptr> args) {
  auto result = make_call(name, std::move(args));
  EXPECT_TRUE(result.ok()) << name << ": " << result.status();
  return result.ok() ? *result : null_lit();
}

/// The value of `x` without columns, as a text; "error: …" if it fails.
inline std::string value_of(const expr_ptr& x, eval_context context = {}) {
  batch input;
  input.layout = std::make_shared<const schema>();
  input.rows = 1;
  auto result = evaluate_column(*x, input, context);
  if (!result.ok())
    return "error: " + std::string(message_of(result.status()));
  if (!(*result)->type.same_kind(x->type))
    return "column of type " + (*result)->type.to_string();
  return to_string(value_at(**result, 0));
}

inline std::string error_of(std::string_view name, std::vector<expr_ptr> args) {
  auto result = make_call(name, std::move(args));
  return result.ok() ? "no error" : std::string(message_of(result.status()));
}

/// A batch of one column a type; `rows` hold scalars' values.
inline batch_ptr
make_rows(const std::vector<data_type>& types,
          const std::vector<std::vector<scalar::value_type>>& rows) {
  auto layout = std::make_shared<schema>();
  for (std::size_t i = 0; i < types.size(); ++i)
    layout->fields.push_back({"c" + std::to_string(i), types[i]});
  batch_builder builder(layout);
  for (const auto& row : rows) {
    std::vector<scalar> values;
    for (std::size_t i = 0; i < types.size(); ++i)
      values.push_back({types[i], row[i]});
    builder.append(values);
  }
  return builder.finish();
}

inline expr_ptr col(const batch_ptr& from, int index) {
  return make_column(
      index, from->layout->fields[static_cast<std::size_t>(index)].type);
}

/// All values of `x` over `input`, joined by blanks.
inline std::string values_of(const expr_ptr& x, const batch_ptr& input,
                             eval_context context = {}) {
  auto result = evaluate_column(*x, *input, context);
  if (!result.ok())
    return "error: " + std::string(message_of(result.status()));
  std::string text;
  for (std::int64_t i = 0; i < input->rows; ++i)
    text += (i > 0 ? " " : "") + to_string(value_at(**result, i));
  return text;
}

} // namespace herald::test
