#include "engine/expr/comparison.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"

#include <algorithm>

// Functions that make an array of others: longer, shorter, turned round.

namespace herald {

namespace {

/// An argument that is an element: cast to `element` if that is a wider type.
absl::Status fit_element(const call_site& site, expr_ptr& x,
                         const data_type& element) {
  if (!widens(x->type, element))
    return type_error(site, "an array and a value of its elements' type");
  if (x->type.kind() == type_kind::null) {
    x = make_literal({element.with_nullable(true), {}}, x->where);
    return absl::OkStatus();
  }
  return cast_argument(x, element, site.where);
}

// -- APPEND, PREPEND, REMOVE --------------------------------------------------

template <bool Front>
class array_append final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    list_arg array(args[0]);
    return build_lists(self, {args[0]}, rows,
                       [&](std::int64_t row, column_builder& out) {
                         auto slot = args[1].slot(row);
                         if (Front)
                           append_element(out, *args[1].column, slot);
                         auto [begin, end] = array.range(row);
                         for (auto i = begin; i < end; ++i)
                           append_element(out, array.elements(), i);
                         if (!Front)
                           append_element(out, *args[1].column, slot);
                       });
  }
};

class array_remove final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    list_arg array(args[0]);
    return build_lists(self, {args[0]}, rows,
                       [&](std::int64_t row, column_builder& out) {
                         auto [begin, end] = array.range(row);
                         for (auto i = begin; i < end; ++i)
                           if (!equal_rows(array.elements(), i, *args[1].column,
                                           args[1].slot(row)))
                             append_element(out, array.elements(), i);
                       });
  }
};

/// The element may be NULL, and then the result's elements too.
template <class Function, bool Keeps>
absl::StatusOr<expr_ptr> resolve_with_element(call_site& site) {
  static const Function code;
  const auto array = site.args[0]->type;
  if (array.kind() != type_kind::array)
    return type_error(site, "(ARRAY, element)");
  auto element = array.fields()[0].type;
  HERALD_TRY(fit_element(site, site.args[1], element));
  auto type = array;
  if (Keeps && site.args[1]->type.nullable() && !element.nullable()) {
    type = data_type::array(element.with_nullable(true));
    HERALD_ASSIGN(site.args[0],
                  make_cast(site.args[0], type.with_nullable(array.nullable()),
                            false, site.where));
  }
  auto nullable = Keeps ? any_nullable(site.args) : array.nullable();
  return make_bound_call(std::string(site.name), std::move(site.args), &code,
                         type.with_nullable(nullable), site.where);
}

// -- CONCAT, REVERSE, SLICE ---------------------------------------------------

class array_concat final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    return build_lists(self, args, rows,
                       [&](std::int64_t row, column_builder& out) {
                         for (const auto& arg : args) {
                           list_arg array(arg);
                           auto [begin, end] = array.range(row);
                           for (auto i = begin; i < end; ++i)
                             append_element(out, array.elements(), i);
                         }
                       });
  }
};

absl::StatusOr<expr_ptr> resolve_concat(call_site& site) {
  static const array_concat code;
  HERALD_ASSIGN(auto type, unify_lists(site, type_kind::array));
  auto nullable = any_nullable(site.args);
  return make_bound_call("ARRAY_CONCAT", std::move(site.args), &code,
                         type.with_nullable(nullable), site.where);
}

class array_reverse final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    list_arg array(args[0]);
    return build_lists(self, args, rows,
                       [&](std::int64_t row, column_builder& out) {
                         auto [begin, end] = array.range(row);
                         for (auto i = end; i > begin; --i)
                           append_element(out, array.elements(), i - 1);
                       });
  }
};

/// ARRAY_SLICE(array, from [, to]): both ends included, counted from 1 or,
/// negative, from the end; 0 is 1.
class array_slice final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    list_arg array(args[0]);
    return build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          auto [begin, end] = array.range(row);
          auto size = std::int64_t{end} - begin;
          auto first = std::max<std::int64_t>(1, place(args[1], row, size));
          auto last = size;
          if (args.size() > 2)
            last = std::min(last, place(args[2], row, size));
          if (args.size() > 2 && last == 0 && place(args[2], row, size) == 0)
            last = std::min<std::int64_t>(1, size);
          for (auto i = first; i <= last; ++i)
            append_element(out, array.elements(), begin + i - 1);
        });
  }

private:
  static std::int64_t place(const vec& arg, std::int64_t row,
                            std::int64_t size) {
    std::int64_t x
        = arg.column
              ->as<std::int32_t>()[static_cast<std::size_t>(arg.slot(row))];
    return x < 0 ? x + size + 1 : x;
  }
};

// -- JOIN ---------------------------------------------------------------------

/// ARRAY_JOIN(array, delimiter [, for NULLs]); NULLs are left out otherwise.
class array_join final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    list_arg array(args[0]);
    text_sink out(rows, nullptr);
    std::string joined;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      joined.clear();
      auto [begin, end] = array.range(row);
      auto first = true;
      for (auto i = begin; i < end; ++i) {
        auto is_null = array.elements().is_null(i);
        if (is_null && args.size() < 3)
          continue;
        if (!first)
          joined += args[1].column->text(args[1].slot(row));
        first = false;
        joined += is_null ? args[2].column->text(args[2].slot(row))
                          : array.elements().text(i);
      }
      out.set(row, joined);
    });
    return vec{out.finish(self.type, std::move(valid))};
  }
};

absl::StatusOr<expr_ptr> resolve_join(call_site& site) {
  static const array_join code;
  const auto& array = site.args[0]->type;
  auto good
      = array.kind() == type_kind::array && array.fields()[0].type.is_text();
  for (std::size_t i = 1; i < site.args.size(); ++i)
    good = good && site.args[i]->type.is_text();
  if (!good)
    return type_error(site, "(ARRAY<STRING>, text [, text])");
  auto nullable = any_nullable(site.args);
  return make_bound_call(
      "ARRAY_JOIN", std::move(site.args), &code,
      data_type::of(type_kind::varchar).with_nullable(nullable), site.where);
}

} // namespace

void register_array_edit(registry& to) {
  using namespace params;
  static const array_reverse reversed;
  static const array_slice sliced;
  param array{accept::array};
  to.add_special("ARRAY_APPEND", 2, 2,
                 resolve_with_element<array_append<false>, true>);
  to.add_special("ARRAY_PREPEND", 2, 2,
                 resolve_with_element<array_append<true>, true>);
  to.add_special("ARRAY_REMOVE", 2, 2,
                 resolve_with_element<array_remove, false>);
  to.add_special("ARRAY_CONCAT", 1, registry::any_number, resolve_concat);
  to.add("ARRAY_REVERSE", {array}, results::argument(0), &reversed);
  to.add("ARRAY_SLICE", {array, integer}, results::argument(0), &sliced);
  to.add("ARRAY_SLICE", {array, integer, integer}, results::argument(0),
         &sliced);
  to.add_special("ARRAY_JOIN", 2, 3, resolve_join);
}

} // namespace herald
