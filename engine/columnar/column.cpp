#include "engine/columnar/column.hpp"

#include "engine/common/check.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>

namespace herald {

namespace {

/// Arrow's recommended alignment; also one cache line.
constexpr std::int64_t alignment = 64;

/// What empty buffers point at, so that their address is never null.
alignas(64) std::uint8_t nothing[alignment];

/// Memory straight from malloc: Arrow's pools keep counters that every
/// thread writes, which costs more than the allocation of a small column.
class plain_buffer final : public arrow::MutableBuffer {
public:
  plain_buffer(std::uint8_t* data, std::int64_t bytes, std::int64_t capacity)
      : arrow::MutableBuffer(data, bytes) {
    capacity_ = capacity;
  }

  ~plain_buffer() override {
    if (data_ != nothing)
      std::free(const_cast<std::uint8_t*>(data_));
  }
};

} // namespace

std::shared_ptr<arrow::MutableBuffer> allocate_buffer(std::int64_t bytes) {
  HERALD_CHECK_LE(0, bytes);
  auto capacity = (bytes + alignment - 1) / alignment * alignment;
  if (capacity == 0)
    return std::make_shared<plain_buffer>(nothing, 0, 0);
  auto* memory
      = std::aligned_alloc(alignment, static_cast<std::size_t>(capacity));
  HERALD_CHECK(memory != nullptr, bytes);
  return std::make_shared<plain_buffer>(static_cast<std::uint8_t*>(memory),
                                        bytes, capacity);
}

std::shared_ptr<arrow::MutableBuffer> allocate_zeros(std::int64_t bytes) {
  auto result = allocate_buffer(bytes);
  std::memset(result->mutable_data(), 0,
              static_cast<std::size_t>(result->capacity()));
  return result;
}

std::int64_t memory_bytes(const column& x) {
  std::int64_t result = 0;
  if (x.validity)
    result += x.validity->size();
  if (x.values)
    result += x.values->size();
  for (const auto& heap : x.heaps)
    result += heap->size();
  for (const auto& child : x.children)
    result += memory_bytes(*child);
  return result;
}

std::int64_t count_nulls(const arrow::Buffer* bits, std::int64_t length) {
  if (bits == nullptr)
    return 0;
  const auto* data = bits->data();
  std::int64_t set = 0;
  std::int64_t byte = 0;
  for (; byte + 8 <= length / 8; byte += 8) {
    std::uint64_t word;
    std::memcpy(&word, data + byte, sizeof word);
    set += std::popcount(word);
  }
  for (; byte < length / 8; ++byte)
    set += std::popcount(data[byte]);
  if (auto rest = length % 8; rest != 0) {
    auto last = static_cast<std::uint8_t>(data[byte] & ((1u << rest) - 1));
    set += std::popcount(last);
  }
  return length - set;
}

} // namespace herald
