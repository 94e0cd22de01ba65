#include "tests/engine/operators/session_model.hpp"

#include <algorithm>
#include <map>

namespace herald::testing {

using output_kind = window_aggregate_spec::window_output;

window_spec session_window() {
  window_spec result;
  result.size_ms = session_gap;
  result.kind = window_kind::session;
  return result;
}

schema_ptr with_bounds(schema layout) {
  for (const auto* name : {"window_start", "window_end", "window_time"})
    layout.fields.push_back({name, time_type()});
  return std::make_shared<schema>(std::move(layout));
}

schema_ptr session_layout(const std::vector<int>& keys) {
  schema result;
  for (auto key : keys)
    result.fields.push_back(
        stream_layout()->fields[static_cast<std::size_t>(key)]);
  for (auto& x : result_fields())
    result.fields.push_back(x);
  return with_bounds(std::move(result));
}

window_aggregate_spec session_spec(std::vector<int> keys) {
  window_aggregate_spec result;
  result.keys = std::move(keys);
  result.calls = model_calls();
  result.window = session_window();
  result.time_column = time_column_index;
  result.outputs = {output_kind::start, output_kind::end, output_kind::time};
  return result;
}

namespace {

literal_values key_of(const literal_values& row, const std::vector<int>& keys) {
  literal_values result;
  for (auto key : keys)
    result.push_back(row[static_cast<std::size_t>(key)]);
  return result;
}

} // namespace

std::vector<row_group> sessions_of(std::vector<literal_values> rows,
                                   const std::vector<int>& keys) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return time_of(a) < time_of(b);
  });
  std::map<std::string, std::vector<row_group>> by_key;
  for (auto& row : rows) {
    auto& sessions = by_key[line_of(key_of(row, keys))];
    if (sessions.empty()
        || time_of(row) - time_of(sessions.back().back()) > session_gap)
      sessions.emplace_back();
    sessions.back().push_back(std::move(row));
  }
  std::vector<row_group> result;
  for (auto& [key, sessions] : by_key)
    for (auto& x : sessions)
      result.push_back(std::move(x));
  return result;
}

void add_bounds(literal_values& line, const row_group& session) {
  const auto end = time_of(session.back()) + session_gap;
  for (auto t : {time_of(session.front()), end, end - 1})
    line.push_back({time_type(), t});
}

std::string session_line(const row_group& session,
                         const std::vector<int>& keys) {
  auto line = key_of(session[0], keys);
  for (auto& value : aggregate_by_hand(session))
    line.push_back(value);
  add_bounds(line, session);
  return line_of(line);
}

std::vector<std::string> aggregate_sessions(std::vector<literal_values> rows,
                                            const std::vector<int>& keys) {
  std::vector<std::string> result;
  for (const auto& session : sessions_of(std::move(rows), keys))
    result.push_back(session_line(session, keys));
  return result;
}

job_graph session_job(const window_aggregate_spec& spec, int parallelism,
                      std::int64_t disorder_ms) {
  return make_job(
      {{stream_layout(), time_column_index, disorder_ms, spec.keys}}, spec,
      session_layout(spec.keys), parallelism);
}

} // namespace herald::testing
