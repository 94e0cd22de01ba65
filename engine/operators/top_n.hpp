#pragma once

#include "engine/operators/change_list.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/top_n_table.hpp"

#include <map>

// Top-N as a changelog, and of windows once each. A batch is one mini-batch:
// each partition that it touches emits the difference between its ranks
// before and after. With the rank in the output, what changes at a rank is an
// update (-U, +U) of that rank; without it rows come and go (+I, -D), but for
// N = 1, where the one row is updated. A row that is replaced by an equal one
// changes nothing. Partitions that are silent for the time to live are
// forgotten without a word. Bounded as `top_n_table`.

namespace herald {

class top_n_operator final : public stream_operator {
public:
  top_n_operator(top_n_spec spec, const schema_ptr& input, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status resume(output& out) override;

  std::optional<std::int64_t> due_ms() const override {
    return table_.groups().due_ms();
  }

  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  using ranks = std::span<const ranked_row>;

  void add(const ranked_row& x, change kind);
  /// What changes at each rank.
  void compare_ranks(ranks before, ranks after);
  /// Which rows come, go and change their rank.
  void compare_rows(ranks before, ranks after);
  absl::Status emit(output& out);

  top_n_spec spec_;
  schema_ptr layout_;
  top_n_table table_;
  std::vector<ranked_row> before_;  ///< of all touched groups
  std::vector<std::size_t> begins_; ///< of each touched group in `before_`
  std::vector<ranked_row> after_;   ///< of one group
  change_list changes_;
  std::vector<std::int64_t> ranks_; ///< one a change
};

/// Window Top-N: each window's rows are kept apart and leave, ranked, when the
/// watermark passes its end; rows of windows that are over are late.
class window_top_n_operator final : public stream_operator {
public:
  window_top_n_operator(top_n_spec spec, schema_ptr input, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  top_n_table& window_at(event_time end);
  absl::Status fire(const top_n_table& window, output& out);

  top_n_spec spec_;
  schema_ptr input_;
  schema_ptr layout_;
  std::map<event_time, top_n_table> windows_; ///< by end
  event_time fired_ = time_min; ///< windows with this end or less are over
};

} // namespace herald
