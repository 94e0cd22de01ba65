#include "tests/engine/operators/window_model.hpp"

#include <map>

namespace herald::testing {

using output_kind = window_aggregate_spec::window_output;

schema_ptr window_layout(const std::vector<int>& keys) {
  schema result;
  for (auto key : keys)
    result.fields.push_back(
        stream_layout()->fields[static_cast<std::size_t>(key)]);
  for (auto& x : result_fields())
    result.fields.push_back(x);
  result.fields.push_back({"window_start", time_type()});
  result.fields.push_back({"window_end", time_type()});
  result.fields.push_back({"window_time", time_type()});
  return std::make_shared<schema>(std::move(result));
}

window_aggregate_spec spec_of(window_spec window, std::vector<int> keys) {
  window_aggregate_spec result;
  result.keys = std::move(keys);
  result.calls = model_calls();
  result.window = window;
  result.time_column = time_column_index;
  result.outputs = {output_kind::start, output_kind::end, output_kind::time};
  return result;
}

std::vector<bounds> windows_of(std::int64_t t, const window_spec& window) {
  const bool grows = window.kind == window_kind::cumulate;
  const auto step = grows ? window.size_ms : window.slide_ms;
  std::vector<bounds> result;
  for (auto start = window.offset_ms - 1'000 * step; start <= t; start += step)
    for (auto end = start + (grows ? window.slide_ms : window.size_ms);
         end <= start + window.size_ms; end += window.slide_ms)
      if (t < end)
        result.emplace_back(start, end);
  return result;
}

std::vector<std::string>
aggregate_windows(const std::vector<literal_values>& rows,
                  const window_spec& window, const std::vector<int>& keys,
                  const std::vector<std::int64_t>& fired) {
  using group = std::pair<literal_values, std::vector<literal_values>>;
  std::map<std::pair<bounds, std::string>, group> groups;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    literal_values key;
    for (auto k : keys)
      key.push_back(rows[i][static_cast<std::size_t>(k)]);
    for (auto x : windows_of(time_of(rows[i]), window)) {
      if (!fired.empty() && x.second <= fired[i])
        continue;
      auto& at = groups[{x, line_of(key)}];
      at.first = key;
      at.second.push_back(rows[i]);
    }
  }
  std::vector<std::string> result;
  for (auto& [place, x] : groups) {
    auto line = x.first;
    for (auto& value : aggregate_by_hand(x.second))
      line.push_back(value);
    const auto [start, end] = place.first;
    for (auto t : {start, end, end - 1})
      line.push_back({time_type(), t});
    result.push_back(line_of(line));
  }
  return result;
}

std::vector<literal_values> values_of(const std::vector<stream_event>& x) {
  std::vector<literal_values> result;
  for (const auto& event : x)
    result.push_back(event.values);
  return result;
}

job_graph window_job(const window_aggregate_spec& spec, int parallelism,
                     std::int64_t disorder_ms) {
  return make_job(
      {{stream_layout(), time_column_index, disorder_ms, spec.keys}}, spec,
      window_layout(spec.keys), parallelism);
}

window_spec cumulate(std::int64_t size, std::int64_t step,
                     std::int64_t offset) {
  return {size, step, offset, window_kind::cumulate};
}

std::vector<std::int64_t> fired_before(const std::vector<stream_event>& events,
                                       std::int64_t batch_rows,
                                       std::int64_t disorder_ms,
                                       std::int64_t lateness_ms) {
  std::vector<std::int64_t> result;
  auto watermark = time_min;
  auto highest = time_min;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (static_cast<std::int64_t>(i) % batch_rows == 0 && i > 0)
      watermark = highest - disorder_ms;
    highest = std::max(highest, time_of(events[i].values));
    // A window with end e has fired once the watermark is at e - 1.
    result.push_back(watermark == time_min ? time_min
                                           : watermark + 1 - lateness_ms);
  }
  return result;
}

std::vector<literal_values>
rows_too_late(const std::vector<stream_event>& events,
              const window_spec& window,
              const std::vector<std::int64_t>& fired) {
  std::vector<literal_values> result;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& values = events[i].values;
    if (windows_of(time_of(values), window).back().second <= fired[i])
      result.push_back(values);
  }
  return result;
}

} // namespace herald::testing
