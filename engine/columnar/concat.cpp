#include "engine/columnar/batch.hpp"
#include "engine/columnar/bits.hpp"
#include "engine/common/check.hpp"

#include <cstring>
#include <utility>

#include <absl/container/flat_hash_map.h>

namespace herald {

namespace {

using columns = std::span<const column_ptr>;

std::int64_t total_rows(columns parts) {
  std::int64_t result = 0;
  for (const auto& part : parts)
    result += part->length;
  HERALD_CHECK_LE(result, column::rows_max);
  return result;
}

void join_validity(column& to, columns parts) {
  for (const auto& part : parts)
    to.null_count += part->null_count;
  if (to.null_count == 0)
    return;
  auto bits = allocate_zeros((to.length + 7) / 8);
  std::int64_t at = 0;
  for (const auto& part : parts) {
    append_bits(bits->mutable_data(), at,
                part->validity ? part->validity->data() : nullptr,
                part->length);
    at += part->length;
  }
  to.validity = std::move(bits);
}

void join_bits(column& to, columns parts) {
  auto bits = allocate_zeros((to.length + 7) / 8);
  std::int64_t at = 0;
  for (const auto& part : parts) {
    if (part->length > 0)
      append_bits(bits->mutable_data(), at, part->values->data(), part->length);
    at += part->length;
  }
  to.values = std::move(bits);
}

void join_values(column& to, columns parts) {
  auto width = to.type.width();
  auto values = allocate_buffer(to.length * width);
  auto* out = values->mutable_data();
  for (const auto& part : parts) {
    auto bytes = static_cast<std::size_t>(part->length * width);
    if (bytes > 0)
      std::memcpy(out, part->values->data(), bytes);
    out += bytes;
  }
  to.values = std::move(values);
}

/// Gives every heap of the parts a number in the joined column; parts that
/// come from one batch share heaps, which are listed once.
class heap_numbers {
public:
  std::vector<std::int32_t> add(const std::vector<buffer_ptr>& heaps) {
    std::vector<std::int32_t> result;
    result.reserve(heaps.size());
    for (const auto& heap : heaps) {
      auto next = static_cast<std::int32_t>(heaps_.size());
      auto [entry, added] = numbers_.try_emplace(heap.get(), next);
      if (added)
        heaps_.push_back(heap);
      result.push_back(entry->second);
    }
    return result;
  }

  std::vector<buffer_ptr> release() {
    return std::move(heaps_);
  }

private:
  absl::flat_hash_map<const arrow::Buffer*, std::int32_t> numbers_;
  std::vector<buffer_ptr> heaps_;
};

void renumber(std::span<string_ref> refs,
              const std::vector<std::int32_t>& numbers) {
  for (auto& ref : refs) {
    if (ref.is_inline())
      continue;
    // The slot of a NULL may name a heap that does not exist.
    auto heap = static_cast<std::size_t>(ref.far.heap);
    ref.far.heap = heap < numbers.size() ? numbers[heap] : 0;
  }
}

void join_texts(column& to, columns parts) {
  join_values(to, parts);
  heap_numbers heaps;
  auto* refs = reinterpret_cast<string_ref*>(
      const_cast<std::uint8_t*>(to.values->data())); // ours alone until now
  for (const auto& part : parts) {
    auto numbers = heaps.add(part->heaps);
    auto same = true;
    for (std::size_t i = 0; i < numbers.size(); ++i)
      same = same && numbers[i] == static_cast<std::int32_t>(i);
    if (!same)
      renumber({refs, static_cast<std::size_t>(part->length)}, numbers);
    refs += part->length;
  }
  to.heaps = heaps.release();
}

/// The child's rows that a list's rows refer to, without those before and
/// after them.
column_ptr used_elements(const column& x) {
  auto offsets = x.offsets();
  if (offsets.front() == 0 && offsets.back() == x.children[0]->length)
    return x.children[0];
  row_list rows;
  rows.reserve(static_cast<std::size_t>(offsets.back() - offsets.front()));
  for (auto i = offsets.front(); i < offsets.back(); ++i)
    rows.push_back(i);
  return take(*x.children[0], rows);
}

void join_lists(column& to, columns parts) {
  auto values = allocate_buffer((to.length + 1) * 4);
  auto* out = reinterpret_cast<std::int32_t*>(values->mutable_data());
  std::vector<column_ptr> children;
  std::int64_t base = 0;
  *out++ = 0;
  for (const auto& part : parts) {
    children.push_back(used_elements(*part));
    auto offsets = part->offsets();
    for (auto offset : offsets.subspan(1))
      *out++ = static_cast<std::int32_t>(base + offset - offsets.front());
    base += children.back()->length;
    HERALD_CHECK_LE(base, column::rows_max);
  }
  to.values = std::move(values);
  to.children = {concat(children)};
}

void join_fields(column& to, columns parts) {
  std::vector<column_ptr> children;
  for (std::size_t i = 0; i < to.type.fields().size(); ++i) {
    children.clear();
    for (const auto& part : parts)
      children.push_back(part->children[i]);
    to.children.push_back(concat(children));
  }
}

buffer_ptr join_changes(std::span<const batch_ptr> parts, std::int64_t rows) {
  auto plain = true;
  for (const auto& part : parts)
    plain = plain && part->changes == nullptr;
  if (plain)
    return nullptr;
  auto result = allocate_zeros(rows);
  auto* out = result->mutable_data();
  for (const auto& part : parts) {
    if (part->changes && part->rows > 0)
      std::memcpy(out, part->changes->data(),
                  static_cast<std::size_t>(part->rows));
    out += part->rows;
  }
  return result;
}

} // namespace

column_ptr concat(std::span<const column_ptr> parts) {
  HERALD_CHECK(!parts.empty(), "nothing to concatenate");
  if (parts.size() == 1)
    return parts[0];
  auto result = std::make_shared<column>();
  result->type = parts[0]->type;
  result->length = total_rows(parts);
  join_validity(*result, parts);
  switch (result->type.storage()) {
  case storage_kind::none:
    break;
  case storage_kind::bit:
    join_bits(*result, parts);
    break;
  case storage_kind::text:
    join_texts(*result, parts);
    break;
  case storage_kind::list:
    join_lists(*result, parts);
    break;
  case storage_kind::fields:
    join_fields(*result, parts);
    break;
  default:
    join_values(*result, parts);
  }
  return result;
}

batch_ptr concat(std::span<const batch_ptr> parts) {
  HERALD_CHECK(!parts.empty(), "nothing to concatenate");
  if (parts.size() == 1)
    return parts[0];
  std::int64_t rows = 0;
  for (const auto& part : parts) {
    HERALD_CHECK_EQ(part->columns.size(), parts[0]->columns.size());
    rows += part->rows;
  }
  std::vector<column_ptr> joined;
  std::vector<column_ptr> pieces;
  for (std::size_t i = 0; i < parts[0]->columns.size(); ++i) {
    pieces.clear();
    for (const auto& part : parts)
      pieces.push_back(part->columns[i]);
    joined.push_back(concat(pieces));
  }
  return make_batch(parts[0]->layout, std::move(joined), rows,
                    join_changes(parts, rows));
}

} // namespace herald
