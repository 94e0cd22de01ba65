#pragma once

#include "cep/matcher.hpp"

// A matcher as an operator of a task: one input, the source's rows, divided by
// the rule's keys (a rule without keys runs in one subtask); its output are
// the matches. The rule can be replaced between batches. One thread at a time.

namespace herald {

class match_operator final : public stream_operator {
public:
  explicit match_operator(compiled_rule_ptr rule, matcher_limits limits = {});

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& to) const override;
  absl::Status read(const state_reader& from) override;
  std::int64_t state_bytes() const override;

  /// Goes on with `rule`, whose source has the same rows. Partial matches go
  /// over if `carries_over`; rows that wait for the watermark if the new rule
  /// reads no column that the old one did not. Counters go on.
  absl::Status replace(compiled_rule_ptr rule);

  matcher_counters match_counters() const;

private:
  void count();

  matcher_limits limits_;
  std::unique_ptr<matcher> matcher_;
  matcher_counters before_; ///< of the rules that were replaced
};

} // namespace herald
