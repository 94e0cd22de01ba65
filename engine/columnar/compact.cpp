#include "engine/columnar/batch.hpp"

#include <cstring>
#include <utility>

#include <absl/container/flat_hash_map.h>

namespace herald {

namespace {

/// Bytes of one heap; a view's offset has 31 bits.
constexpr std::int64_t buffer_bytes_max = 1 << 30;

/// Where far texts go: each distinct place of the old heaps once.
class text_packer {
public:
  explicit text_packer(const column& from) : from_(from) {}

  string_ref add(const string_ref& ref) {
    auto text = from_.resolve(ref);
    auto [entry, added] = places_.try_emplace(std::pair{text.data(), ref.size},
                                              static_cast<std::int32_t>(heap_),
                                              static_cast<std::int32_t>(used_));
    if (added) {
      if (used_ > 0 && used_ + ref.size > buffer_bytes_max) {
        close();
        entry->second = {heap_, 0};
      }
      texts_.push_back(text);
      used_ += ref.size;
    }
    return make_ref(text, entry->second.first, entry->second.second);
  }

  std::vector<buffer_ptr> release() {
    if (used_ > 0)
      close();
    return std::move(heaps_);
  }

private:
  void close() {
    auto heap = allocate_buffer(used_);
    auto* out = heap->mutable_data();
    for (auto text : texts_) {
      std::memcpy(out, text.data(), text.size());
      out += text.size();
    }
    heaps_.push_back(std::move(heap));
    texts_.clear();
    used_ = 0;
    ++heap_;
  }

  const column& from_;
  absl::flat_hash_map<std::pair<const char*, std::int32_t>,
                      std::pair<std::int32_t, std::int32_t>>
      places_;
  std::vector<std::string_view> texts_;
  std::vector<buffer_ptr> heaps_;
  std::int64_t used_ = 0;
  std::int32_t heap_ = 0;
};

column_ptr compact_texts(const column_ptr& x) {
  if (x->heaps.empty())
    return x;
  auto result = std::make_shared<column>(*x);
  auto values = allocate_buffer(x->length * 16);
  auto* out = reinterpret_cast<string_ref*>(values->mutable_data());
  text_packer packer{*x};
  std::int64_t row = 0;
  for (const auto& ref : x->as<string_ref>()) {
    if (x->is_null(row++))
      *out++ = make_ref({}, 0, 0);
    else
      *out++ = ref.is_inline() ? ref : packer.add(ref);
  }
  result->values = std::move(values);
  result->heaps = packer.release();
  return result;
}

/// A list's child, cut to the rows that are in use.
column_ptr compact_list(const column_ptr& x) {
  auto offsets = x->offsets();
  if (offsets.front() == 0 && offsets.back() == x->children[0]->length) {
    auto result = std::make_shared<column>(*x);
    result->children = {compact(x->children[0])};
    return result;
  }
  row_list rows(static_cast<std::size_t>(x->length));
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<std::int32_t>(i);
  return compact(take(*x, rows));
}

} // namespace

column_ptr compact(const column_ptr& x) {
  switch (x->type.storage()) {
  case storage_kind::text:
    return compact_texts(x);
  case storage_kind::list:
    return compact_list(x);
  case storage_kind::fields: {
    auto result = std::make_shared<column>(*x);
    for (auto& child : result->children)
      child = compact(child);
    return result;
  }
  default:
    return x;
  }
}

batch_ptr compact(const batch_ptr& x) {
  std::vector<column_ptr> columns;
  columns.reserve(x->columns.size());
  for (const auto& part : x->columns)
    columns.push_back(compact(part));
  return make_batch(x->layout, std::move(columns), x->rows, x->changes);
}

} // namespace herald
