#include "engine/expr/kept_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <absl/container/flat_hash_map.h>

namespace herald {

namespace {

/// Lists that are shorter are looked through.
constexpr std::size_t index_min = 64;

constexpr std::int32_t none = -1;
constexpr std::int32_t gap = -2;

/// True if the entry of `list` at `at` is one of `entries`: key and value, or
/// value and count.
bool has_entry(const std::vector<scalar>& entries,
               const std::vector<scalar>& list, std::size_t at) {
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2)
    if (same_value(entries[i], list[at])
        && same_value(entries[i + 1], list[at + 1]))
      return true;
  return false;
}

std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 32)) * 0x9e3779b97f4a7c15ull;
  return x ^ (x >> 29);
}

std::int64_t far_bytes(const scalar& x) {
  if (const auto* text = std::get_if<std::string>(&x.value))
    return text->capacity() > 15 ? static_cast<std::int64_t>(text->capacity())
                                 : 0;
  const auto* parts = std::get_if<std::vector<scalar>>(&x.value);
  if (parts == nullptr)
    return 0;
  auto result = static_cast<std::int64_t>(parts->capacity() * sizeof(scalar));
  for (const auto& part : *parts)
    result += far_bytes(part);
  return result;
}

} // namespace

std::uint64_t hash_of(const scalar& x) {
  const auto of = [](const auto& value) {
    return mixed(std::hash<std::decay_t<decltype(value)>>()(value));
  };
  if (const auto* number = std::get_if<std::int64_t>(&x.value))
    return of(*number);
  if (const auto* real = std::get_if<double>(&x.value))
    return std::isnan(*real) ? 1 : of(*real == 0 ? 0.0 : *real);
  if (const auto* text = std::get_if<std::string>(&x.value))
    return of(*text);
  if (const auto* flag = std::get_if<bool>(&x.value))
    return of(*flag);
  if (const auto* wide = std::get_if<int128>(&x.value))
    return mixed(static_cast<std::uint64_t>(*wide)
                 ^ mixed(static_cast<std::uint64_t>(*wide >> 64)));
  const auto* parts = std::get_if<std::vector<scalar>>(&x.value);
  if (parts == nullptr)
    return 0;
  std::uint64_t result = parts->size();
  for (std::size_t i = 0; i < parts->size(); ++i)
    if (!x.type.has_entries())
      result = mixed(result) + hash_of((*parts)[i]);
    else if (i % 2 == 0 && i + 1 < parts->size())
      result += mixed(hash_of((*parts)[i]) + 3 * hash_of((*parts)[i + 1]));
  return result;
}

bool same_value(const scalar& a, const scalar& b) {
  if (a.value.index() != b.value.index())
    return false;
  if (const auto* x = std::get_if<double>(&a.value)) {
    const auto y = std::get<double>(b.value);
    return *x == y || (std::isnan(*x) && std::isnan(y));
  }
  const auto* x = std::get_if<std::vector<scalar>>(&a.value);
  if (x == nullptr)
    return a.value == b.value;
  const auto& y = std::get<std::vector<scalar>>(b.value);
  if (x->size() != y.size())
    return false;
  if (!a.type.has_entries())
    return std::equal(x->begin(), x->end(), y.begin(), same_value);
  for (std::size_t i = 0; i + 1 < x->size(); i += 2)
    if (!has_entry(y, *x, i))
      return false;
  return true;
}

/// Values of one hash are a chain in order of arrival.
struct kept_values::index {
  struct chain {
    std::int32_t first = none;
    std::int32_t last = none;
  };

  absl::flat_hash_map<std::uint64_t, chain> chains; ///< by hash
  std::vector<std::int32_t> next; ///< by place: of the chain, `none` or `gap`
  std::size_t begin = 0;          ///< only gaps before it
};

kept_values::kept_values() = default;
kept_values::kept_values(kept_values&&) noexcept = default;
kept_values& kept_values::operator=(kept_values&&) noexcept = default;
kept_values::~kept_values() = default;

void kept_values::add(scalar x) {
  values_.push_back(std::move(x));
  ++size_;
  if (index_)
    link(values_.size() - 1);
  else if (size_ == index_min)
    make_index();
}

/// Also closes the gaps.
void kept_values::make_index() {
  if (index_) {
    std::vector<scalar> kept;
    kept.reserve(size_);
    for (std::size_t i = index_->begin; i < values_.size(); ++i)
      if (index_->next[i] != gap)
        kept.push_back(std::move(values_[i]));
    values_ = std::move(kept);
    index_.reset();
  }
  if (size_ < index_min)
    return;
  index_ = std::make_unique<index>();
  for (std::size_t i = 0; i < values_.size(); ++i)
    link(i);
}

void kept_values::link(std::size_t at) {
  auto& chain = index_->chains[hash_of(values_[at])];
  const auto place = static_cast<std::int32_t>(at);
  index_->next.push_back(none);
  if (chain.last == none)
    chain.first = place;
  else
    index_->next[static_cast<std::size_t>(chain.last)] = place;
  chain.last = place;
}

void kept_values::remove(const scalar& x) {
  if (!index_) {
    const auto found
        = std::find_if(values_.begin(), values_.end(),
                       [&](const auto& y) { return same_value(x, y); });
    if (found == values_.end())
      return;
    values_.erase(found);
    --size_;
    return;
  }
  const auto found = index_->chains.find(hash_of(x));
  if (found == index_->chains.end())
    return;
  auto& next = index_->next;
  auto& chain = found->second;
  auto before = none;
  auto at = chain.first;
  while (at != none && !same_value(x, values_[static_cast<std::size_t>(at)])) {
    before = at;
    at = next[static_cast<std::size_t>(at)];
  }
  if (at == none)
    return;
  auto& behind = next[static_cast<std::size_t>(at)];
  (before == none ? chain.first : next[static_cast<std::size_t>(before)])
      = behind;
  if (chain.last == at)
    chain.last = before;
  if (chain.first == none)
    index_->chains.erase(found);
  behind = gap;
  values_[static_cast<std::size_t>(at)].value = {};
  --size_;
  trim();
}

/// Keeps the ends free of gaps, and these fewer than the values.
void kept_values::trim() {
  auto& next = index_->next;
  while (!next.empty() && next.back() == gap) {
    next.pop_back();
    values_.pop_back();
  }
  while (index_->begin < next.size() && next[index_->begin] == gap)
    ++index_->begin;
  if (values_.size() >= 2 * size_)
    make_index();
}

const scalar& kept_values::front() const {
  return values_[index_ ? index_->begin : 0];
}

const scalar& kept_values::back() const {
  return values_.back();
}

std::vector<scalar> kept_values::all() const {
  if (!index_)
    return values_;
  std::vector<scalar> result;
  result.reserve(size_);
  for (std::size_t i = index_->begin; i < values_.size(); ++i)
    if (index_->next[i] != gap)
      result.push_back(values_[i]);
  return result;
}

std::int64_t kept_values::memory_bytes() const {
  auto result = static_cast<std::int64_t>(values_.capacity() * sizeof(scalar));
  for (const auto& value : values_)
    result += far_bytes(value);
  if (index_)
    result += static_cast<std::int64_t>(
        index_->next.capacity() * sizeof(std::int32_t)
        + index_->chains.capacity() * (sizeof(index::chain) + 9));
  return result;
}

} // namespace herald
