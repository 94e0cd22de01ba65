#include "engine/operators/session_aggregate.hpp"

#include "engine/operators/filter.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

constexpr std::string_view sessions_table = "sessions";

data_type saved_time() {
  return data_type::of(type_kind::bigint).with_nullable(false);
}

schema_ptr saved_layout(std::vector<data_type> types,
                        const std::vector<data_type>& partials) {
  types.insert(types.end(), 2, saved_time());
  types.insert(types.end(), partials.begin(), partials.end());
  return unnamed_columns(types);
}

} // namespace

session_aggregate_operator::session_aggregate_operator(
    window_aggregate_spec spec, const schema& input_layout, schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)),
      index_(types_of(input_layout, spec_.keys), spec_.window.size_ms),
      states_(spec_.calls, false),
      state_layout_(saved_layout(types_of(input_layout, spec_.keys),
                                 states_.partial_types())) {}

absl::Status session_aggregate_operator::process(int, const batch_ptr& rows,
                                                 output& out) {
  const auto& time
      = *rows->columns[static_cast<std::size_t>(*spec_.time_column)];
  const auto times = times_of(time);
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, *rows, context_.eval));
  const auto merges = index_.assign(*rows, spec_.keys, inputs.hashes, time,
                                    times, watermark_, sessions_);
  states_.resize(index_.capacity());
  for (const auto& x : merges) {
    states_.merge(states_.partials(std::span(&x.from, 1)),
                  std::span(&x.into, 1));
    states_.clear(std::span(&x.from, 1));
  }
  if (std::find(sessions_.begin(), sessions_.end(), -1) == sessions_.end())
    return states_.add(*rows, nullptr, inputs, sessions_);
  row_list taken;
  row_list late;
  std::vector<std::int32_t> groups;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    const auto row = static_cast<std::int32_t>(i);
    if (sessions_[i] < 0) {
      late.push_back(row);
      continue;
    }
    taken.push_back(row);
    groups.push_back(sessions_[i]);
  }
  HERALD_TRY(drop_late(*rows, late, watermark_, out));
  return states_.add(*rows, &taken, inputs, groups);
}

absl::Status session_aggregate_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  watermark_ = t;
  const auto over = index_.take_over(t);
  std::span<const std::int32_t> rest = over;
  while (!rest.empty()) {
    const auto part = rest.first(
        std::min(rest.size(), static_cast<std::size_t>(context_.batch_rows)));
    rest = rest.subspan(part.size());
    HERALD_TRY(emit(part, out));
  }
  states_.clear(over);
  index_.erase(over);
  return out.advance(behind_sessions(t));
}

absl::Status
session_aggregate_operator::emit(std::span<const std::int32_t> sessions,
                                 output& out) {
  auto columns = index_.keys(sessions);
  for (auto& x : states_.results(sessions))
    columns.push_back(std::move(x));
  for (auto kind : spec_.outputs) {
    using output_kind = window_aggregate_spec::window_output;
    std::vector<event_time> times;
    times.reserve(sessions.size());
    for (auto x : sessions)
      times.push_back(kind == output_kind::start ? index_.first(x)
                      : kind == output_kind::end ? index_.end(x)
                                                 : index_.end(x) - 1);
    columns.push_back(time_column(layout_->fields[columns.size()].type, times));
  }
  HERALD_TRY(states_.status());
  const auto count = static_cast<std::int64_t>(sessions.size());
  return out.emit(make_batch(layout_, std::move(columns), count));
}

absl::Status session_aggregate_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  const auto times_column = [&](auto get, std::span<const std::int32_t> part) {
    std::vector<event_time> times;
    for (auto x : part)
      times.push_back(get(x));
    return time_column(data_type::timestamp(3), times);
  };
  return for_each_part(index_.by_key_group(), [&](int k, auto part) {
    auto columns = index_.keys(part);
    for (auto get : {&session_index::first, &session_index::last}) {
      auto column = std::make_shared<struct column>(*times_column(
          [&](std::int32_t x) { return (index_.*get)(x); }, part));
      column->type = saved_time();
      columns.push_back(std::move(column));
    }
    for (auto& x : states_.partials(part))
      columns.push_back(std::move(x));
    return writer.put(sessions_table, k,
                      *make_batch(state_layout_, std::move(columns),
                                  static_cast<std::int64_t>(part.size())));
  });
}

absl::Status session_aggregate_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  std::vector<int> keys(spec_.keys.size());
  std::iota(keys.begin(), keys.end(), 0);
  return reader.read(sessions_table, owned, [&](int, const batch_ptr& saved) {
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved->rows));
    hash_rows(*saved, keys, hashes);
    index_.open(*saved, keys, hashes,
                saved->columns[keys.size()]->as<event_time>(),
                saved->columns[keys.size() + 1]->as<event_time>(), sessions_);
    states_.resize(index_.capacity());
    states_.merge(
        {saved->columns.begin() + static_cast<std::ptrdiff_t>(keys.size()) + 2,
         saved->columns.end()},
        sessions_);
    return absl::OkStatus();
  });
}

std::int64_t session_aggregate_operator::state_bytes() const {
  return index_.memory_bytes() + states_.memory_bytes();
}

} // namespace herald
