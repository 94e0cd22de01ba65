#include "engine/operators/group_changes.hpp"

#include "engine/operators/change_list.hpp"
#include "engine/operators/compare.hpp"

namespace herald {

namespace {

/// Which groups with an old result have another one now.
std::vector<std::uint8_t> changed_groups(const std::vector<column_ptr>& old,
                                         const std::vector<column_ptr>& fresh,
                                         std::span<const std::int32_t> old_at) {
  row_list with_old;
  for (std::size_t i = 0; i < old_at.size(); ++i)
    if (old_at[i] >= 0)
      with_old.push_back(static_cast<std::int32_t>(i));
  std::vector<std::uint8_t> differs(with_old.size(), 0);
  // Old results stand in the order of their groups.
  for (std::size_t i = 0; i < fresh.size() && !with_old.empty(); ++i)
    mark_different(*old[i], *take(*fresh[i], with_old), differs);
  std::vector<std::uint8_t> result(old_at.size(), 0);
  for (std::size_t i = 0; i < with_old.size(); ++i)
    result[static_cast<std::size_t>(with_old[i])] = differs[i];
  return result;
}

buffer_ptr buffer_of(const std::vector<std::int8_t>& changes) {
  auto result = allocate_buffer(static_cast<std::int64_t>(changes.size()));
  std::copy(changes.begin(), changes.end(),
            reinterpret_cast<std::int8_t*>(result->mutable_data()));
  return result;
}

} // namespace

void group_changes::note(std::span<const std::int32_t> groups,
                         const aggregate_table& table,
                         const std::function<bool(std::int32_t)>& given) {
  noted_.resize(static_cast<std::size_t>(table.index().capacity()), 0);
  std::vector<std::int32_t> known;
  for (auto g : groups) {
    auto& noted = noted_[static_cast<std::size_t>(g)];
    if (std::exchange(noted, 1) != 0)
      continue;
    groups_.push_back(g);
    const bool was = given(g);
    old_at_.push_back(was ? known_++ : -1);
    if (was)
      known.push_back(g);
  }
  if (!known.empty())
    old_.push_back(table.results(known));
}

std::vector<column_ptr> group_changes::old_results(std::size_t count) const {
  std::vector<column_ptr> result;
  for (std::size_t i = 0; i < count && known_ > 0; ++i) {
    std::vector<column_ptr> parts;
    for (const auto& part : old_)
      parts.push_back(part[i]);
    result.push_back(concat(parts));
  }
  return result;
}

absl::StatusOr<group_changes::rows>
group_changes::take(const aggregate_table& table,
                    const std::function<bool(std::int32_t)>& lives,
                    options how) {
  const auto fresh = table.results(groups_);
  HERALD_TRY(table.status());
  const auto old = old_results(fresh.size());
  const auto differs = how.unchanged_too
                           ? std::vector<std::uint8_t>(groups_.size(), 1)
                           : changed_groups(old, fresh, old_at_);
  rows result;
  change_list list;
  const auto add = [&](std::int32_t row, change kind, std::int32_t group) {
    list.add(row, kind);
    result.groups.push_back(group);
  };
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto group = groups_[i];
    const auto was = old_at_[i];
    const auto now = known_ + static_cast<std::int32_t>(i);
    const bool stays = lives(group);
    if (was < 0 && stays) {
      add(now, change::insert, group);
    } else if (was >= 0 && !stays) {
      add(was, change::remove, group);
    } else if (was >= 0 && differs[i]) {
      if (how.update_before)
        add(was, change::update_before, group);
      add(now, change::update_after, group);
    }
    if (!stays)
      result.gone.push_back(group);
    noted_[static_cast<std::size_t>(group)] = 0;
  }
  if (!list.rows.empty()) {
    result.columns = table.index().keys(result.groups);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      auto all = fresh[i];
      if (!old.empty()) {
        column_ptr parts[] = {old[i], fresh[i]};
        all = concat(parts);
      }
      result.columns.push_back(herald::take(*all, list.rows));
    }
    result.changes = buffer_of(list.kinds);
  }
  groups_.clear();
  old_at_.clear();
  old_.clear();
  known_ = 0;
  return result;
}

} // namespace herald
