#include "engine/expr/comparison.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/select.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/value_order.hpp"
#include "engine/expr/value_state.hpp"

// GREATEST and LEAST of values of one type; NULL if any is.

namespace herald {

namespace {

template <bool Greatest>
class extreme_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    std::vector<row_list> taken(args.size());
    with_storage(self.type.storage(), [&](auto example) {
      choose<decltype(example)>(args, rows, valid, taken);
    });
    selection out(self.type, rows);
    for (std::size_t i = 0; i < args.size(); ++i)
      if (!taken[i].empty())
        out.add(args[i], taken[i]);
    return vec{out.finish()};
  }

private:
  template <class T>
  static void choose(const std::vector<vec>& args, std::int64_t rows,
                     const validity& valid, std::vector<row_list>& taken) {
    std::vector<detail::reader<T>> in;
    for (const auto& arg : args)
      in.emplace_back(arg);
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      std::size_t best = 0;
      for (std::size_t i = 1; i < in.size(); ++i) {
        auto x = in[i][row];
        auto y = in[best][row];
        if (Greatest ? is_less<T>(y, x) : is_less<T>(x, y))
          best = i;
      }
      taken[best].push_back(static_cast<std::int32_t>(row));
    });
  }
};

template <bool Greatest>
absl::StatusOr<expr_ptr> resolve(call_site& site) {
  static const extreme_function<Greatest> code;
  std::vector<data_type> types;
  auto nullable = false;
  for (const auto& arg : site.args) {
    types.push_back(arg->type);
    nullable = nullable || arg->type.nullable();
  }
  auto type = common_type(types);
  if (!type || type->is_nested() || type->kind() == type_kind::null)
    return type_error(site, "values that have one order");
  for (auto& arg : site.args) {
    HERALD_ASSIGN(arg, make_cast(arg, type->with_nullable(arg->type.nullable()),
                                 false, site.where));
    arg = fold_constants(arg);
  }
  return make_bound_call(std::string(site.name), site.args, &code,
                         type->with_nullable(nullable), site.where);
}

} // namespace

void register_extremes(registry& to) {
  to.add_special("GREATEST", 1, registry::any_number, resolve<true>);
  to.add_special("LEAST", 1, registry::any_number, resolve<false>);
}

} // namespace herald
