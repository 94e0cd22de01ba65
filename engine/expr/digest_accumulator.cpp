#include "engine/expr/sketch_accumulator.hpp"
#include "engine/expr/tdigest.hpp"

// APPROX_PERCENTILE: a t-digest a group.

namespace herald {

namespace {

class digest_accumulator final : public sketch_accumulator<tdigest> {
public:
  explicit digest_accumulator(const aggregate_call& call)
      : type_(call.type.with_nullable(true)), fractions_(fractions_of(call)) {}

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    if (x.null_count == x.length)
      return absl::OkStatus();
    auto values = x.as<double>();
    for_each_added(&x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int) {
                     states_[group].add(values[row]);
                   });
    return absl::OkStatus();
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    for (auto group : groups) {
      const auto& state = states_[static_cast<std::size_t>(group)];
      if (state.count() == 0) {
        builder->append_null();
        continue;
      }
      const auto values = state.quantiles(fractions_);
      if (type_.kind() != type_kind::array) {
        builder->append({type_, values[0]});
        continue;
      }
      std::vector<scalar> list;
      for (auto value : values)
        list.push_back({type_.fields()[0].type, value});
      builder->append({type_, std::move(list)});
    }
    return builder->finish();
  }

private:
  data_type type_;
  std::vector<double> fractions_;
};

} // namespace

std::unique_ptr<accumulator>
make_approximate_percentile(const aggregate_call& call, bool retractable) {
  if (!retractable)
    return std::make_unique<digest_accumulator>(call);
  // A digest forgets what it has seen: only exact ones can go down.
  return make_percentile(call, true);
}

} // namespace herald
