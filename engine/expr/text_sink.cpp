#include "engine/expr/text_sink.hpp"

#include <algorithm>
#include <utility>

namespace herald {

namespace {

constexpr std::int64_t first_heap_bytes = 4 * 1024;
constexpr std::int64_t largest_heap_bytes = 1024 * 1024;

} // namespace

text_sink::text_sink(std::int64_t rows, const column* source)
    : rows_(rows), source_(source),
      buffer_(allocate_zeros(rows * std::int64_t{sizeof(string_ref)})),
      refs_(reinterpret_cast<string_ref*>(buffer_->mutable_data())) {
  if (source != nullptr)
    heaps_ = source->heaps;
}

string_ref text_sink::far(std::string_view x) {
  auto size = static_cast<std::int64_t>(x.size());
  if (heap_ == nullptr || used_ + size > heap_->size()) {
    auto next = heap_ == nullptr
                    ? first_heap_bytes
                    : std::min(heap_->size() * 4, largest_heap_bytes);
    if (heap_ != nullptr)
      heaps_.push_back(std::move(heap_));
    heap_ = allocate_buffer(std::max(size, next));
    used_ = 0;
  }
  std::memcpy(heap_->mutable_data() + used_, x.data(), x.size());
  auto result = make_ref(x, static_cast<std::int32_t>(heaps_.size()),
                         static_cast<std::int32_t>(used_));
  used_ += size;
  return result;
}

string_ref text_sink::far_part(std::string_view x, std::int64_t from) {
  const auto& whole
      = reinterpret_cast<const string_ref*>(source_->values->data())[from];
  if (whole.is_inline())
    return far(x);
  auto text = source_->resolve(whole);
  if (x.data() < text.data() || x.data() + x.size() > text.data() + text.size())
    return far(x);
  return make_ref(x, whole.far.heap,
                  whole.far.offset
                      + static_cast<std::int32_t>(x.data() - text.data()));
}

column_ptr text_sink::finish(const data_type& type, validity valid) {
  if (heap_ != nullptr)
    heaps_.push_back(std::move(heap_));
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = rows_;
  result->null_count = valid.null_count;
  if (valid.null_count > 0)
    result->validity = std::move(valid.bits);
  result->values = std::move(buffer_);
  result->heaps = std::move(heaps_);
  return result;
}

} // namespace herald
