#include "engine/expr/list_arg.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/value_order.hpp"
#include "engine/expr/value_state.hpp"

#include <algorithm>

// ARRAY_SORT, ARRAY_MAX and ARRAY_MIN.

namespace herald {

namespace {

bool has_order(const data_type& type) {
  return !type.is_nested() && type.kind() != type_kind::null;
}

// -- SORT ---------------------------------------------------------------------

/// ARRAY_SORT(array [, ascending [, nulls first]]): upwards with NULLs first,
/// downwards with NULLs last, unless said otherwise. Stable; NaN is largest.
class array_sort final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    if (intersect(args, rows).null_count == rows)
      return vec{null_column(self.type, rows)};
    auto kind = self.type.fields()[0].type.storage();
    return with_storage(kind, [&](auto example) {
      return sort<decltype(example)>(self, args, rows);
    });
  }

private:
  template <class T>
  static vec sort(const expr& self, const std::vector<vec>& args,
                  std::int64_t rows) {
    list_arg array(args[0]);
    const auto& elements = array.elements();
    value_reader<T> values(elements);
    std::vector<std::int32_t> order;
    return build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          auto upwards = flag(args, 1, row, true);
          auto nulls_first = flag(args, 2, row, upwards);
          auto [begin, end] = array.range(row);
          order.clear();
          for (auto i = begin; i < end; ++i)
            if (!elements.is_null(i))
              order.push_back(i);
          auto nulls = static_cast<std::size_t>(end - begin) - order.size();
          std::stable_sort(
              order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
                auto x = values[static_cast<std::size_t>(a)];
                auto y = values[static_cast<std::size_t>(b)];
                return upwards ? is_less<T>(x, y) : is_less<T>(y, x);
              });
          if (nulls_first)
            append_nulls(out, nulls);
          for (auto i : order)
            out.append_from(elements, i);
          if (!nulls_first)
            append_nulls(out, nulls);
        });
  }

  static bool flag(const std::vector<vec>& args, std::size_t index,
                   std::int64_t row, bool otherwise) {
    if (args.size() <= index)
      return otherwise;
    return args[index].column->bit(args[index].slot(row));
  }

  static void append_nulls(column_builder& to, std::size_t count) {
    for (; count > 0; --count)
      to.append_null();
  }
};

// -- MAX, MIN -----------------------------------------------------------------

/// The largest (smallest) element that is not NULL; NULL without one.
template <bool Largest>
class array_extreme final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    return with_storage(self.type.storage(), [&](auto example) {
      return find<decltype(example)>(self, args, rows, valid);
    });
  }

private:
  template <class T>
  static vec find(const expr& self, const std::vector<vec>& args,
                  std::int64_t rows, const validity& valid) {
    list_arg array(args[0]);
    const auto& elements = array.elements();
    value_reader<T> values(elements);
    auto builder = make_builder(self.type);
    for (std::int64_t row = 0; row < rows; ++row) {
      std::int32_t best = -1;
      if (valid.at(row)) {
        auto [begin, end] = array.range(row);
        for (auto i = begin; i < end; ++i) {
          if (elements.is_null(i))
            continue;
          if (best < 0 || is_better<T>(values, i, best))
            best = i;
        }
      }
      if (best < 0)
        builder->append_null();
      else
        builder->append_from(elements, best);
    }
    return vec{builder->finish()};
  }

  template <class T>
  static bool is_better(const value_reader<T>& values, std::int32_t a,
                        std::int32_t b) {
    auto x = values[static_cast<std::size_t>(a)];
    auto y = values[static_cast<std::size_t>(b)];
    return Largest ? is_less<T>(y, x) : is_less<T>(x, y);
  }
};

} // namespace

void register_array_order(registry& to) {
  using namespace params;
  static const array_sort sorted;
  static const array_extreme<true> largest;
  static const array_extreme<false> smallest;
  param array{accept::array};
  result_rule same = [](std::span<const data_type> types) {
    return has_order(types[0].fields()[0].type) ? std::optional(types[0])
                                                : std::nullopt;
  };
  to.add("ARRAY_SORT", {array}, same, &sorted);
  to.add("ARRAY_SORT", {array, boolean}, same, &sorted);
  to.add("ARRAY_SORT", {array, boolean, boolean}, same, &sorted);
  result_rule element = [](std::span<const data_type> types) {
    auto type = types[0].fields()[0].type;
    return has_order(type) ? std::optional(type) : std::nullopt;
  };
  to.add("ARRAY_MAX", {array}, element, &largest, nulls::always);
  to.add("ARRAY_MIN", {array}, element, &smallest, nulls::always);
}

} // namespace herald
