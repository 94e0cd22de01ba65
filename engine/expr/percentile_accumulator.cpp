#include "engine/expr/counted_map.hpp"
#include "engine/expr/counted_order.hpp"

#include <cmath>

// PERCENTILE: the exact value, between two values in proportion. Keeps how
// often each value is there, in order, so that rows can be taken back.

namespace herald {

namespace {

class percentile_accumulator final : public accumulator {
public:
  explicit percentile_accumulator(const aggregate_call& call)
      : type_(call.type.with_nullable(true)), fractions_(fractions_of(call)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    if (x.null_count == x.length)
      return absl::OkStatus();
    auto values = x.as<double>();
    const auto* times = args.size() > 2 ? args[2].get() : nullptr;
    for_each_added(&x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     auto at = static_cast<std::int64_t>(row);
                     auto& state = states_[group];
                     if (times == nullptr)
                       state.change(values[row], sign);
                     else if (!times->is_null(at))
                       state.change(values[row],
                                    sign * times->as<std::int64_t>()[row]);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {
        data_type::map(data_type::of(type_kind::float64).with_nullable(false),
                       data_type::of(type_kind::bigint).with_nullable(false))
            .with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    counted_map_builder<double> out(partial_types()[0], groups.size());
    for (auto group : groups) {
      states_[static_cast<std::size_t>(group)].for_each(
          [&](const auto& x) { out.push(x.value, x.count); });
      out.close();
    }
    return {out.finish()};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    read_counted_map<double>(
        *partials[0], groups,
        [&](std::size_t group, double value, std::int64_t count, std::size_t) {
          states_[group].change(value, count);
        });
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    for (auto group : groups) {
      const auto& state = states_[static_cast<std::size_t>(group)];
      if (state.total() <= 0)
        builder->append_null();
      else if (type_.kind() != type_kind::array)
        builder->append({type_, at_fraction(state, fractions_[0])});
      else
        builder->append({type_, at_fractions(state)});
    }
    return builder->finish();
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    auto result
        = static_cast<std::int64_t>(states_.capacity() * sizeof(states_[0]));
    for (const auto& state : states_)
      result += state.memory_bytes();
    return result;
  }

private:
  static double at_fraction(const counted_order& state, double fraction) {
    // From 1, as Flink counts: the last digits of the result depend on it.
    auto place = static_cast<double>(state.total() - 1) * fraction + 1;
    auto below = std::floor(place);
    auto low = state.at_rank(static_cast<std::int64_t>(below) - 1);
    if (below == place)
      return low;
    auto high = state.at_rank(static_cast<std::int64_t>(below));
    return (std::ceil(place) - place) * low + (place - below) * high;
  }

  std::vector<scalar> at_fractions(const counted_order& state) const {
    std::vector<scalar> result;
    for (auto fraction : fractions_)
      result.push_back({type_.fields()[0].type, at_fraction(state, fraction)});
    return result;
  }

  data_type type_;
  std::vector<double> fractions_;
  std::vector<counted_order> states_;
};

} // namespace

std::vector<double> fractions_of(const aggregate_call& call) {
  const auto& fraction = call.args[1]->literal;
  if (call.type.kind() != type_kind::array)
    return {std::get<double>(fraction.value)};
  std::vector<double> result;
  for (const auto& x : std::get<std::vector<scalar>>(fraction.value))
    result.push_back(std::get<double>(x.value));
  return result;
}

std::unique_ptr<accumulator> make_percentile(const aggregate_call& call, bool) {
  return std::make_unique<percentile_accumulator>(call);
}

} // namespace herald
