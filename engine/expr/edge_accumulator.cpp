#include "engine/expr/value_state.hpp"

// FIRST_VALUE and LAST_VALUE of rows that only come, in order of arrival;
// NULLs do not count. With retractions see list_accumulator.cpp.

namespace herald {

namespace {

template <class T, bool Last>
class edge_accumulator final : public accumulator {
public:
  explicit edge_accumulator(data_type type) : type_(type.with_nullable(true)) {}

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
    return {type_};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    return {result(groups)};
  }

  /// What is merged came after what is here.
  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    add_column(*partials[0], nullptr, groups);
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return column_of_groups<T>(type_, groups, [&](std::size_t group) {
      const auto& x = states_[group];
      return x ? std::optional<T>(*x) : std::nullopt;
    });
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)].reset();
  }

  std::int64_t memory_bytes() const override {
    auto result
        = static_cast<std::int64_t>(states_.capacity() * sizeof(states_[0]));
    for (const auto& x : states_)
      if (x)
        result += far_bytes(*x);
    return result;
  }

private:
  void add_column(const column& x, const row_list* rows,
                  std::span<const std::int32_t> groups) {
    if (x.null_count == x.length)
      return;
    value_reader<T> values(x);
    for_each_added(&x, rows, groups, nullptr,
                   [&](std::size_t row, std::size_t group, int) {
                     auto& to = states_[group];
                     if (Last || !to)
                       to = kept_t<T>(values[row]);
                   });
  }

  data_type type_;
  std::vector<std::optional<kept_t<T>>> states_;
};

} // namespace

std::unique_ptr<accumulator> make_edge(const aggregate_call& call,
                                       bool retractable) {
  if (retractable || call.type.is_nested())
    return make_list(call, retractable);
  return with_storage(
      call.type.storage(), [&](auto example) -> std::unique_ptr<accumulator> {
        using stored = decltype(example);
        if (call.name == "LAST_VALUE")
          return std::make_unique<edge_accumulator<stored, true>>(call.type);
        return std::make_unique<edge_accumulator<stored, false>>(call.type);
      });
}

} // namespace herald
