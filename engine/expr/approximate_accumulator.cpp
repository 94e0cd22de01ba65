#include "engine/expr/hyperloglog.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/sketch_accumulator.hpp"

// APPROX_COUNT_DISTINCT: a sketch a group.

namespace herald {

namespace {

class approximate_distinct final : public sketch_accumulator<hyperloglog> {
public:
  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    auto hashes = hash_elements(x);
    for_each_added(&x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int) {
                     states_[group].add(hashes[row]);
                   });
    return absl::OkStatus();
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of_groups<std::int64_t>(
        data_type::of(type_kind::bigint).with_nullable(false), groups,
        [&](std::size_t group) {
          return std::optional(states_[group].estimate());
        });
  }
};

} // namespace

std::unique_ptr<accumulator>
make_approximate_distinct(const aggregate_call& call, bool retractable) {
  if (!retractable)
    return std::make_unique<approximate_distinct>();
  // A sketch forgets what it has seen: only exact counts can go down.
  return make_distinct(call, make_count(call, true));
}

} // namespace herald
