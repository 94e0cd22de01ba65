#include "engine/expr/null_check.hpp"

#include "engine/columnar/bits.hpp"
#include "engine/common/check.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Arguments: the table's name, then each column and its name.
class null_check final : public function {
public:
  bool deterministic() const override {
    return false;
  }

  bool asks_context() const override {
    return false;
  }

  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    for (std::size_t i = 1; rows > 0 && i < args.size(); i += 2)
      if (args[i].column->null_count > 0)
        return user_error(
            self.where,
            fmt::format("column '{}' of table '{}' is NOT NULL, and a row has "
                        "NULL there",
                        text_of(args[i + 1]), text_of(args[0])),
            "SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such "
            "rows out");
    auto yes = allocate_bits(1);
    set_bit(yes->mutable_data(), 0);
    return vec{make_column_of(self.type, 1, std::move(yes), {}), true};
  }

private:
  static std::string text_of(const vec& x) {
    return std::get<std::string>(value_at(*x.column, 0).value);
  }
};

const function* code() {
  static const auto* const result = keep(std::make_unique<null_check>());
  return result;
}

expr_ptr text(const std::string& x) {
  return make_literal({data_type::of(type_kind::varchar), x});
}

} // namespace

expr_ptr make_null_check(const std::vector<expr_ptr>& columns,
                         const std::vector<std::string>& names,
                         const std::string& table, text_position where) {
  HERALD_CHECK(!columns.empty() && columns.size() == names.size(),
               "a name for each column that is checked");
  std::vector<expr_ptr> args{text(table)};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    args.push_back(columns[i]);
    args.push_back(text(names[i]));
  }
  return make_bound_call("NOT NULL", std::move(args), code(),
                         data_type::of(type_kind::boolean).with_nullable(false),
                         where);
}

bool is_null_check(const expr& x) {
  return x.kind == expr_kind::call && x.code == code();
}

} // namespace herald
