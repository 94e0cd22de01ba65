#include "cep/match_operator.hpp"

#include "cep/memory_state.hpp"
#include "engine/common/check.hpp"

namespace herald {

match_operator::match_operator(compiled_rule_ptr rule, matcher_limits limits)
    : limits_(limits),
      matcher_(std::make_unique<matcher>(std::move(rule), limits)) {}

absl::Status match_operator::process(int input, const batch_ptr& rows,
                                     output& out) {
  HERALD_CHECK_EQ(input, 0);
  if (rows->changes)
    return user_error("the source of a rule takes rows back or changes them",
                      "a rule needs a source whose rows are events");
  matcher_->set_context(context_.eval);
  HERALD_TRY(matcher_->process(rows, out));
  count();
  return absl::OkStatus();
}

absl::Status match_operator::advance(event_time t, output& out) {
  matcher_->set_context(context_.eval);
  HERALD_TRY(matcher_->advance(t, out));
  count();
  return out.advance(t);
}

absl::Status match_operator::write(state_writer& to) const {
  return matcher_->write(to, context_.key_groups_owned());
}

absl::Status match_operator::read(const state_reader& from) {
  return matcher_->read(from, context_.key_groups_owned());
}

std::int64_t match_operator::state_bytes() const {
  return matcher_->state_bytes();
}

absl::Status match_operator::replace(compiled_rule_ptr rule) {
  const auto& old = matcher_->rule();
  auto fresh = std::make_unique<matcher>(rule, limits_);
  auto owned = context_.key_groups_owned();
  if (reads_no_more(old, *rule)) {
    memory_state state;
    HERALD_TRY(matcher_->write(state, owned));
    HERALD_TRY(carries_over(old, *rule) ? fresh->read(state, owned)
                                        : fresh->read_pending(state, owned));
  }
  before_ = match_counters();
  before_.partial_matches = 0;
  matcher_ = std::move(fresh);
  return absl::OkStatus();
}

matcher_counters match_operator::match_counters() const {
  auto result = matcher_->counters();
  result.events += before_.events;
  result.matches += before_.matches;
  result.late += before_.late;
  result.dropped += before_.dropped;
  return result;
}

void match_operator::count() {
  auto now = match_counters();
  counters_.rows_late = now.late;
}

} // namespace herald
