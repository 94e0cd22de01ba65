#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/subset.hpp"
#include "engine/expr/themes.hpp"

#include <fmt/format.h>

// AND, OR, NOT and IS … in three-valued logic. A BOOLEAN column is two
// bitmaps; here each word of them becomes "is TRUE" and "is FALSE".

namespace herald {

namespace {

struct truth {
  std::uint64_t yes; ///< rows that are TRUE
  std::uint64_t no;  ///< rows that are FALSE
};

/// The rows 64 · index … of a BOOLEAN.
truth truth_word(const vec& x, std::int64_t index, std::int64_t rows) {
  if (x.constant) {
    auto ones = ~std::uint64_t{0};
    if (x.column->null_count > 0)
      return {0, 0};
    return x.column->bit(0) ? truth{ones, 0} : truth{0, ones};
  }
  if (x.column->null_count == x.column->length)
    return {0, 0};
  auto value = bit_word(x.column->values.get(), index, rows);
  auto valid = bit_word(x.column->validity.get(), index, rows);
  return {value & valid, ~value & valid};
}

/// Makes a BOOLEAN of `rows` rows from `get(word index)`.
template <class Get>
column_ptr from_truth(const data_type& type, std::int64_t rows, Get get) {
  auto values = allocate_bits(rows);
  auto valid = allocate_bits(rows);
  for (std::int64_t i = 0; i * 64 < rows; ++i) {
    truth x = get(i);
    auto known = x.yes | x.no;
    std::memcpy(values->mutable_data() + i * 8, &x.yes, 8);
    std::memcpy(valid->mutable_data() + i * 8, &known, 8);
  }
  return make_column_of(type, rows, std::move(values),
                        count_validity(std::move(valid), rows));
}

/// AND, or OR as its mirror image.
class connective final : public function {
public:
  explicit connective(bool conjunction) : conjunction_(conjunction) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto result = args[0];
    for (std::size_t i = 1; i < args.size(); ++i)
      result = combine(self, result, args[i], rows);
    return result;
  }

  absl::StatusOr<vec> call_lazy(const expr& self, const batch& input,
                                const eval_context& context) const override {
    HERALD_ASSIGN(auto result, evaluate(*self.args[0], input, context));
    for (std::size_t i = 1; i < self.args.size(); ++i) {
      const auto& arg = *self.args[i];
      if (decided(result))
        return result;
      if (arg.can_fail && !result.constant) {
        HERALD_ASSIGN(result, with_needed(self, result, arg, input, context));
        continue;
      }
      HERALD_ASSIGN(auto next, evaluate(arg, input, context));
      auto constant = result.constant && next.constant;
      result = combine(self, result, next, constant ? 1 : input.rows);
      result.constant = constant;
    }
    return result;
  }

private:
  /// True for a constant that decides alone: FALSE in AND, TRUE in OR.
  bool decided(const vec& x) const {
    return x.constant && x.column->null_count == 0
           && x.column->bit(0) != conjunction_;
  }

  vec combine(const expr& self, const vec& a, const vec& b,
              std::int64_t rows) const {
    return vec{from_truth(self.type, rows, [&](std::int64_t i) {
      auto x = truth_word(a, i, rows);
      auto y = truth_word(b, i, rows);
      return conjunction_ ? truth{x.yes & y.yes, x.no | y.no}
                          : truth{x.yes | y.yes, x.no & y.no};
    })};
  }

  /// Evaluates `arg`, which may fail, on the rows that `sofar` does not
  /// decide.
  absl::StatusOr<vec> with_needed(const expr& self, const vec& sofar,
                                  const expr& arg, const batch& input,
                                  const eval_context& context) const {
    row_list needed;
    for (std::int64_t row = 0; row < input.rows; ++row)
      if (sofar.column->is_null(row) || sofar.column->bit(row) == conjunction_)
        needed.push_back(static_cast<std::int32_t>(row));
    if (needed.empty())
      return sofar;
    if (static_cast<std::int64_t>(needed.size()) == input.rows) {
      HERALD_ASSIGN(auto all, evaluate(arg, input, context));
      return combine(self, sofar, all, input.rows);
    }
    HERALD_ASSIGN(auto part, evaluate_on(arg, input, needed, context));
    // Rows that are decided keep their value: the other side counts as the
    // neutral element there.
    auto yes = allocate_bits(input.rows);
    auto known = allocate_bits(input.rows);
    if (conjunction_)
      std::memset(yes->mutable_data(), 0xff,
                  static_cast<std::size_t>(yes->size()));
    std::memset(known->mutable_data(), 0xff,
                static_cast<std::size_t>(known->size()));
    for (std::size_t i = 0; i < needed.size(); ++i) {
      auto slot = part.slot(static_cast<std::int64_t>(i));
      auto mask = static_cast<std::uint8_t>(1u << (needed[i] & 7));
      auto& value = yes->mutable_data()[needed[i] >> 3];
      if (part.column->is_null(slot))
        known->mutable_data()[needed[i] >> 3]
            &= static_cast<std::uint8_t>(~mask);
      else if (part.column->bit(slot))
        value |= mask;
      else
        value &= static_cast<std::uint8_t>(~mask);
    }
    vec other{make_column_of(self.type, input.rows, std::move(yes),
                             count_validity(std::move(known), input.rows))};
    return combine(self, sofar, other, input.rows);
  }

  bool conjunction_;
};

class negation final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    return vec{from_truth(self.type, rows, [&](std::int64_t i) {
      auto x = truth_word(args[0], i, rows);
      return truth{x.no, x.yes};
    })};
  }
};

enum class test : std::uint8_t { is_true, is_false, is_unknown };

/// IS [NOT] TRUE, FALSE, UNKNOWN.
class truth_test final : public function {
public:
  truth_test(test what, bool negated) : what_(what), negated_(negated) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    return vec{from_truth(self.type, rows, [&](std::int64_t i) {
      auto x = truth_word(args[0], i, rows);
      auto yes = what_ == test::is_true    ? x.yes
                 : what_ == test::is_false ? x.no
                                           : ~(x.yes | x.no);
      return negated_ ? truth{~yes, yes} : truth{yes, ~yes};
    })};
  }

private:
  test what_;
  bool negated_;
};

/// IS [NOT] NULL.
class null_test final : public function {
public:
  explicit null_test(bool negated) : negated_(negated) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& x = *args[0].column;
    return vec{from_truth(self.type, rows, [&](std::int64_t i) {
      auto valid = x.type.storage() == storage_kind::none
                       ? std::uint64_t{0}
                       : bit_word(x.validity.get(), i, rows);
      return negated_ ? truth{valid, ~valid} : truth{~valid, valid};
    })};
  }

private:
  bool negated_;
};

} // namespace

void register_logical(registry& to) {
  using namespace params;
  auto boolean_type = results::of(type_kind::boolean);
  to.add("AND", {boolean, repeated(boolean)}, boolean_type,
         keep(std::make_unique<connective>(true)));
  to.add("OR", {boolean, repeated(boolean)}, boolean_type,
         keep(std::make_unique<connective>(false)));
  to.add("NOT", {boolean}, boolean_type, keep(std::make_unique<negation>()));
  for (auto negated : {false, true}) {
    auto name = [&](std::string_view word) {
      return fmt::format("IS {}{}", negated ? "NOT " : "", word);
    };
    to.add(name("NULL"), {any}, boolean_type,
           keep(std::make_unique<null_test>(negated)), nulls::never);
    auto add = [&](std::string_view word, test what) {
      to.add(name(word), {boolean}, boolean_type,
             keep(std::make_unique<truth_test>(what, negated)), nulls::never);
    };
    add("TRUE", test::is_true);
    add("FALSE", test::is_false);
    add("UNKNOWN", test::is_unknown);
  }
}

} // namespace herald
