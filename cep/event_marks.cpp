#include "cep/event_marks.hpp"

#include "engine/expr/validity.hpp"

#include <algorithm>

namespace herald {

event_marks::event_marks(const compiled_rule& rule) : rule_(rule) {
  for (const auto& step : rule.steps)
    strict_ = strict_ || step.follows == contiguity::strict;
}

absl::Status event_marks::add_step(const batch& rows, std::size_t step,
                                   const eval_context& context) {
  auto bit = std::uint32_t{1} << step;
  const auto& own = rule_.steps[step].own;
  auto always = own == nullptr;
  if (!always) {
    HERALD_ASSIGN(auto value, evaluate(*own, rows, context));
    const auto& flags = *value.column;
    if (!value.constant) {
      for (std::int64_t word = 0; word * 64 < rows.rows; ++word) {
        auto set = bit_word(flags.values.get(), word, rows.rows)
                   & bit_word(flags.validity.get(), word, rows.rows);
        auto count = rows.rows - word * 64;
        if (count < 64)
          set &= (std::uint64_t{1} << count) - 1;
        for (; set != 0; set &= set - 1)
          masks_[static_cast<std::size_t>(word * 64 + __builtin_ctzll(set))]
              |= bit;
      }
      return absl::OkStatus();
    }
    always = !flags.is_null(0) && flags.bit(0);
  }
  if (always)
    for (auto& mask : masks_)
      mask |= bit;
  return absl::OkStatus();
}

absl::Status event_marks::mark(const batch& rows, event_keys& keys,
                               const eval_context& context) {
  masks_.assign(static_cast<std::size_t>(rows.rows), 0);
  for (std::size_t step = 0; step < rule_.steps.size(); ++step)
    HERALD_TRY(add_step(rows, step, context));
  starts_.clear();
  others_.clear();
  for (std::size_t i = 0; i < masks_.size(); ++i) {
    if ((masks_[i] & 1) != 0)
      starts_.push_back(static_cast<std::int32_t>(i));
    else if (masks_[i] != 0 || strict_)
      others_.push_back(static_cast<std::int32_t>(i));
  }
  start_groups_.clear();
  other_groups_.clear();
  if (starts_.empty() && others_.empty())
    return absl::OkStatus();
  keys.set_rows(rows);
  keys.find_or_insert(rows, starts_, start_groups_);
  keys.find(rows, others_, other_groups_);
  return absl::OkStatus();
}

} // namespace herald
