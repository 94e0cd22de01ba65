#include "engine/operators/session_changes.hpp"

#include "engine/operators/filter.hpp"
#include "engine/operators/session_aggregate.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>
#include <array>

namespace herald {

namespace {

schema_ptr saved_layout(std::vector<data_type> types, std::size_t numbers,
                        const std::vector<data_type>& rest) {
  types.insert(types.end(), numbers, data_type::of(type_kind::bigint));
  types.insert(types.end(), rest.begin(), rest.end());
  return unnamed_columns(types);
}

/// True if the result depends on the order of the rows: sessions have them in
/// the order of their times, however they came to be.
bool has_order(const aggregate_call& call) {
  constexpr std::array<std::string_view, 6> names
      = {"FIRST_VALUE", "LAST_VALUE",    "LISTAGG",
         "ARRAY_AGG",   "JSON_ARRAYAGG", "JSON_OBJECTAGG"};
  return call.user
         || std::find(names.begin(), names.end(), call.name) != names.end();
}

std::vector<data_type> result_types(const window_aggregate_spec& spec) {
  std::vector<data_type> result;
  for (const auto& call : spec.calls)
    result.push_back(call.type);
  return result;
}

} // namespace

session_changes_operator::session_changes_operator(window_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), gap_ms_(spec_.window.size_ms),
      key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      pieces_(key_types_, gap_ms_, !spec_.input_retracts),
      states_(spec_.calls, spec_.input_retracts),
      totals_(spec_.calls, spec_.input_retracts),
      keeps_totals_(
          spec_.input_retracts && spec_.emit.updates()
          && std::none_of(spec_.calls.begin(), spec_.calls.end(), has_order)),
      given_(result_types(spec_)),
      pieces_layout_(saved_layout(key_types_, 3, states_.partial_types())),
      given_layout_(saved_layout(key_types_, 2, result_types(spec_))) {}

void session_changes_operator::touched_times::add(event_time t,
                                                  std::int64_t gap_ms) {
  const auto next = ranges.upper_bound(t);
  const bool meets_next = next != ranges.end() && next->first - t <= gap_ms;
  if (next != ranges.begin() && t - std::prev(next)->second <= gap_ms) {
    auto& end = std::prev(next)->second;
    end = std::max(end, t);
    if (!meets_next)
      return;
    end = next->second;
    ranges.erase(next);
    return;
  }
  const auto end = meets_next ? next->second : t;
  if (meets_next)
    ranges.erase(next);
  ranges.emplace(t, end);
}

event_time session_changes_operator::closed() const {
  if (watermark_ == time_max)
    return time_max;
  return watermark_ < time_min + spec_.emit.lateness_ms
             ? time_min
             : watermark_ - spec_.emit.lateness_ms;
}

std::int32_t session_changes_operator::place(std::int32_t key, event_time t,
                                             bool back) {
  const auto slot
      = back ? pieces_.take_back(key, t) : pieces_.add(key, t, closed());
  if (slot >= 0 && spec_.emit.updates())
    note(key, t);
  return slot;
}

/// Notes that the sessions around `t` may not be what was given, and when
/// that is to be seen to.
void session_changes_operator::note(std::int32_t key, event_time t) {
  std::vector<given_sessions::entry> given;
  given_.near(key, t, t, gap_ms_, given);
  bool is_late = is_over(t + gap_ms_);
  for (const auto& x : given) {
    const auto end = x.run.last + gap_ms_;
    is_late |= is_over(end);
    deadlines_.emplace(end + spec_.emit.lateness_ms, key);
  }
  // A session that is not over comes up with its end.
  if (!is_late && !spec_.emit.early_ms)
    return;
  auto& x = touched_[key];
  if (auto& listed = is_late ? x.late : x.early; !listed) {
    auto& held = is_late ? late_ : early_;
    held.keys.insert(key);
    if (!held.due)
      held.due = context_.eval.now_ms
                 + (is_late ? spec_.emit.late_ms : *spec_.emit.early_ms);
    listed = true;
  }
  x.add(t, gap_ms_);
}

absl::Status session_changes_operator::process(int, const batch_ptr& rows,
                                               output& out) {
  const auto& time
      = *rows->columns[static_cast<std::size_t>(*spec_.time_column)];
  const auto times = times_of(time);
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, *rows, context_.eval));
  pieces_.find_keys(*rows, spec_.keys, inputs.hashes, keys_);
  row_list taken;
  row_list late;
  slots_.clear();
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto row = static_cast<std::int32_t>(i);
    const bool back = rows->changes && retracts(rows->change_of(row));
    const auto slot = time.is_null(row) ? -1 : place(keys_[i], times[i], back);
    if (slot < 0) {
      late.push_back(row);
      continue;
    }
    taken.push_back(row);
    slots_.push_back(slot);
  }
  HERALD_TRY(drop_late(*rows, late, watermark_, out));
  states_.resize(pieces_.capacity());
  HERALD_TRY(states_.add(*rows, &taken, inputs, slots_));
  HERALD_TRY(add_to_totals(*rows, taken, times, inputs));
  settle();
  forget_empty(keys_);
  return resume(out);
}

/// Adds rows to the sessions that were given, too, whose times they are.
absl::Status session_changes_operator::add_to_totals(
    const batch& rows, const row_list& taken, std::span<const event_time> times,
    const aggregate_inputs& inputs) {
  if (!keeps_totals_)
    return absl::OkStatus();
  row_list which;
  std::vector<std::int32_t> totals;
  for (const auto row : taken) {
    const auto i = static_cast<std::size_t>(row);
    const auto total = given_.total_at(keys_[i], times[i]);
    if (total < 0)
      continue;
    which.push_back(row);
    totals.push_back(total);
  }
  return which.empty() ? absl::OkStatus()
                       : totals_.add(rows, &which, inputs, totals);
}

void session_changes_operator::settle() {
  const auto changed = pieces_.settle();
  for (const auto& x : changed.merges)
    states_.merge(states_.partials(std::span(&x.from, 1)),
                  std::span(&x.into, 1));
  states_.clear(changed.freed);
  for (const auto& [key, t] : changed.gone)
    if (const auto at = touched_.find(key); at != touched_.end())
      at->second.gone.insert(t);
}

/// Forgets those of `keys` of which nothing is left.
void session_changes_operator::forget_empty(std::vector<std::int32_t>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto key : keys)
    if (!pieces_.has_pieces(key) && !touched_.contains(key))
      pieces_.erase_key(key);
}

absl::Status session_changes_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  watermark_ = t;
  const auto lateness = spec_.emit.lateness_ms;
  const auto ended = pieces_.take_ended(t, lateness);
  std::vector<std::int32_t> keys;
  for (const auto& x : ended) {
    touched_[x.key].add(x.at, gap_ms_);
    keys.push_back(x.key);
  }
  for (; !deadlines_.empty() && deadlines_.begin()->first <= t;
       deadlines_.erase(deadlines_.begin()))
    keys.push_back(deadlines_.begin()->second);
  HERALD_TRY(give(std::move(keys), out));
  if (t == time_max)
    HERALD_TRY(flush(out));
  close(ended);
  if (t == time_max)
    return out.advance(t);
  return t < time_min + lateness + 1
             ? absl::OkStatus()
             : out.advance(behind_sessions(t) - lateness);
}

void session_changes_operator::close(
    const std::vector<session_pieces::ended_run>& ended) {
  std::vector<std::int32_t> slots;
  std::vector<std::int32_t> totals;
  std::vector<std::int32_t> keys;
  for (const auto& x : ended) {
    if (!x.closes)
      continue;
    const auto run = pieces_.erase_run(x.key, x.at, slots);
    totals.push_back(given_.erase(run.key, run.first));
    keys.push_back(x.key);
  }
  states_.clear(slots);
  free_totals(totals);
  given_.reclaim();
  forget_empty(keys);
}

absl::Status session_changes_operator::resume(output& out) {
  const auto now = context_.eval.now_ms;
  for (auto* held : {&early_, &late_})
    if (held->due && *held->due <= now)
      HERALD_TRY(give_held(*held, out));
  return absl::OkStatus();
}

absl::Status session_changes_operator::drained(output& out) {
  return resume(out);
}

/// So that what was given is what is there when the state is written.
absl::Status session_changes_operator::flush(output& out) {
  HERALD_TRY(give_held(early_, out));
  return give_held(late_, out);
}

std::optional<std::int64_t> session_changes_operator::due_ms() const {
  if (early_.due && late_.due)
    return std::min(*early_.due, *late_.due);
  return early_.due ? early_.due : late_.due;
}

} // namespace herald
