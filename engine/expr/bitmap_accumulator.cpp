#include "engine/expr/counted_map.hpp"
#include "engine/expr/roaring.hpp"

#include <algorithm>

#include <absl/container/flat_hash_map.h>

// The BITMAP aggregates. Each value is kept with the number of rows that have
// it, which serves all of them and lets rows be taken back: a value is in the
// result if any row has it, if all have it, or if an odd number has.

namespace herald {

namespace {

enum class membership : std::uint8_t { any, all, odd };

class bitmap_accumulator final : public accumulator {
public:
  bitmap_accumulator(const aggregate_call& call, membership rule)
      : type_(call.type.with_nullable(true)), rule_(rule) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    if (x.null_count == x.length)
      return absl::OkStatus();
    auto is_number = x.type.kind() == type_kind::integer;
    for_each_added(&x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     auto& state = states_[group];
                     state.rows += sign;
                     if (is_number) {
                       change(state, x.as<std::int32_t>()[row], sign);
                       return;
                     }
                     auto values
                         = read_roaring(x.text(static_cast<std::int64_t>(row)));
                     for (auto value : values.value_or(value_set{}))
                       change(state, static_cast<std::int32_t>(value), sign);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    auto count = data_type::of(type_kind::bigint).with_nullable(false);
    auto value = data_type::of(type_kind::integer).with_nullable(false);
    return {data_type::map(value, count).with_nullable(false), count};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    counted_map_builder<std::int32_t> out(partial_types()[0], groups.size());
    fixed_builder<std::int64_t> rows(partial_types()[1]);
    for (auto group : groups) {
      const auto& state = states_[static_cast<std::size_t>(group)];
      for (auto [value, count] : state.counts)
        out.push(value, count);
      out.close();
      rows.push(state.rows);
    }
    return {out.finish(), rows.finish()};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    auto rows = partials[1]->as<std::int64_t>();
    for (std::size_t i = 0; i < groups.size(); ++i)
      states_[static_cast<std::size_t>(groups[i])].rows += rows[i];
    read_counted_map<std::int32_t>(
        *partials[0], groups,
        [&](std::size_t group, std::int32_t value, std::int64_t count,
            std::size_t) { change(states_[group], value, count); });
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    std::string bytes;
    for (auto group : groups) {
      const auto& state = states_[static_cast<std::size_t>(group)];
      if (state.rows <= 0) {
        builder->append_null();
        continue;
      }
      auto values = members(state);
      if (type_.kind() == type_kind::bigint) {
        builder->append({type_, static_cast<std::int64_t>(values.size())});
        continue;
      }
      bytes.clear();
      append_roaring(bytes, values);
      builder->append({type_, bytes});
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
      result += static_cast<std::int64_t>(state.counts.capacity()
                                          * (sizeof(counted::value_type) + 1));
    return result;
  }

private:
  using counted = absl::flat_hash_map<std::int32_t, std::int64_t>;

  struct state_type {
    counted counts;
    std::int64_t rows = 0;
  };

  static void change(state_type& state, std::int32_t value, std::int64_t by) {
    auto [at, is_new] = state.counts.emplace(value, 0);
    at->second += by;
    if (at->second == 0)
      state.counts.erase(at);
  }

  value_set members(const state_type& state) const {
    value_set result;
    for (auto [value, count] : state.counts) {
      auto is_in = rule_ == membership::any   ? count > 0
                   : rule_ == membership::all ? count == state.rows
                                              : count % 2 != 0;
      if (is_in)
        result.push_back(static_cast<std::uint32_t>(value));
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  data_type type_;
  membership rule_;
  std::vector<state_type> states_;
};

} // namespace

std::unique_ptr<accumulator> make_bitmap(const aggregate_call& call, bool) {
  auto rule = call.name.starts_with("BITMAP_AND")   ? membership::all
              : call.name.starts_with("BITMAP_XOR") ? membership::odd
                                                    : membership::any;
  return std::make_unique<bitmap_accumulator>(call, rule);
}

} // namespace herald
