#include "engine/expr/counted_map.hpp"

#include <map>

// MIN and MAX. Without retractions a state is the best value so far; with
// them it is every value with its count, in order.

namespace herald {

namespace {

/// True if `a` is the better one. NaN counts as larger than all numbers.
template <bool Max, class T, class U>
bool better(const T& a, const U& b) {
  return Max ? b < a : a < b;
}

template <class T, bool Max>
class extreme_accumulator final : public accumulator {
public:
  explicit extreme_accumulator(data_type type) : type_(std::move(type)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t*) override {
    add_column(*args[0], rows, groups);
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {type_.with_nullable(true)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    return {column_of(type_.with_nullable(true), groups)};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    add_column(*partials[0], nullptr, groups);
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of(type_, groups);
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    auto result = static_cast<std::int64_t>(states_.capacity() * sizeof(state));
    if constexpr (std::is_same_v<T, std::string_view>)
      for (const auto& x : states_)
        result += far_bytes(x.value);
    return result;
  }

private:
  struct state {
    kept_t<T> value{};
    bool known = false;
  };

  void add_column(const column& x, const row_list* rows,
                  std::span<const std::int32_t> groups) {
    if (x.null_count == x.length)
      return;
    value_reader<T> values(x);
    auto* states = states_.data();
    for_each_added(&x, rows, groups, nullptr,
                   [&values, states](std::size_t row, std::size_t group, int) {
                     auto value = values[row];
                     auto& to = states[group];
                     if (to.known && !better<Max>(value, to.value))
                       return;
                     to.value = value;
                     to.known = true;
                   });
  }

  column_ptr column_of(const data_type& type,
                       std::span<const std::int32_t> groups) const {
    return column_of_groups<T>(type, groups, [&](std::size_t group) {
      const auto& x = states_[group];
      return x.known ? std::optional<T>(x.value) : std::nullopt;
    });
  }

  data_type type_;
  std::vector<state> states_;
};

/// With retractions. Partials: a MAP of values to counts.
template <class T, bool Max>
class retractable_extreme final : public accumulator {
public:
  explicit retractable_extreme(data_type type) : type_(std::move(type)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    if (args[0]->null_count == args[0]->length)
      return absl::OkStatus();
    value_reader<T> values(*args[0]);
    for_each_added(args[0].get(), rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     count(group, kept_t<T>(values[row]), sign);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {
        data_type::map(type_.with_nullable(false),
                       data_type::of(type_kind::bigint).with_nullable(false))
            .with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    counted_map_builder<T> out(partial_types()[0], groups.size());
    for (auto group : groups) {
      for (const auto& [value, n] : states_[static_cast<std::size_t>(group)])
        out.push(value, n);
      out.close();
    }
    return {out.finish()};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    read_counted_map<T>(
        *partials[0], groups,
        [&](std::size_t group, T value, std::int64_t n, std::size_t) {
          count(group, kept_t<T>(value), n);
        });
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of_groups<T>(
        type_, groups, [&](std::size_t group) -> std::optional<T> {
          const auto& values = states_[group];
          // A negative count waits for rows that are still to come.
          if constexpr (Max) {
            for (auto at = values.rbegin(); at != values.rend(); ++at)
              if (at->second > 0)
                return at->first;
          } else {
            for (const auto& [value, n] : values)
              if (n > 0)
                return value;
          }
          return std::nullopt;
        });
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)].clear();
  }

  std::int64_t memory_bytes() const override {
    constexpr std::int64_t node_bytes = 48;
    auto result
        = static_cast<std::int64_t>(states_.capacity() * sizeof(states_[0]));
    for (const auto& values : states_)
      for (const auto& [value, n] : values)
        result += node_bytes + std::int64_t{sizeof(value)} + far_bytes(value);
    return result;
  }

private:
  void count(std::size_t group, kept_t<T> value, std::int64_t by) {
    auto& values = states_[group];
    auto [at, is_new] = values.try_emplace(std::move(value), 0);
    at->second += by;
    if (at->second == 0)
      values.erase(at);
  }

  data_type type_;
  std::vector<std::map<kept_t<T>, std::int64_t>> states_;
};

template <bool Max>
std::unique_ptr<accumulator> make(const data_type& type, bool retractable) {
  return with_storage(
      type.storage(), [&](auto example) -> std::unique_ptr<accumulator> {
        using stored = decltype(example);
        if (retractable)
          return std::make_unique<retractable_extreme<stored, Max>>(type);
        return std::make_unique<extreme_accumulator<stored, Max>>(type);
      });
}

} // namespace

std::unique_ptr<accumulator> make_extreme(const aggregate_call& call,
                                          bool retractable) {
  return call.name == "MAX" ? make<true>(call.type, retractable)
                            : make<false>(call.type, retractable);
}

} // namespace herald
