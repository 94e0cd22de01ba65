#include "engine/operators/row_forest.hpp"

namespace herald {

namespace {

/// What makes a tree shallow: higher nodes have higher priorities, which are
/// as good as random (the finalizer of MurmurHash3).
std::uint32_t priority(std::int32_t row) {
  auto x = static_cast<std::uint32_t>(row);
  x = (x ^ x >> 16) * 0x85ebca6b;
  x = (x ^ x >> 13) * 0xc2b2ae35;
  return x ^ x >> 16;
}

} // namespace

void row_forest::grow(const row_store& rows,
                      std::span<const std::uint64_t> prefixes) {
  nodes_.resize(static_cast<std::size_t>(rows.size()));
  auto next = nodes_.end() - static_cast<std::ptrdiff_t>(prefixes.size());
  for (const auto prefix : prefixes)
    *next++ = {prefix, none, none};
}

void row_forest::insert(const row_store& rows, std::int32_t& root,
                        std::int32_t row) {
  auto* link = &root;
  while (*link != none && priority(*link) >= priority(row))
    link = before(rows, row, *link) ? &at(*link).left : &at(*link).right;
  // Divides what lies below into the rows before and behind.
  auto rest = *link;
  *link = row;
  auto* left = &at(row).left;
  auto* right = &at(row).right;
  while (rest != none) {
    if (before(rows, rest, row)) {
      *left = rest;
      left = &at(rest).right;
      rest = *left;
    } else {
      *right = rest;
      right = &at(rest).left;
      rest = *right;
    }
  }
  *left = none;
  *right = none;
}

std::int32_t row_forest::merge(std::int32_t left, std::int32_t right) {
  std::int32_t result = none;
  auto* link = &result;
  while (left != none && right != none) {
    if (priority(left) > priority(right)) {
      *link = left;
      link = &at(left).right;
      left = *link;
    } else {
      *link = right;
      link = &at(right).left;
      right = *link;
    }
  }
  *link = left != none ? left : right;
  return result;
}

std::int32_t row_forest::erase(const row_store& rows, std::int32_t& root,
                               std::int32_t row) {
  auto* link = &root;
  while (*link != none) {
    const auto found = *link;
    if (before(rows, row, found)) {
      link = &at(found).left;
    } else if (before(rows, found, row)) {
      link = &at(found).right;
    } else {
      *link = merge(at(found).left, at(found).right);
      return found;
    }
  }
  return none;
}

std::int32_t row_forest::last(std::int32_t root) const {
  while (at(root).right != none)
    root = at(root).right;
  return root;
}

std::int32_t row_forest::erase_last(std::int32_t& root) {
  auto* link = &root;
  while (at(*link).right != none)
    link = &at(*link).right;
  const auto found = *link;
  *link = at(found).left;
  return found;
}

std::int32_t row_forest::build(std::span<const std::int32_t> sorted) {
  // The right spine of the tree so far (Vuillemin's Cartesian tree).
  std::vector<std::int32_t> spine;
  for (const auto row : sorted) {
    auto below = none;
    while (!spine.empty() && priority(spine.back()) < priority(row)) {
      below = spine.back();
      spine.pop_back();
    }
    at(row).left = below;
    at(row).right = none;
    if (!spine.empty())
      at(spine.back()).right = row;
    spine.push_back(row);
  }
  return spine.empty() ? none : spine.front();
}

void row_forest::renumber(std::span<const std::int32_t> kept) {
  std::vector<node> nodes;
  nodes.reserve(kept.size());
  for (const auto row : kept)
    nodes.push_back({prefix(row), none, none});
  nodes_ = std::move(nodes);
}

} // namespace herald
