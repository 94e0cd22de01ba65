#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/expr/accumulator.hpp"

#include <string>
#include <vector>

// What aggregates that estimate have in common: a sketch a group, whose partial
// result is its bytes. Used as an accumulator is, on its operator's thread;
// bounded by the groups and what a sketch holds.

namespace herald {

/// `Sketch` is empty when made, and has write(std::string&), which appends;
/// read(std::string_view), false for other bytes; merge(const Sketch&); and
/// memory_bytes().
template <class Sketch>
class sketch_accumulator : public accumulator {
public:
  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
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
    Sketch other;
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (other.read(partials[0]->text(static_cast<std::int64_t>(i))))
        states_[static_cast<std::size_t>(groups[i])].merge(other);
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

protected:
  std::vector<Sketch> states_; ///< by group
};

} // namespace herald
