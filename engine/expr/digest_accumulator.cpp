#include "engine/columnar/builder.hpp"
#include "engine/expr/accumulator.hpp"
#include "engine/expr/tdigest.hpp"

// APPROX_PERCENTILE: a t-digest a group.

namespace herald {

namespace {

class digest_accumulator final : public accumulator {
public:
  explicit digest_accumulator(const aggregate_call& call)
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
    for_each_added(&x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int) {
                     states_[group].add(values[row]);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {data_type::of(type_kind::varbinary).with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    text_builder out(partial_types()[0]);
    std::string bytes;
    for (auto group : groups) {
      bytes.clear();
      states_[static_cast<std::size_t>(group)].write(bytes);
      out.push(bytes);
    }
    return {out.finish()};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    tdigest other;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (other.read(partials[0]->text(static_cast<std::int64_t>(i))))
        states_[static_cast<std::size_t>(groups[i])].merge(other);
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

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    std::int64_t result = 0;
    for (const auto& state : states_)
      result += state.memory_bytes();
    return result;
  }

private:
  data_type type_;
  std::vector<double> fractions_;
  std::vector<tdigest> states_;
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
