#include "engine/columnar/builder.hpp"
#include "engine/expr/accumulator.hpp"
#include "engine/expr/hyperloglog.hpp"
#include "engine/expr/list_arg.hpp"

// APPROX_COUNT_DISTINCT: a sketch a group.

namespace herald {

namespace {

class approximate_distinct final : public accumulator {
public:
  void resize(std::int64_t groups) override {
    if (static_cast<std::size_t>(groups) > states_.size())
      states_.resize(static_cast<std::size_t>(groups));
  }

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
    hyperloglog other;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (other.read(partials[0]->text(static_cast<std::int64_t>(i))))
        states_[static_cast<std::size_t>(groups[i])].merge(other);
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of_groups<std::int64_t>(
        data_type::of(type_kind::bigint).with_nullable(false), groups,
        [&](std::size_t group) {
          return std::optional(states_[group].estimate());
        });
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
  std::vector<hyperloglog> states_;
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
