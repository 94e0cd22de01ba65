#include "engine/expr/list_arg.hpp"
#include "engine/expr/roaring.hpp"
#include "engine/expr/themes.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

// Functions over BITMAPs: sets of INTs, taken as unsigned numbers.

namespace herald {

namespace {

using text = std::string_view;

// -- making -------------------------------------------------------------------

/// BITMAP_BUILD(array): NULLs are left out.
class bitmap_build final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    list_arg array(args[0]);
    auto elements = array.elements().as<std::int32_t>();
    text_sink out(rows, nullptr);
    value_set values;
    std::string bytes;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      values.clear();
      auto [begin, end] = array.range(row);
      for (auto i = begin; i < end; ++i)
        if (!array.elements().is_null(i))
          values.push_back(static_cast<std::uint32_t>(
              elements[static_cast<std::size_t>(i)]));
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
      bytes.clear();
      append_roaring(bytes, values);
      out.set(row, bytes);
    });
    return vec{out.finish(self.type, std::move(valid))};
  }
};

absl::StatusOr<expr_ptr> resolve_build(call_site& site) {
  static const bitmap_build code;
  auto& array = site.args[0];
  if (array->type.kind() != type_kind::array
      || !array->type.fields()[0].type.is_integer()
      || array->type.fields()[0].type.kind() == type_kind::bigint)
    return type_error(site, "(ARRAY<INT>)");
  auto element = data_type::of(type_kind::integer)
                     .with_nullable(array->type.fields()[0].type.nullable());
  HERALD_TRY(cast_argument(array, data_type::array(element), site.where));
  auto nullable = array->type.nullable();
  return make_bound_call(
      "BITMAP_BUILD", std::move(site.args), &code,
      data_type::of(type_kind::bitmap).with_nullable(nullable), site.where);
}

text from_bytes(text bytes, row_state& state) {
  auto values = read_roaring(bytes);
  state.text.clear();
  if (!values)
    state.fail("these bytes are no bitmap");
  else
    append_roaring(state.text, *values);
  return state.text;
}

// -- reading ------------------------------------------------------------------

/// The values of a BITMAP, which are of the format by construction.
value_set values_of(text bitmap) {
  return read_roaring(bitmap).value_or(value_set{});
}

text to_text(text bitmap, row_state& state) {
  state.text.clear();
  append_set_text(state.text, values_of(bitmap));
  return state.text;
}

class bitmap_to_array final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    return build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          auto& numbers = static_cast<fixed_builder<std::int32_t>&>(out);
          for (auto x : values_of(args[0].column->text(args[0].slot(row))))
            numbers.push(static_cast<std::int32_t>(x));
        });
  }
};

// -- combining ----------------------------------------------------------------

enum class set_operation : std::uint8_t { all, any, odd, without };

template <set_operation Op>
text combine(text a, text b, row_state& state) {
  auto x = values_of(a);
  auto y = values_of(b);
  value_set result;
  auto out = std::back_inserter(result);
  if constexpr (Op == set_operation::all)
    std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), out);
  else if constexpr (Op == set_operation::any)
    std::set_union(x.begin(), x.end(), y.begin(), y.end(), out);
  else if constexpr (Op == set_operation::odd)
    std::set_symmetric_difference(x.begin(), x.end(), y.begin(), y.end(), out);
  else
    std::set_difference(x.begin(), x.end(), y.begin(), y.end(), out);
  state.text.clear();
  append_roaring(state.text, result);
  return state.text;
}

} // namespace

void register_bitmaps(registry& to) {
  using op = set_operation;
  static const bitmap_to_array to_array;
  param bitmap{accept::bitmap};
  auto type = results::of(type_kind::bitmap);
  auto integers
      = results::fixed(data_type::array(data_type::of(type_kind::integer)));
  to.add_special("BITMAP_BUILD", 1, 1, resolve_build);
  to.add("BITMAP_FROM_BYTES", {params::bytes}, type,
         failing_rows<text(text)>(from_bytes));
  to.add("BITMAP_TO_BYTES", {bitmap}, results::of(type_kind::varbinary),
         rows<text(text)>([](text x) { return x; }));
  to.add("BITMAP_TO_STRING", {bitmap}, results::string(),
         rows<text(text)>(to_text));
  to.add("BITMAP_TO_ARRAY", {bitmap}, integers, &to_array);
  to.add("BITMAP_CARDINALITY", {bitmap}, results::of(type_kind::bigint),
         rows<std::int64_t(text)>(
             [](text x) { return roaring_cardinality(x).value_or(0); }));
  auto add = [&](text name, const function* code) {
    to.add(name, {bitmap, bitmap}, type, code);
  };
  add("BITMAP_AND", rows<text(text, text)>(combine<op::all>));
  add("BITMAP_OR", rows<text(text, text)>(combine<op::any>));
  add("BITMAP_XOR", rows<text(text, text)>(combine<op::odd>));
  add("BITMAP_ANDNOT", rows<text(text, text)>(combine<op::without>));
}

} // namespace herald
