#include "tests/engine/operators/order_model.hpp"

#include <algorithm>
#include <map>

namespace herald::testing {

int compare_scalars(const scalar& a, const scalar& b) {
  if (a.is_null() || b.is_null())
    return b.is_null() - a.is_null();
  if (const auto* number = std::get_if<std::int64_t>(&a.value)) {
    const auto other = std::get<std::int64_t>(b.value);
    return (*number > other) - (*number < other);
  }
  if (const auto* number = std::get_if<int128>(&a.value)) {
    const auto other = std::get<int128>(b.value);
    return (*number > other) - (*number < other);
  }
  return std::get<std::string>(a.value).compare(std::get<std::string>(b.value));
}

int compare_rows(const literal_values& a, const literal_values& b,
                 const std::vector<sort_key>& keys) {
  for (const auto& key : keys) {
    const auto& x = a[static_cast<std::size_t>(key.column)];
    const auto& y = b[static_cast<std::size_t>(key.column)];
    const auto order = compare_scalars(x, y);
    if (order == 0)
      continue;
    const bool nulls = x.is_null() || y.is_null();
    return (nulls ? key.nulls_first : !key.descending) ? order : -order;
  }
  return 0;
}

std::vector<std::vector<literal_values>>
sorted_partitions(const std::vector<literal_values>& rows,
                  const std::vector<int>& keys,
                  const std::vector<sort_key>& order) {
  std::map<std::string, std::vector<literal_values>> groups;
  for (const auto& row : rows) {
    literal_values key;
    for (const auto k : keys)
      key.push_back(row[static_cast<std::size_t>(k)]);
    groups[line_of(key)].push_back(row);
  }
  std::vector<std::vector<literal_values>> result;
  for (auto& [name, group] : groups) {
    std::stable_sort(group.begin(), group.end(),
                     [&](const auto& a, const auto& b) {
                       return compare_rows(a, b, order) < 0;
                     });
    result.push_back(std::move(group));
  }
  return result;
}

std::vector<std::int64_t> ranks_of(const std::vector<literal_values>& rows,
                                   const std::vector<sort_key>& order,
                                   rank_kind kind) {
  std::vector<std::int64_t> result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i) + 1;
    const bool peer = i > 0 && compare_rows(rows[i - 1], rows[i], order) == 0;
    if (kind == rank_kind::row_number || i == 0)
      result.push_back(place);
    else if (peer)
      result.push_back(result.back());
    else
      result.push_back(kind == rank_kind::rank ? place : result.back() + 1);
  }
  return result;
}

std::vector<std::string> top_n_by_hand(const std::vector<literal_values>& rows,
                                       const top_n_spec& spec) {
  auto total = spec.order;
  total.insert(total.end(), spec.ties.begin(), spec.ties.end());
  for (int i = 0; !rows.empty() && i < static_cast<int>(rows[0].size()); ++i)
    total.push_back({i});
  std::vector<std::string> result;
  for (const auto& group : sorted_partitions(rows, spec.keys, total)) {
    const auto ranks = ranks_of(group, spec.order, spec.rank);
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (ranks[i] < spec.first || ranks[i] > spec.last)
        continue;
      auto row = group[i];
      if (spec.rank_output)
        row.push_back({bigint_type(), ranks[i]});
      result.push_back(line_of(row));
    }
  }
  return result;
}

} // namespace herald::testing
