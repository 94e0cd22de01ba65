#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

// Functions of DOUBLEs: any number is cast to DOUBLE first.

namespace herald {

namespace {

using unary = double (*)(double);

template <unary F>
const function* of_double() {
  return rows<double(double)>([](double x) { return F(x); });
}

template <unary F>
void add_unary(registry& to, std::string_view name) {
  to.add(name, {params::number}, results::of(type_kind::float64),
         of_double<F>());
}

/// As Java's pow(x, 0.5), which knows no negative zero.
double square_root(double x) {
  return x == 0 ? 0 : std::sqrt(x);
}

double cotangent(double x) {
  return 1 / std::tan(x);
}

double degrees(double x) {
  return x * 180 / std::numbers::pi;
}

double radians(double x) {
  return x / 180 * std::numbers::pi;
}

/// Constants without arguments.
const function* constant(double x) {
  return rows<double()>([x] { return x; });
}

/// RAND() and RAND_INTEGER(bound): a value of its own a row.
class random_function final : public function {
public:
  bool deterministic() const override {
    return false;
  }

  bool varies_by_row() const override {
    return true;
  }

  bool can_fail(const expr& self) const override {
    return self.type.kind() == type_kind::integer;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    thread_local std::mt19937_64 source(std::random_device{}());
    if (self.type.kind() == type_kind::float64)
      return vec{make_column_of(self.type, rows,
                                detail::fill_values<double>(
                                    rows,
                                    [](std::int64_t) {
                                      return static_cast<double>(source() >> 11)
                                             * 0x1.0p-53;
                                    }),
                                {})};
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto bounds = args[0].column->as<std::int32_t>();
    auto values = allocate_zeros(rows * 4);
    auto* out = reinterpret_cast<std::int32_t*>(values->mutable_data());
    auto good = true;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      auto bound = bounds[static_cast<std::size_t>(args[0].slot(row))];
      good = good && bound > 0;
      if (bound > 0)
        out[row] = static_cast<std::int32_t>(
            source() % static_cast<std::uint64_t>(bound));
    });
    if (!good)
      return user_error(self.where, "RAND_INTEGER takes a bound above 0");
    return vec{make_column_of(self.type, rows, std::move(values), valid)};
  }
};

class uuid_function final : public function {
public:
  bool deterministic() const override {
    return false;
  }

  bool varies_by_row() const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>&,
                           std::int64_t rows,
                           const eval_context&) const override {
    thread_local std::mt19937_64 source(std::random_device{}());
    text_sink out(rows, nullptr);
    constexpr std::string_view hex = "0123456789abcdef";
    for (std::int64_t row = 0; row < rows; ++row) {
      std::string text = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
      auto bits = source();
      auto left = 16;
      for (auto& c : text) {
        if (c != 'x' && c != 'y')
          continue;
        if (left-- == 0) {
          bits = source();
          left = 15;
        }
        auto digit = bits & 15;
        c = hex[c == 'y' ? (digit & 3) | 8 : digit];
        bits >>= 4;
      }
      out.set(row, text);
    }
    return vec{out.finish(self.type, {})};
  }
};

} // namespace

void register_math(registry& to) {
  using namespace params;
  auto double_type = results::of(type_kind::float64);
  add_unary<square_root>(to, "SQRT");
  add_unary<std::exp>(to, "EXP");
  add_unary<std::log>(to, "LN");
  add_unary<std::log>(to, "LOG");
  add_unary<std::log10>(to, "LOG10");
  add_unary<std::log2>(to, "LOG2");
  add_unary<std::sin>(to, "SIN");
  add_unary<std::cos>(to, "COS");
  add_unary<std::tan>(to, "TAN");
  add_unary<cotangent>(to, "COT");
  add_unary<std::asin>(to, "ASIN");
  add_unary<std::acos>(to, "ACOS");
  add_unary<std::atan>(to, "ATAN");
  add_unary<std::sinh>(to, "SINH");
  add_unary<std::cosh>(to, "COSH");
  add_unary<std::tanh>(to, "TANH");
  add_unary<degrees>(to, "DEGREES");
  add_unary<radians>(to, "RADIANS");
  to.add("LOG", {number, number}, double_type,
         rows<double(double, double)>([](double base, double x) {
           return std::log(x) / std::log(base);
         }));
  to.add("POWER", {number, number}, double_type,
         rows<double(double, double)>(
             [](double x, double y) { return std::pow(x, y); }));
  to.add("ATAN2", {number, number}, double_type,
         rows<double(double, double)>(
             [](double y, double x) { return std::atan2(y, x); }));
  to.add("PI", {}, double_type, constant(std::numbers::pi));
  to.add("E", {}, double_type, constant(std::numbers::e));
  static const random_function random;
  static const uuid_function uuid;
  to.add("RAND", {}, double_type, &random);
  to.add("RAND", {integer}, double_type, &random);
  to.add("RAND_INTEGER", {integer}, results::of(type_kind::integer), &random);
  to.add("UUID", {}, results::fixed(data_type::text(type_kind::character, 36)),
         &uuid);
}

} // namespace herald
