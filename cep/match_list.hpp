#pragma once

#include "cep/run_table.hpp"

#include <vector>

// Matches of one batch that were found and not yet given out, and the gather
// of what expressions over several events read. One thread at a time; the
// owner emits before `matches_max` is passed by much.

namespace herald {

/// Matches held at once: bounds the memory of a batch that has very many.
constexpr std::size_t matches_max = 1 << 16;

/// Rows of a batch of matches, as of any batch of a stream.
constexpr std::size_t emit_rows_max = 4096;

/// The columns of `inputs` for pairs of a current event (row `rows[i]` of
/// `current`) and earlier ones (`number(i, step)` among the captures).
template <class Number>
std::vector<column_ptr>
gather_inputs(const joint_input& inputs, const batch& current,
              const row_list& rows, const run_table& runs, Number number) {
  std::vector<column_ptr> result;
  std::vector<std::int32_t> numbers(rows.size());
  for (auto [step, slot] : inputs.columns) {
    auto column = static_cast<std::size_t>(slot);
    if (step < 0) {
      result.push_back(take(*current.columns[column], rows));
      continue;
    }
    auto taken = static_cast<std::size_t>(step);
    for (std::size_t i = 0; i < rows.size(); ++i)
      numbers[i] = number(i, taken);
    result.push_back(runs.captures(taken).gather(column, numbers));
  }
  return result;
}

class match_list {
public:
  explicit match_list(const compiled_rule& rule);

  /// Takes run `x`, which event `row` completes.
  void add(const run_table& runs, run_id x, std::int32_t row);

  /// Takes a match of one event.
  void add(event_time first, std::int32_t row);

  std::size_t size() const {
    return rows_.size();
  }

  /// Emits all in order of their last event, then of their first, and is
  /// empty. `current` has the last events.
  absl::Status emit(const batch& current, const run_table& runs,
                    const eval_context& context, output& out);

private:
  absl::Status emit_part(const batch& current, const run_table& runs,
                         const eval_context& context,
                         std::span<const std::int32_t> which, output& out);

  const compiled_rule& rule_;
  std::size_t depth_;
  row_list rows_;
  std::vector<event_time> firsts_;
  std::vector<std::int32_t> events_; ///< `depth_` a match
};

} // namespace herald
