#pragma once

#include "engine/expr/value_state.hpp"

// Partials that are multisets: a MAP of values to how often each is there.
// Counts may be negative, while rows that are taken back come first.

namespace herald {

/// Writes such a column, a group after the other.
template <class T>
class counted_map_builder {
public:
  counted_map_builder(data_type type, std::size_t groups)
      : type_(std::move(type)), keys_(make_builder(type_.fields()[0].type)),
        counts_(type_.fields()[1].type) {
    offsets_.reserve(groups + 1);
    offsets_.push_back(0);
  }

  void push(const kept_t<T>& value, std::int64_t count) {
    push_value<T>(*keys_, value);
    counts_.push(count);
  }

  /// Ends a group.
  void close() {
    offsets_.push_back(static_cast<std::int32_t>(counts_.length()));
  }

  column_ptr finish() {
    auto entries = std::make_shared<column>();
    entries->type = type_.element();
    entries->length = counts_.length();
    entries->children = {keys_->finish(), counts_.finish()};
    auto result = std::make_shared<column>();
    result->type = type_;
    result->length = static_cast<std::int64_t>(offsets_.size()) - 1;
    auto bytes = offsets_.size() * sizeof(std::int32_t);
    auto values = allocate_buffer(static_cast<std::int64_t>(bytes));
    std::memcpy(values->mutable_data(), offsets_.data(), bytes);
    result->values = std::move(values);
    result->children = {std::move(entries)};
    return result;
  }

private:
  data_type type_;
  std::unique_ptr<column_builder> keys_;
  fixed_builder<std::int64_t> counts_;
  std::vector<std::int32_t> offsets_;
};

/// Calls `f(group, value, count, entry)` for every entry of such a column,
/// `entry` being its row in the child columns.
template <class T, class F>
void read_counted_map(const column& x, std::span<const std::int32_t> groups,
                      F f) {
  const auto& entries = *x.children[0];
  if (entries.length == 0)
    return;
  value_reader<T> values(*entries.children[0]);
  auto counts = entries.children[1]->as<std::int64_t>();
  auto offsets = x.offsets();
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (auto at = offsets[i]; at < offsets[i + 1]; ++at) {
      auto entry = static_cast<std::size_t>(at);
      f(static_cast<std::size_t>(groups[i]), values[entry], counts[entry],
        entry);
    }
}

} // namespace herald
