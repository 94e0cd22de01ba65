#include "engine/operators/sort.hpp"

#include "engine/operators/state_parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

sort_operator::sort_operator(sort_spec spec, schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)),
      groups_(make_groups()) {}

sorted_groups sort_operator::make_groups() const {
  // What is taken back must be found by its content.
  const auto last = spec_.input_retracts ? row_order::last_word::content
                                         : row_order::last_word::arrival;
  return {layout_, {}, row_order(*layout_, spec_.order, {}, last)};
}

std::int64_t sort_operator::rows_max() const {
  return spec_.limit && !spec_.input_retracts ? spec_.offset + *spec_.limit
                                              : -1;
}

absl::Status sort_operator::process(int, const batch_ptr& rows, output&) {
  if (rows->rows == 0)
    return absl::OkStatus();
  std::vector<std::uint64_t> prefixes;
  groups_.order().prefixes(*rows, prefixes);
  const std::vector<std::uint64_t> hashes(prefixes.size(), 0);
  std::vector<std::int32_t> groups;
  groups_.locate(*rows, nullptr, hashes, groups);
  const auto group = groups[0];
  row_list which;
  const auto limit = rows_max();
  if (limit >= 0 && groups_.count(group) >= limit && limit > 0) {
    // Behind the last row that is wanted nothing need be kept.
    const auto& forest = groups_.forest();
    const auto threshold = forest.prefix(forest.last(groups_.root(group)));
    for (std::size_t i = 0; i < prefixes.size(); ++i)
      if (prefixes[i] <= threshold)
        which.push_back(static_cast<std::int32_t>(i));
    if (which.empty())
      return absl::OkStatus();
    for (std::size_t i = 0; i < which.size(); ++i)
      prefixes[i] = prefixes[static_cast<std::size_t>(which[i])];
    prefixes.resize(which.size());
  }
  auto number
      = groups_.append(*rows, which.empty() ? nullptr : &which, prefixes);
  for (std::size_t i = 0; i < prefixes.size(); ++i, ++number) {
    const auto row = which.empty() ? static_cast<std::int32_t>(i) : which[i];
    if (retracts(rows->change_of(row))) {
      groups_.erase(group, number);
      continue;
    }
    groups_.insert(group, number);
    if (limit >= 0 && groups_.count(group) > limit)
      groups_.erase_last(group);
  }
  groups_.reclaim();
  if (groups_.memory_bytes() <= spec_.memory_bytes_max)
    return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "the rows that wait for the end of the input take more than {} MiB "
      "(SET 'table.exec.resource.sort.memory' to allow more, or add a LIMIT)",
      spec_.memory_bytes_max >> 20));
}

absl::Status sort_operator::finish(output& out) {
  std::vector<std::int32_t> rows;
  for (const auto group : groups_.index().groups()) {
    std::int64_t place = 0;
    groups_.forest().walk(groups_.root(group), [&](std::int32_t row) {
      if (spec_.limit && place >= spec_.offset + *spec_.limit)
        return false;
      if (place++ >= spec_.offset)
        rows.push_back(row);
      return true;
    });
  }
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  for (std::size_t i = 0; i < rows.size(); i += step) {
    const auto count = std::min(step, rows.size() - i);
    HERALD_TRY(
        out.emit(groups_.rows().gather(std::span(rows).subspan(i, count))));
  }
  groups_ = make_groups();
  return absl::OkStatus();
}

absl::Status sort_operator::advance(event_time t, output& out) {
  if (t == time_max) {
    HERALD_TRY(finish(out));
  }
  return out.advance(t);
}

absl::Status sort_operator::write(state_writer& writer) const {
  return groups_.write(rows_table, writer);
}

absl::Status sort_operator::read(const state_reader& reader) {
  return reader.read(rows_table, context_.key_groups_owned(),
                     [this](int, const batch_ptr& saved) {
                       std::vector<std::int32_t> groups;
                       groups_.load(*saved, groups);
                       return absl::OkStatus();
                     });
}

std::int64_t sort_operator::state_bytes() const {
  return groups_.memory_bytes();
}

} // namespace herald
