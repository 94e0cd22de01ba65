#include "engine/columnar/builder.hpp"
#include "engine/operators/join_side.hpp"
#include "engine/operators/state_parts.hpp"

#include <map>
#include <utility>

namespace herald {

namespace {

constexpr std::string_view count_name = "matches";
constexpr std::string_view came_name = "came";

template <class T>
column_ptr column_of(const data_type& type, std::span<const T> values) {
  fixed_builder<T> result(type);
  for (const auto x : values)
    result.push(x);
  return result.finish();
}

} // namespace

schema_ptr join_side::saved_layout() const {
  auto result = std::make_shared<schema>(*layout_);
  if (options_.counts)
    result->fields.push_back(
        {std::string(count_name),
         data_type::of(type_kind::integer).with_nullable(false)});
  result->fields.push_back(
      {std::string(came_name),
       data_type::of(type_kind::bigint).with_nullable(false)});
  return result;
}

/// The rows, what they count, and when they came.
batch_ptr join_side::saved(std::span<const std::int32_t> rows) const {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < layout_->fields.size(); ++i)
    columns.push_back(rows_.gather(i, rows));
  auto layout = saved_layout();
  if (options_.counts) {
    std::vector<std::int32_t> counts;
    for (const auto row : rows)
      counts.push_back(counts_[static_cast<std::size_t>(row)]);
    columns.push_back(
        column_of<std::int32_t>(layout->fields[columns.size()].type, counts));
  }
  columns.push_back(
      column_of<std::int64_t>(layout->fields.back().type, arrivals_of(rows)));
  return make_batch(std::move(layout), std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

absl::Status join_side::write(std::string_view table,
                              state_writer& writer) const {
  // In parts, so that not all rows are there twice.
  const auto rows = living();
  for (std::size_t begin = 0; begin < rows.size(); begin += state_rows_max) {
    const auto part = std::span(rows).subspan(
        begin, std::min(state_rows_max, rows.size() - begin));
    const auto all = saved(part);
    std::vector<std::uint64_t> hashes(part.size());
    hash_rows(*all, options_.spread, hashes);
    std::vector<row_list> lists(key_groups);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      lists[static_cast<std::size_t>(key_group_of(hashes[i]))].push_back(
          static_cast<std::int32_t>(i));
    for (int k = 0; k < key_groups; ++k) {
      const auto& list = lists[static_cast<std::size_t>(k)];
      if (list.empty())
        continue;
      HERALD_TRY(writer.put(table, k, *take(*all, list)));
    }
  }
  return absl::OkStatus();
}

void join_side::load(const batch& saved, std::int64_t came_ms) {
  auto columns = saved.columns;
  columns.pop_back();
  std::span<const std::int32_t> counts;
  if (options_.counts) {
    counts = saved.columns[columns.size() - 1]->as<std::int32_t>();
    columns.pop_back();
  }
  const auto rows = make_batch(layout_, std::move(columns), saved.rows);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, options_.keys, hashes);
  insert(*rows, hashes, counts, came_ms);
}

absl::Status join_side::read(std::string_view table, key_group_range range,
                             const state_reader& reader) {
  // Rows are numbered in the order of their arrival, but are saved by key
  // group: parts wait here for those that came before them.
  std::map<std::int64_t, std::vector<batch_ptr>> by_time;
  HERALD_TRY(reader.read(table, range, [&](int, const batch_ptr& saved) {
    if (options_.ttl_ms == 0) {
      load(*saved, 0);
      return absl::OkStatus();
    }
    const auto came = saved->columns.back()->as<std::int64_t>();
    std::map<std::int64_t, row_list> lists;
    for (std::size_t i = 0; i < came.size(); ++i)
      lists[came[i]].push_back(static_cast<std::int32_t>(i));
    for (const auto& [ms, rows] : lists)
      by_time[ms].push_back(take(*saved, rows));
    return absl::OkStatus();
  }));
  for (auto& [ms, parts] : by_time)
    for (auto& part : std::exchange(parts, {}))
      load(*part, ms);
  return absl::OkStatus();
}

} // namespace herald
