#include "engine/expr/compare_kernels.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/expr/comparison.hpp"

#include <array>
#include <functional>
#include <limits>

namespace herald {

int compare_ticks(int128 a, std::int64_t a_per_second, int128 b,
                  std::int64_t b_per_second) {
  // Coarser ticks are of 64 bits: in the finer unit they stay within 128.
  if (a_per_second < b_per_second)
    a *= b_per_second / a_per_second;
  else
    b *= a_per_second / b_per_second;
  return a < b ? -1 : a > b ? 1 : 0;
}

int compare_decimals(int128 a, int a_scale, int128 b, int b_scale) {
  if (a_scale > b_scale)
    return -compare_decimals(b, b_scale, a, a_scale);
  int128 scaled;
  // `a` that overflows at the finer scale is beyond every `b`.
  if (__builtin_mul_overflow(a, power_of_ten(b_scale - a_scale), &scaled))
    return a < 0 ? -1 : 1;
  return scaled < b ? -1 : scaled > b ? 1 : 0;
}

namespace {

template <comparison_op Op>
struct compares {
  template <class T>
  bool operator()(T a, T b) const {
    if constexpr (Op == comparison_op::equal)
      return a == b;
    else if constexpr (Op == comparison_op::not_equal)
      return a != b;
    else if constexpr (Op == comparison_op::less)
      return a < b;
    else if constexpr (Op == comparison_op::less_equal)
      return a <= b;
    else if constexpr (Op == comparison_op::greater)
      return a > b;
    else
      return a >= b;
  }
};

/// Equality of views: the first 8 bytes (length and prefix) settle most.
bool equal_refs(const column& a, const string_ref& x, const column& b,
                const string_ref& y) {
  if (std::memcmp(&x, &y, 8) != 0)
    return false;
  if (x.is_inline())
    return std::memcmp(&x, &y, sizeof(string_ref)) == 0;
  return a.resolve(x) == b.resolve(y);
}

class text_equality final : public function {
public:
  explicit text_equality(bool negated) : negated_(negated) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    const auto& a = args[0].constant ? args[1] : args[0];
    const auto& b = args[0].constant ? args[0] : args[1];
    const auto* x = a.column->as<string_ref>().data();
    const auto* y = b.column->as<string_ref>().data();
    buffer_ptr bits;
    if (b.constant && y[0].is_inline()) {
      std::uint64_t want[2];
      std::memcpy(want, y, sizeof(want));
      bits = fill_bits(rows, [&](std::int64_t row) {
        std::uint64_t have[2];
        std::memcpy(have, x + a.slot(row), sizeof(have));
        return ((have[0] == want[0]) & (have[1] == want[1])) != negated_;
      });
    } else {
      auto written = allocate_bits(rows);
      auto* out = written->mutable_data();
      for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
        auto same
            = equal_refs(*a.column, x[a.slot(row)], *b.column, y[b.slot(row)]);
        out[row >> 3] |= static_cast<std::uint8_t>(unsigned{same != negated_}
                                                   << (row & 7));
      });
      bits = std::move(written);
    }
    return vec{make_column_of(self.type, rows, std::move(bits), valid)};
  }

private:
  bool negated_;
};

/// Runs `f(i, j)` for each row with values on both sides.
template <class F>
absl::StatusOr<vec> compare_slots(const expr& self,
                                  const std::vector<vec>& args,
                                  std::int64_t rows, F f) {
  auto valid = intersect(args, rows);
  auto bits = allocate_bits(rows);
  if (valid.null_count < rows)
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      if (f(args[0].slot(row), args[1].slot(row)))
        bits->mutable_data()[row >> 3]
            |= static_cast<std::uint8_t>(1u << (row & 7));
    });
  return vec{make_column_of(self.type, rows, std::move(bits), valid)};
}

template <comparison_op Op>
class comparison final : public function {
public:
  comparison() {
    if constexpr (Op == comparison_op::equal || Op == comparison_op::not_equal)
      text_ = std::make_unique<text_equality>(Op == comparison_op::not_equal);
    else
      text_ = direct<std::string_view>();
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    const auto& a = args[0].column->type;
    const auto& b = args[1].column->type;
    auto per_second = a.ticks_per_second();
    if (a.is_timestamp() && per_second != b.ticks_per_second())
      return times(self, args, rows);
    if (a.kind() == type_kind::decimal && a.scale() != b.scale())
      return decimals(self, args, rows);
    return code(a.storage())->call(self, args, rows, context);
  }

private:
  template <class T>
  static std::unique_ptr<function> direct() {
    compares<Op> f;
    return std::make_unique<row_function<bool(T, T), compares<Op>>>(f, false);
  }

  const function* code(storage_kind kind) const {
    switch (kind) {
    case storage_kind::bit:
      return bit_.get();
    case storage_kind::i8:
      return i8_.get();
    case storage_kind::i16:
      return i16_.get();
    case storage_kind::i32:
      return i32_.get();
    case storage_kind::i64:
      return i64_.get();
    case storage_kind::f32:
      return f32_.get();
    case storage_kind::f64:
      return f64_.get();
    case storage_kind::i128:
      return i128_.get();
    case storage_kind::text:
      return text_.get();
    default:
      return &nested_;
    }
  }

  static absl::StatusOr<vec>
  times(const expr& self, const std::vector<vec>& args, std::int64_t rows) {
    const auto& x = *args[0].column;
    const auto& y = *args[1].column;
    auto x_unit = x.type.ticks_per_second();
    auto y_unit = y.type.ticks_per_second();
    return compare_slots(self, args, rows, [&](auto i, auto j) {
      return compares<Op>{}(
          compare_ticks(ticks_at(x, i), x_unit, ticks_at(y, j), y_unit), 0);
    });
  }

  static absl::StatusOr<vec>
  decimals(const expr& self, const std::vector<vec>& args, std::int64_t rows) {
    auto x = args[0].column->as<int128>();
    auto y = args[1].column->as<int128>();
    auto x_scale = args[0].column->type.scale();
    auto y_scale = args[1].column->type.scale();
    return compare_slots(self, args, rows, [&](auto i, auto j) {
      return compares<Op>{}(
          compare_decimals(x[static_cast<std::size_t>(i)], x_scale,
                           y[static_cast<std::size_t>(j)], y_scale),
          0);
    });
  }

  class nested final : public function {
    absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                             std::int64_t rows,
                             const eval_context&) const override {
      return compare_slots(self, args, rows, [&](auto i, auto j) {
        return equal_rows(*args[0].column, i, *args[1].column, j)
               == (Op == comparison_op::equal);
      });
    }
  };

  std::unique_ptr<function> bit_ = direct<bool>();
  std::unique_ptr<function> i8_ = direct<std::int8_t>();
  std::unique_ptr<function> i16_ = direct<std::int16_t>();
  std::unique_ptr<function> i32_ = direct<std::int32_t>();
  std::unique_ptr<function> i64_ = direct<std::int64_t>();
  std::unique_ptr<function> f32_ = direct<float>();
  std::unique_ptr<function> f64_ = direct<double>();
  std::unique_ptr<function> i128_ = direct<int128>();
  std::unique_ptr<function> text_;
  nested nested_;
};

/// Whether entries [y, y + count) of `b` have one like entry `x` of `a`.
bool has_entry(const column& b, std::int64_t y, std::int32_t count,
               const column& a, std::int64_t x) {
  for (std::int32_t k = 0; k < count; ++k)
    if (equal_rows(a, x, b, y + k))
      return true;
  return false;
}

/// Arrays by their elements in order; of maps, whose keys are distinct, the
/// order of entries says nothing.
bool equal_lists(const column& a, std::int64_t i, const column& b,
                 std::int64_t j) {
  auto x = a.offsets();
  auto y = b.offsets();
  auto x_begin = x[static_cast<std::size_t>(i)];
  auto y_begin = y[static_cast<std::size_t>(j)];
  auto count = x[static_cast<std::size_t>(i) + 1] - x_begin;
  if (count != y[static_cast<std::size_t>(j) + 1] - y_begin)
    return false;
  const auto& from = *a.children[0];
  const auto& to = *b.children[0];
  const auto is_map = a.type.has_entries();
  for (std::int32_t k = 0; k < count; ++k)
    if (!equal_rows(from, x_begin + k, to, y_begin + k)
        && !(is_map && has_entry(to, y_begin, count, from, x_begin + k)))
      return false;
  return true;
}

} // namespace

bool equal_rows(const column& a, std::int64_t i, const column& b,
                std::int64_t j) {
  if (a.is_null(i) || b.is_null(j))
    return a.is_null(i) == b.is_null(j);
  switch (a.type.storage()) {
  case storage_kind::none:
    return true;
  case storage_kind::bit:
    return a.bit(i) == b.bit(j);
  case storage_kind::f32:
    return a.as<float>()[static_cast<std::size_t>(i)]
           == b.as<float>()[static_cast<std::size_t>(j)];
  case storage_kind::f64:
    return a.as<double>()[static_cast<std::size_t>(i)]
           == b.as<double>()[static_cast<std::size_t>(j)];
  case storage_kind::text:
    return a.text(i) == b.text(j);
  case storage_kind::list:
    return equal_lists(a, i, b, j);
  case storage_kind::fields:
    for (std::size_t k = 0; k < a.children.size(); ++k)
      if (!equal_rows(*a.children[k], i, *b.children[k], j))
        return false;
    return true;
  default: {
    auto width = static_cast<std::size_t>(a.type.width());
    return std::memcmp(a.values->data() + static_cast<std::size_t>(i) * width,
                       b.values->data() + static_cast<std::size_t>(j) * width,
                       width)
           == 0;
  }
  }
}

const function* comparison_code(comparison_op op) {
  using enum comparison_op;
  static const std::array<std::unique_ptr<function>, 6> codes{
      std::make_unique<comparison<equal>>(),
      std::make_unique<comparison<not_equal>>(),
      std::make_unique<comparison<less>>(),
      std::make_unique<comparison<less_equal>>(),
      std::make_unique<comparison<greater>>(),
      std::make_unique<comparison<greater_equal>>()};
  return codes[static_cast<std::size_t>(op)].get();
}

} // namespace herald
