#include "engine/expr/accumulator.hpp"

namespace herald {

namespace {

/// COUNT(*) and COUNT(x).
class count_accumulator final : public accumulator {
public:
  void resize(std::int64_t groups) override {
    resize_states(counts_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    auto* counts = counts_.data();
    for_each_added(args.empty() ? nullptr : args[0].get(), rows, groups,
                   changes, [counts](std::size_t, std::size_t group, int sign) {
                     counts[group] += sign;
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {data_type::of(type_kind::bigint).with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    return {counts_of_groups(groups, counts_)};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    auto counts = partials[0]->as<std::int64_t>();
    for (std::size_t i = 0; i < groups.size(); ++i)
      counts_[static_cast<std::size_t>(groups[i])] += counts[i];
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return counts_of_groups(groups, counts_);
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      counts_[static_cast<std::size_t>(group)] = 0;
  }

  std::int64_t memory_bytes() const override {
    return static_cast<std::int64_t>(counts_.capacity() * sizeof(std::int64_t));
  }

private:
  std::vector<std::int64_t> counts_;
};

} // namespace

std::unique_ptr<accumulator> make_count(const aggregate_call&, bool) {
  return std::make_unique<count_accumulator>();
}

} // namespace herald
