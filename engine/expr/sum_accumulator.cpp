#include "engine/expr/accumulator.hpp"
#include "engine/expr/decimal_math.hpp"

// SUM, $SUM0 and AVG. Integers add up in 64 bits and wrap, as Flink's do;
// DECIMALs add up exactly in 128 bits and a count of overflows, so that the
// order of rows and merges never matters.

namespace herald {

namespace {

enum class sum_kind : std::uint8_t { sum, sum_or_zero, average };

template <class Acc>
struct sum_state {
  Acc sum = 0;
  std::int64_t count = 0;

  void add(Acc x, int sign) {
    if constexpr (std::is_same_v<Acc, double>)
      sum += sign * x;
    else
      sum = static_cast<Acc>(static_cast<std::uint64_t>(sum)
                             + static_cast<std::uint64_t>(sign)
                                   * static_cast<std::uint64_t>(x));
    count += sign;
  }

  void merge(const sum_state& x) {
    add(x.sum, 1);
    count += x.count - 1;
  }
};

template <>
struct sum_state<int128> {
  int128 sum = 0;
  std::int64_t carry = 0; ///< the sum is sum + carry * 2^128
  std::int64_t count = 0;

  void add(int128 x, int sign) {
    auto negative = (x < 0) != (sign < 0);
    if (__builtin_add_overflow(sum, sign < 0 ? -x : x, &sum))
      carry += negative ? -1 : 1;
    count += sign;
  }

  void merge(const sum_state& x) {
    add(x.sum, 1);
    carry += x.carry;
    count += x.count - 1;
  }
};

std::int64_t low_half(int128 x) {
  return static_cast<std::int64_t>(x);
}

std::int64_t high_half(int128 x) {
  return static_cast<std::int64_t>(x >> 64);
}

int128 of_halves(std::int64_t low, std::int64_t high) {
  return int128{high} * (int128{1} << 64) + static_cast<std::uint64_t>(low);
}

/// `In` is the argument's storage; `Acc` what it adds up in.
template <class In, class Acc>
class sum_accumulator final : public accumulator {
public:
  sum_accumulator(sum_kind kind, data_type argument, data_type type)
      : kind_(kind), argument_(std::move(argument)), type_(std::move(type)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto* values = args[0]->as<In>().data();
    auto* states = states_.data();
    for_each_added(args[0].get(), rows, groups, changes,
                   [=](std::size_t row, std::size_t group, int sign) {
                     states[group].add(static_cast<Acc>(values[row]), sign);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    if (is_wide)
      return {bigint(), bigint(), bigint(), bigint()};
    return {std::is_same_v<Acc, double>
                ? data_type::of(type_kind::float64).with_nullable(false)
                : bigint(),
            bigint()};
  }

  /// The sum and the count. A sum of 128 bits may be longer than a DECIMAL is,
  /// so it is four numbers: low half, count, high half, carry.
  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    auto counts = numbers(groups, [](const auto& x) { return x.count; });
    if constexpr (is_wide)
      return {numbers(groups, [](const auto& x) { return low_half(x.sum); }),
              std::move(counts),
              numbers(groups, [](const auto& x) { return high_half(x.sum); }),
              numbers(groups, [](const auto& x) { return x.carry; })};
    return {column_of_groups<Acc>(partial_types()[0], groups,
                                  [&](std::size_t group) {
                                    return std::optional(states_[group].sum);
                                  }),
            std::move(counts)};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    const auto number = [&](std::size_t part, std::size_t i) {
      return partials[part]->as<std::int64_t>()[i];
    };
    for (std::size_t i = 0; i < groups.size(); ++i) {
      sum_state<Acc> x;
      x.count = number(1, i);
      if constexpr (is_wide) {
        x.sum = of_halves(number(0, i), number(2, i));
        x.carry = number(3, i);
      } else {
        x.sum = partials[0]->as<Acc>()[i];
      }
      states_[static_cast<std::size_t>(groups[i])].merge(x);
    }
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of_groups<In>(type_, groups, [&](std::size_t group) {
      return result_of(states_[group]);
    });
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    return static_cast<std::int64_t>(states_.capacity()
                                     * sizeof(sum_state<Acc>));
  }

private:
  static constexpr bool is_wide = std::is_same_v<Acc, int128>;

  static data_type bigint() {
    return data_type::of(type_kind::bigint).with_nullable(false);
  }

  template <class F>
  column_ptr numbers(std::span<const std::int32_t> groups, F get) const {
    return column_of_groups<std::int64_t>(
        bigint(), groups,
        [&](std::size_t group) { return std::optional(get(states_[group])); });
  }

  std::optional<In> result_of(const sum_state<Acc>& x) const {
    if (x.count <= 0 && kind_ != sum_kind::sum_or_zero)
      return std::nullopt;
    if constexpr (std::is_same_v<Acc, int128>) {
      if (x.carry != 0)
        return std::nullopt;
      decimal_target to{type_.precision(), type_.scale()};
      if (kind_ == sum_kind::average)
        return decimal_divide(x.sum, argument_.scale(), x.count, 0, to);
      return rescale(x.sum, argument_.scale(), to.scale, to.precision);
    } else {
      if (kind_ == sum_kind::average)
        return static_cast<In>(x.sum / static_cast<Acc>(x.count));
      return static_cast<In>(x.sum);
    }
  }

  sum_kind kind_;
  data_type argument_;
  data_type type_;
  std::vector<sum_state<Acc>> states_;
};

} // namespace

std::unique_ptr<accumulator> make_sum(const aggregate_call& call, bool) {
  const auto& argument = call.args[0]->type;
  auto kind = call.name == "AVG"   ? sum_kind::average
              : call.name == "SUM" ? sum_kind::sum
                                   : sum_kind::sum_or_zero;
  switch (argument.storage()) {
  case storage_kind::i8:
    return std::make_unique<sum_accumulator<std::int8_t, std::int64_t>>(
        kind, argument, call.type);
  case storage_kind::i16:
    return std::make_unique<sum_accumulator<std::int16_t, std::int64_t>>(
        kind, argument, call.type);
  case storage_kind::i32:
    return std::make_unique<sum_accumulator<std::int32_t, std::int64_t>>(
        kind, argument, call.type);
  case storage_kind::f32:
    return std::make_unique<sum_accumulator<float, double>>(kind, argument,
                                                            call.type);
  case storage_kind::f64:
    return std::make_unique<sum_accumulator<double, double>>(kind, argument,
                                                             call.type);
  case storage_kind::i128:
    return std::make_unique<sum_accumulator<int128, int128>>(kind, argument,
                                                             call.type);
  default:
    return std::make_unique<sum_accumulator<std::int64_t, std::int64_t>>(
        kind, argument, call.type);
  }
}

} // namespace herald
