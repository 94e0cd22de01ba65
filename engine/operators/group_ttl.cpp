#include "engine/operators/group_ttl.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/state_parts.hpp"

#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::string_view times_table = "ttl";

} // namespace

void group_ttl::set_time(std::int64_t now_ms) {
  if (!on())
    return;
  if (now_ms_ == nobody && known_ > 0) {
    std::replace(used_ms_.begin(), used_ms_.end(), unknown, now_ms);
    next_round_ms_ = now_ms;
  }
  now_ms_ = now_ms;
}

void group_ttl::renumber(std::span<const std::int32_t> kept) {
  if (!on())
    return;
  used_ms_.resize(
      std::max(used_ms_.size(),
               kept.empty() ? 0 : static_cast<std::size_t>(kept.back()) + 1),
      nobody);
  keep_groups(used_ms_, kept);
  known_ = static_cast<std::int64_t>(
      used_ms_.size()
      - static_cast<std::size_t>(
          std::count(used_ms_.begin(), used_ms_.end(), nobody)));
  swept_ = 0;
}

column_ptr group_ttl::times_of(std::span<const std::int32_t> groups) const {
  fixed_builder<std::int64_t> result(data_type::of(type_kind::bigint));
  for (const auto group : groups) {
    const auto at = static_cast<std::size_t>(group);
    const bool known = at < used_ms_.size() && used_ms_[at] != nobody;
    result.push(known ? used_ms_[at] : unknown);
  }
  return result.finish();
}

void group_ttl::load(std::span<const std::int32_t> groups,
                     const column& times) {
  if (!on())
    return;
  const auto values = times.as<std::int64_t>();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0)
      continue;
    touch(groups[i]);
    used_ms_[static_cast<std::size_t>(groups[i])] = values[i];
  }
}

absl::Status group_ttl::write(const group_index& index,
                              state_writer& writer) const {
  if (!on())
    return absl::OkStatus();
  return for_each_part(index.by_key_group(), [&](int k, auto part) {
    auto columns = index.keys(part);
    columns.push_back(times_of(part));
    auto layout = std::make_shared<schema>();
    for (const auto& x : columns)
      layout->fields.push_back(
          {fmt::format("c{}", layout->fields.size()), x->type});
    return writer.put(times_table, k,
                      *make_batch(std::move(layout), std::move(columns),
                                  static_cast<std::int64_t>(part.size())));
  });
}

absl::Status group_ttl::read(const group_index& index, key_group_range range,
                             const state_reader& reader) {
  if (!on())
    return absl::OkStatus();
  // Whoever is not in the table lives from now on.
  for (const auto group : index.groups()) {
    touch(group);
    used_ms_[static_cast<std::size_t>(group)] = unknown;
  }
  return reader.read(times_table, range, [&](int, const batch_ptr& x) {
    std::vector<int> keys(x->columns.size() - 1);
    std::iota(keys.begin(), keys.end(), 0);
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x->rows));
    hash_rows(*x, keys, hashes);
    std::vector<std::int32_t> groups;
    index.find(*x, keys, nullptr, hashes, groups);
    load(groups, *x->columns.back());
    return absl::OkStatus();
  });
}

} // namespace herald
