#include "engine/columnar/builder.hpp"
#include "engine/operators/exchange.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/stream_over.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>
#include <numeric>

// The state of OVER in order of time, written and read: the rows that wait,
// of each partition the rows that are seen again and what is known of those
// before, and how far the watermark came.

namespace herald {

namespace {

constexpr std::string_view waiting_table = "waiting";
constexpr std::string_view seen_table = "seen";
constexpr std::string_view carry_table = "carry";

data_type number_type() {
  return data_type::of(type_kind::bigint);
}

} // namespace

absl::Status stream_over_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  for (const auto& rows : waiting_.rows()) {
    const auto parts = divide(rows, spec_.keys, key_groups);
    for (int k = 0; k < key_groups; ++k)
      if (const auto& part = parts[static_cast<std::size_t>(k)]) {
        HERALD_TRY(writer.put(waiting_table, k, *part));
      }
  }
  return write_partitions(writer);
}

absl::Status
stream_over_operator::write_partitions(state_writer& writer) const {
  HERALD_TRY(ttl_.write(index_, writer));
  return for_each_part(
      index_.by_key_group(), [&](int k, auto part) -> absl::Status {
        HERALD_TRY(writer.put(carry_table, k, *saved_carry(part)));
        std::vector<std::int32_t> rows;
        for (const auto group : part) {
          const auto& of = of_[static_cast<std::size_t>(group)];
          rows.insert(rows.end(), of.begin(), of.end());
        }
        return rows.empty() ? absl::OkStatus()
                            : writer.put(seen_table, k, *seen_.gather(rows));
      });
}

batch_ptr
stream_over_operator::saved_carry(std::span<const std::int32_t> groups) const {
  auto layout = std::make_shared<schema>();
  auto columns = index_.keys(groups);
  for (const int key : spec_.keys)
    layout->fields.push_back(input_->fields[static_cast<std::size_t>(key)]);
  for (const auto* numbers : {&carry_.rows, &carry_.ranks}) {
    fixed_builder<std::int64_t> builder(number_type());
    for (const auto group : groups)
      builder.push((*numbers)[static_cast<std::size_t>(group)]);
    layout->fields.push_back({"count", number_type()});
    columns.push_back(builder.finish());
  }
  for (const auto& x : carry_.sums) {
    if (!x)
      continue;
    for (auto& part : x->partial(groups)) {
      layout->fields.push_back({"part", part->type});
      columns.push_back(std::move(part));
    }
  }
  return make_batch(std::move(layout), std::move(columns),
                    static_cast<std::int64_t>(groups.size()));
}

absl::Status stream_over_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  HERALD_TRY(reader.read(carry_table, owned, [this](int, const batch_ptr& x) {
    read_carry(*x);
    return absl::OkStatus();
  }));
  HERALD_TRY(ttl_.read(index_, owned, reader));
  HERALD_TRY(reader.read(seen_table, owned, [this](int, const batch_ptr& x) {
    read_seen(*x);
    return absl::OkStatus();
  }));
  return reader.read(waiting_table, owned, [this](int, const batch_ptr& x) {
    waiting_.add(
        x,
        times_of(*x->columns[static_cast<std::size_t>(spec_.order[0].column)]));
    return absl::OkStatus();
  });
}

void stream_over_operator::read_carry(const batch& saved) {
  std::vector<int> keys(spec_.keys.size());
  std::iota(keys.begin(), keys.end(), 0);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved.rows));
  hash_rows(saved, keys, hashes);
  std::vector<std::int32_t> groups;
  index_.find_or_insert(saved, keys, nullptr, hashes, groups);
  carry_.resize(index_.capacity());
  of_.resize(static_cast<std::size_t>(index_.capacity()));
  auto next = saved.columns.begin() + static_cast<std::ptrdiff_t>(keys.size());
  for (auto* numbers : {&carry_.rows, &carry_.ranks}) {
    const auto values = (*next++)->as<std::int64_t>();
    for (std::size_t i = 0; i < groups.size(); ++i)
      (*numbers)[static_cast<std::size_t>(groups[i])] = values[i];
  }
  for (auto& x : carry_.sums) {
    if (!x)
      continue;
    const auto count = static_cast<std::ptrdiff_t>(x->partial_types().size());
    x->merge(std::vector<column_ptr>(next, next + count), groups);
    next += count;
  }
}

void stream_over_operator::read_seen(const batch& saved) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved.rows));
  hash_rows(saved, narrow_keys_, hashes);
  std::vector<std::int32_t> groups;
  index_.find(saved, narrow_keys_, nullptr, hashes, groups);
  auto row = seen_.size();
  seen_.append(saved, nullptr);
  for (const auto group : groups)
    of_[static_cast<std::size_t>(group)].push_back(row++);
}

} // namespace herald
