#include "engine/operators/distinct_set.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace herald {

namespace {

constexpr std::size_t slots_min = 16;

std::uint64_t hash_of(std::int32_t group, std::int64_t value) {
  auto x = static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ull
           ^ static_cast<std::uint64_t>(static_cast<std::uint32_t>(group))
                 * 0xc2b2ae3d27d4eb4full;
  auto wide = static_cast<unsigned __int128>(x) * 0xd6e8feb86659fd93ull;
  return static_cast<std::uint64_t>(wide)
         ^ static_cast<std::uint64_t>(wide >> 64);
}

} // namespace

distinct_set::distinct_set(data_type value, std::size_t calls, bool retractable)
    : type_(value.with_nullable(false)), calls_(calls),
      retractable_(retractable), values_(type_), slots_(slots_min, -1) {
  HERALD_CHECK_LE(calls_, distinct_calls_max);
}

// -- entries ------------------------------------------------------------------

std::int32_t distinct_set::find_or_insert(std::int32_t group,
                                          std::int64_t value) {
  if (static_cast<std::size_t>(size_ + 1) * 2 > slots_.size())
    grow();
  auto mask = slots_.size() - 1;
  for (auto at = hash_of(group, value) & mask;; at = (at + 1) & mask) {
    auto found = slots_[at];
    if (found >= 0) {
      const auto& x = entries_[static_cast<std::size_t>(found)];
      if (x.value == value && x.group == group)
        return found;
      continue;
    }
    auto made = static_cast<std::int32_t>(entries_.size());
    if (!free_.empty()) {
      made = free_.back();
      free_.pop_back();
    } else {
      HERALD_CHECK_LT(entries_.size(), std::size_t{0x7fffffff});
      entries_.emplace_back();
      if (retractable_)
        counts_.resize(counts_.size() + calls_, 0);
    }
    auto& first = first_[static_cast<std::size_t>(group)];
    if (first >= 0)
      entries_[static_cast<std::size_t>(first)].before = made;
    entries_[static_cast<std::size_t>(made)] = {value, 0, group, first, -1};
    first = made;
    slots_[at] = made;
    ++size_;
    values_.use(value);
    return made;
  }
}

void distinct_set::grow() {
  std::vector<std::int32_t> old(slots_.size() * 2, -1);
  old.swap(slots_);
  auto mask = slots_.size() - 1;
  for (auto found : old) {
    if (found < 0)
      continue;
    const auto& x = entries_[static_cast<std::size_t>(found)];
    auto at = hash_of(x.group, x.value) & mask;
    while (slots_[at] >= 0)
      at = (at + 1) & mask;
    slots_[at] = found;
  }
}

/// Takes the entry out of the hash table and the dictionary; its group's list
/// is the caller's business.
void distinct_set::remove(std::int32_t at) {
  auto& x = entries_[static_cast<std::size_t>(at)];
  auto mask = slots_.size() - 1;
  auto hole = hash_of(x.group, x.value) & mask;
  while (slots_[hole] != at)
    hole = (hole + 1) & mask;
  // As in group_index::erase.
  for (auto next = (hole + 1) & mask; slots_[next] >= 0;
       next = (next + 1) & mask) {
    const auto& other = entries_[static_cast<std::size_t>(slots_[next])];
    auto home = hash_of(other.group, other.value) & mask;
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      slots_[hole] = slots_[next];
      hole = next;
    }
  }
  slots_[hole] = -1;
  values_.release(x.value);
  if (retractable_)
    std::fill_n(counts_.begin() + at * static_cast<std::ptrdiff_t>(calls_),
                calls_, 0);
  x.group = -1;
  free_.push_back(at);
  --size_;
}

void distinct_set::unlink(std::int32_t at) {
  const auto& x = entries_[static_cast<std::size_t>(at)];
  auto& from = x.before >= 0 ? entries_[static_cast<std::size_t>(x.before)].next
                             : first_[static_cast<std::size_t>(x.group)];
  from = x.next;
  if (x.next >= 0)
    entries_[static_cast<std::size_t>(x.next)].before = x.before;
}

void distinct_set::step(std::int32_t at, std::size_t call, std::int64_t by,
                        std::int32_t row, distinct_changes& out) {
  auto& count = counts_[static_cast<std::size_t>(at) * calls_ + call];
  const bool was = count > 0;
  count += by;
  const bool is = count > 0;
  if (was == is)
    return;
  out.rows.push_back(row);
  out.groups.push_back(entries_[static_cast<std::size_t>(at)].group);
  out.changes.push_back(
      static_cast<std::int8_t>(is ? change::insert : change::remove));
  out.retracts |= !is;
}

void distinct_set::drop_unused(std::span<const std::int32_t> entries) {
  for (auto at : entries) {
    const auto* counts = &counts_[static_cast<std::size_t>(at) * calls_];
    const bool dropped = entries_[static_cast<std::size_t>(at)].group < 0;
    if (dropped
        || std::any_of(counts, counts + calls_, [](auto x) { return x != 0; }))
      continue;
    unlink(at);
    remove(at);
  }
}

// -- adding -------------------------------------------------------------------

void distinct_set::add(const column_ptr& values,
                       const std::vector<const row_list*>& filters,
                       const row_list* rows,
                       std::span<const std::int32_t> groups,
                       const std::int8_t* changes,
                       std::vector<distinct_changes>& out) {
  if (values->null_count == values->length)
    return;
  std::uint64_t always = 0;
  std::vector<std::uint64_t> wanted;
  for (std::size_t call = 0; call < calls_; ++call) {
    const auto bit = std::uint64_t{1} << call;
    if (!filters[call]) {
      always |= bit;
      continue;
    }
    wanted.resize(static_cast<std::size_t>(values->length), 0);
    for (auto row : *filters[call])
      wanted[static_cast<std::size_t>(row)] |= bit;
  }
  row_list taken;
  std::vector<std::int32_t> taken_groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto row = rows ? (*rows)[i] : static_cast<std::int32_t>(i);
    const bool asked
        = always || (!wanted.empty() && wanted[static_cast<std::size_t>(row)]);
    if (!asked || values->is_null(row))
      continue;
    taken.push_back(row);
    taken_groups.push_back(groups[i]);
    if (static_cast<std::size_t>(groups[i]) >= first_.size())
      first_.resize(static_cast<std::size_t>(groups[i]) + 1, -1);
  }
  const auto codes = values_.codes_of(values, taken);
  std::vector<std::int32_t> lowered;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto row = static_cast<std::size_t>(taken[i]);
    auto bits = wanted.empty() ? always : always | wanted[row];
    const auto at = find_or_insert(taken_groups[i], codes[i]);
    if (!retractable_) {
      auto& seen = entries_[static_cast<std::size_t>(at)].seen;
      bits &= ~seen;
      seen |= bits;
      for (; bits != 0; bits &= bits - 1) {
        auto& to = out[static_cast<std::size_t>(std::countr_zero(bits))];
        to.rows.push_back(taken[i]);
        to.groups.push_back(taken_groups[i]);
      }
      continue;
    }
    const auto by
        = changes && retracts(static_cast<change>(changes[row])) ? -1 : 1;
    for (; bits != 0; bits &= bits - 1) {
      const auto call = static_cast<std::size_t>(std::countr_zero(bits));
      step(at, call, by, taken[i], out[call]);
    }
    if (by < 0)
      lowered.push_back(at);
  }
  drop_unused(lowered);
}

void distinct_set::clear(std::span<const std::int32_t> groups) {
  for (auto group : groups) {
    if (static_cast<std::size_t>(group) >= first_.size())
      continue;
    auto at = std::exchange(first_[static_cast<std::size_t>(group)], -1);
    while (at >= 0) {
      const auto next = entries_[static_cast<std::size_t>(at)].next;
      remove(at);
      at = next;
    }
  }
}

// -- partials -----------------------------------------------------------------

std::int64_t distinct_set::count_of(std::size_t at, std::size_t part) const {
  return retractable_ ? counts_[at * calls_ + part]
                      : static_cast<std::int64_t>(entries_[at].seen);
}

std::vector<column_ptr>
distinct_set::partials(std::span<const std::int32_t> groups) const {
  const auto types = partial_types();
  std::vector<column_ptr> result;
  for (std::size_t part = 0; part < types.size(); ++part) {
    std::vector<std::int64_t> codes;
    fixed_builder<std::int64_t> counts(types[part].element().fields()[1].type);
    std::vector<std::int32_t> ends{0};
    for (auto group : groups) {
      auto at = static_cast<std::size_t>(group) < first_.size()
                    ? first_[static_cast<std::size_t>(group)]
                    : -1;
      for (; at >= 0; at = entries_[static_cast<std::size_t>(at)].next) {
        const auto count = count_of(static_cast<std::size_t>(at), part);
        if (count == 0)
          continue;
        codes.push_back(entries_[static_cast<std::size_t>(at)].value);
        counts.push(count);
      }
      ends.push_back(static_cast<std::int32_t>(codes.size()));
    }
    auto pairs = std::make_shared<column>();
    pairs->type = types[part].element();
    pairs->length = counts.length();
    pairs->children = {values_.column_of(codes), counts.finish()};
    auto maps = std::make_shared<column>();
    maps->type = types[part];
    maps->length = static_cast<std::int64_t>(groups.size());
    const auto bytes = ends.size() * sizeof(std::int32_t);
    auto offsets = allocate_buffer(static_cast<std::int64_t>(bytes));
    std::memcpy(offsets->mutable_data(), ends.data(), bytes);
    maps->values = std::move(offsets);
    maps->children = {std::move(pairs)};
    result.push_back(std::move(maps));
  }
  return result;
}

void distinct_set::merge(std::size_t part, const column& partial,
                         std::span<const std::int32_t> groups,
                         std::vector<distinct_changes>& out) {
  const auto& pairs = *partial.children[0];
  if (pairs.length == 0)
    return;
  row_list all(static_cast<std::size_t>(pairs.length));
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<std::int32_t>(i);
  const auto codes = values_.codes_of(pairs.children[0], all);
  const auto counts = pairs.children[1]->as<std::int64_t>();
  const auto offsets = partial.offsets();
  std::vector<std::int32_t> touched;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (static_cast<std::size_t>(groups[i]) >= first_.size())
      first_.resize(static_cast<std::size_t>(groups[i]) + 1, -1);
    for (auto j = static_cast<std::size_t>(offsets[i]);
         j < static_cast<std::size_t>(offsets[i + 1]); ++j) {
      const auto at = find_or_insert(groups[i], codes[j]);
      const auto row = static_cast<std::int32_t>(j);
      if (retractable_) {
        step(at, part, counts[j], row, out[part]);
        touched.push_back(at);
        continue;
      }
      auto& seen = entries_[static_cast<std::size_t>(at)].seen;
      auto bits = static_cast<std::uint64_t>(counts[j]) & ~seen;
      seen |= bits;
      for (; bits != 0; bits &= bits - 1) {
        auto& to = out[static_cast<std::size_t>(std::countr_zero(bits))];
        to.rows.push_back(row);
        to.groups.push_back(groups[i]);
      }
    }
  }
  drop_unused(touched);
}

std::int64_t distinct_set::memory_bytes() const {
  return static_cast<std::int64_t>(
             entries_.capacity() * sizeof(entry) + counts_.capacity() * 8
             + (free_.capacity() + slots_.capacity() + first_.capacity()) * 4)
         + values_.memory_bytes();
}

} // namespace herald
