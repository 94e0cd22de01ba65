#include "engine/operators/group_index.hpp"

#include "engine/columnar/hash.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <bit>

// The hash's upper 7 bits are the key group, which exchanges divide by, so a
// subtask sees only some of their values; slots are chosen by the lower bits
// and the tag takes bits 25..56.

namespace herald {

namespace {

constexpr std::size_t slots_min = 16;

/// Ids below which memory is not worth giving back.
constexpr std::int64_t shrink_min = 1 << 16;

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 25);
}

} // namespace

group_index::group_index(std::vector<data_type> key_types,
                         std::int64_t expected)
    : key_types_(std::move(key_types)), codec_(key_types_),
      slots_(std::max(slots_min,
                      std::bit_ceil(2 * static_cast<std::size_t>(expected)))) {
  plain_
      = key_types_.size() == 1 && key_types_[0].storage() == storage_kind::i64;
}

bool group_index::is_plain(const batch& x, std::span<const int> keys) const {
  return plain_
         && x.columns[static_cast<std::size_t>(keys[0])]->null_count == 0;
}

template <bool Insert, class SameKey, class StoreKey>
std::int32_t group_index::probe(std::uint64_t hash, SameKey same,
                                StoreKey store) {
  auto mask = slots_.size() - 1;
  auto tag = tag_of(hash);
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    auto& found = slots_[at];
    if (found.group < 0) {
      if constexpr (!Insert)
        return -1;
      auto group = new_group(hash);
      found = {tag, group};
      store(static_cast<std::size_t>(group));
      if (static_cast<std::size_t>(size_) * 2 > slots_.size())
        grow();
      return group;
    }
    if (found.tag == tag && same(static_cast<std::size_t>(found.group)))
      return found.group;
  }
}

template <bool Insert>
void group_index::look_up(const batch& x, std::span<const int> keys,
                          const row_list* rows,
                          std::span<const std::uint64_t> hashes,
                          std::vector<std::int32_t>& groups) {
  auto count = rows ? rows->size() : static_cast<std::size_t>(x.rows);
  groups.resize(count);
  if (is_plain(x, keys)) {
    auto values
        = x.columns[static_cast<std::size_t>(keys[0])]->as<std::int64_t>();
    for (std::size_t i = 0; i < count; ++i) {
      auto row = rows ? static_cast<std::size_t>((*rows)[i]) : i;
      auto value = values[row];
      groups[i] = probe<Insert>(
          hashes[row], [&](std::size_t g) { return numbers_[g] == value; },
          [&](std::size_t g) {
            if (g >= numbers_.size())
              numbers_.resize(g + 1);
            numbers_[g] = value;
          });
    }
    return;
  }
  if (plain_)
    make_generic();
  scratch_.clear();
  ends_.clear();
  codec_.encode(x, keys, rows, scratch_, ends_);
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto row = rows ? static_cast<std::size_t>((*rows)[i]) : i;
    std::string_view key{scratch_.data() + begin, ends_[i] - begin};
    begin = ends_[i];
    groups[i] = probe<Insert>(
        hashes[row], [&](std::size_t g) { return encoded_.get(g) == key; },
        [&](std::size_t g) { encoded_.put(g, key); });
  }
}

void group_index::find_or_insert(const batch& x, std::span<const int> keys,
                                 const row_list* rows,
                                 std::span<const std::uint64_t> hashes,
                                 std::vector<std::int32_t>& groups) {
  look_up<true>(x, keys, rows, hashes, groups);
}

void group_index::find(const batch& x, std::span<const int> keys,
                       const row_list* rows,
                       std::span<const std::uint64_t> hashes,
                       std::vector<std::int32_t>& groups) const {
  // A look-up writes only scratch space and the layout of keys.
  const_cast<group_index*>(this)->look_up<false>(x, keys, rows, hashes, groups);
}

std::int32_t group_index::new_group(std::uint64_t hash) {
  ++size_;
  if (!free_.empty()) {
    auto group = free_.back();
    free_.pop_back();
    hashes_[static_cast<std::size_t>(group)] = hash;
    live_[static_cast<std::size_t>(group)] = 1;
    return group;
  }
  HERALD_CHECK_LT(hashes_.size(), std::size_t{0x7fffffff});
  hashes_.push_back(hash);
  live_.push_back(1);
  return static_cast<std::int32_t>(hashes_.size() - 1);
}

void group_index::erase(std::int32_t group) {
  auto g = static_cast<std::size_t>(group);
  HERALD_CHECK(live_[g], "a group is erased twice");
  auto mask = slots_.size() - 1;
  auto at = hashes_[g] & mask;
  while (slots_[at].group != group)
    at = (at + 1) & mask;
  // Close the hole: move later entries of the run back while that brings
  // them nearer to their own slot (Knuth, TAOCP 6.4, algorithm R).
  for (auto next = (at + 1) & mask; slots_[next].group >= 0;
       next = (next + 1) & mask) {
    auto home = hashes_[static_cast<std::size_t>(slots_[next].group)] & mask;
    if (((next - home) & mask) >= ((next - at) & mask)) {
      slots_[at] = slots_[next];
      at = next;
    }
  }
  slots_[at] = slot{};
  live_[g] = 0;
  free_.push_back(group);
  --size_;
}

bool group_index::is_sparse() const {
  return capacity() >= shrink_min && size_ <= capacity() / 4;
}

std::optional<std::vector<std::int32_t>> group_index::shrink() {
  if (!is_sparse())
    return std::nullopt;
  auto kept = groups();
  group_index made(key_types_);
  made.plain_ = plain_;
  for (const auto group : kept) {
    const auto old = static_cast<std::size_t>(group);
    made.probe<true>(
        hashes_[old], [](std::size_t) { return false; },
        [&](std::size_t g) {
          if (plain_)
            made.numbers_.push_back(numbers_[old]);
          else
            made.encoded_.put(g, encoded_.get(old));
        });
  }
  *this = std::move(made);
  return kept;
}

void group_index::grow() {
  std::vector<slot> old(slots_.size() * 2);
  old.swap(slots_);
  auto mask = slots_.size() - 1;
  for (const auto& x : old) {
    if (x.group < 0)
      continue;
    auto at = hashes_[static_cast<std::size_t>(x.group)] & mask;
    while (slots_[at].group >= 0)
      at = (at + 1) & mask;
    slots_[at] = x;
  }
}

void group_index::make_generic() {
  for (std::size_t g = 0; g < numbers_.size(); ++g) {
    std::string key(1, '\1');
    key.append(reinterpret_cast<const char*>(&numbers_[g]),
               sizeof(std::int64_t));
    encoded_.put(g, key);
  }
  numbers_ = {};
  plain_ = false;
}

std::vector<std::int32_t> group_index::groups() const {
  std::vector<std::int32_t> result;
  result.reserve(static_cast<std::size_t>(size_));
  for (std::size_t g = 0; g < live_.size(); ++g)
    if (live_[g])
      result.push_back(static_cast<std::int32_t>(g));
  return result;
}

std::vector<std::vector<std::int32_t>> group_index::by_key_group() const {
  std::vector<std::vector<std::int32_t>> result(key_groups);
  for (const auto group : groups())
    result[static_cast<std::size_t>(key_group_of(hash_of(group)))].push_back(
        group);
  return result;
}

std::vector<column_ptr>
group_index::keys(std::span<const std::int32_t> groups) const {
  if (!plain_) {
    std::vector<std::string_view> encoded;
    encoded.reserve(groups.size());
    for (auto g : groups)
      encoded.push_back(encoded_.get(static_cast<std::size_t>(g)));
    return codec_.decode(encoded);
  }
  auto result = std::make_shared<column>();
  result->type = key_types_[0];
  result->length = static_cast<std::int64_t>(groups.size());
  auto values = allocate_buffer(result->length * 8);
  auto* out = reinterpret_cast<std::int64_t*>(values->mutable_data());
  for (std::size_t i = 0; i < groups.size(); ++i)
    out[i] = numbers_[static_cast<std::size_t>(groups[i])];
  result->values = std::move(values);
  return {std::move(result)};
}

std::int64_t group_index::memory_bytes() const {
  return static_cast<std::int64_t>(slots_.capacity() * sizeof(slot)
                                   + hashes_.capacity() * 8 + live_.capacity()
                                   + free_.capacity() * 4
                                   + numbers_.capacity() * 8)
         + encoded_.memory_bytes();
}

std::vector<std::int32_t> numbers_after(std::span<const std::int32_t> kept,
                                        std::size_t count) {
  std::vector<std::int32_t> result(count, -1);
  for (std::size_t i = 0; i < kept.size(); ++i)
    result[static_cast<std::size_t>(kept[i])] = static_cast<std::int32_t>(i);
  return result;
}

} // namespace herald
