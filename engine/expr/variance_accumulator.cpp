#include "engine/expr/accumulator.hpp"
#include "engine/expr/decimal_math.hpp"

#include <cmath>
#include <limits>

// VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP over DOUBLEs, to which the
// argument is cast. Keeps count, mean and the sum of squared differences from
// the mean (Welford 1962; merged as by Chan et al. 1979), which does not
// cancel as sums of squares do.

namespace herald {

namespace {

struct moments {
  std::int64_t count = 0;
  double mean = 0;
  double squares = 0; ///< sum of (x - mean)^2

  void add(double x) {
    ++count;
    auto delta = x - mean;
    mean += delta / static_cast<double>(count);
    squares += delta * (x - mean);
  }

  void take_back(double x) {
    if (--count == 0) {
      *this = {};
      return;
    }
    auto before = mean;
    mean -= (x - mean) / static_cast<double>(count);
    squares -= (x - mean) * (x - before);
  }

  void merge(const moments& x) {
    if (x.count == 0)
      return;
    auto total = count + x.count;
    if (total == 0) {
      *this = {};
      return;
    }
    auto delta = x.mean - mean;
    auto share = static_cast<double>(x.count) / static_cast<double>(total);
    squares += x.squares + delta * delta * static_cast<double>(count) * share;
    mean += delta * share;
    count = total;
  }
};

class variance_accumulator final : public accumulator {
public:
  explicit variance_accumulator(const aggregate_call& call)
      : sample_(call.name.ends_with("SAMP") || call.name == "STDDEV"
                || call.name == "VARIANCE"),
        root_(call.name.starts_with("STDDEV")), type_(call.type) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto* values = args[0]->as<double>().data();
    auto* states = states_.data();
    for_each_added(args[0].get(), rows, groups, changes,
                   [=](std::size_t row, std::size_t group, int sign) {
                     if (sign > 0)
                       states[group].add(values[row]);
                     else
                       states[group].take_back(values[row]);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    auto real = data_type::of(type_kind::float64).with_nullable(false);
    return {data_type::of(type_kind::bigint).with_nullable(false), real, real};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    auto types = partial_types();
    return {column_of_groups<std::int64_t>(
                types[0], groups,
                [&](std::size_t i) { return std::optional(states_[i].count); }),
            column_of_groups<double>(
                types[1], groups,
                [&](std::size_t i) { return std::optional(states_[i].mean); }),
            column_of_groups<double>(types[2], groups, [&](std::size_t i) {
              return std::optional(states_[i].squares);
            })};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    for (std::size_t i = 0; i < groups.size(); ++i)
      states_[static_cast<std::size_t>(groups[i])].merge(
          {partials[0]->as<std::int64_t>()[i], partials[1]->as<double>()[i],
           partials[2]->as<double>()[i]});
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    switch (type_.storage()) {
    case storage_kind::i8:
      return whole<std::int8_t>(groups);
    case storage_kind::i16:
      return whole<std::int16_t>(groups);
    case storage_kind::i32:
      return whole<std::int32_t>(groups);
    case storage_kind::i64:
      return whole<std::int64_t>(groups);
    case storage_kind::i128:
      return column_of_groups<int128>(
          type_, groups, [&](std::size_t i) -> std::optional<int128> {
            auto x = value(states_[i]);
            return x ? double_to_decimal(*x, {type_.precision(), type_.scale()})
                     : std::nullopt;
          });
    case storage_kind::f32:
      return column_of_groups<float>(
          type_, groups, [&](std::size_t i) { return value(states_[i]); });
    default:
      return column_of_groups<double>(
          type_, groups, [&](std::size_t i) { return value(states_[i]); });
    }
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    return static_cast<std::int64_t>(states_.capacity() * sizeof(moments));
  }

private:
  std::optional<double> value(const moments& x) const {
    auto divisor = x.count - (sample_ ? 1 : 0);
    if (divisor <= 0)
      return std::nullopt;
    auto variance = x.squares / static_cast<double>(divisor);
    // Taking rows back may leave a hair below zero.
    if (variance < 0)
      variance = 0;
    return root_ ? std::sqrt(variance) : variance;
  }

  /// Integer results are cut, as Flink's; they stop at the limits of INT or
  /// BIGINT, and shorter ones wrap. A hair below a whole number counts as it.
  template <class T>
  column_ptr whole(std::span<const std::int32_t> groups) const {
    using wide = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
    return column_of_groups<T>(
        type_, groups, [&](std::size_t i) -> std::optional<T> {
          auto x = value(states_[i]);
          if (!x)
            return std::nullopt;
          auto cut = std::floor(*x * (1 + 1e-14));
          if (cut >= static_cast<double>(std::numeric_limits<wide>::max()))
            return static_cast<T>(std::numeric_limits<wide>::max());
          return static_cast<T>(static_cast<wide>(cut));
        });
  }

  bool sample_;
  bool root_;
  data_type type_;
  std::vector<moments> states_;
};

} // namespace

std::unique_ptr<accumulator> make_variance(const aggregate_call& call, bool) {
  return std::make_unique<variance_accumulator>(call);
}

} // namespace herald
