#include "engine/runtime/frame.hpp"

namespace herald {

namespace {

std::int64_t column_bytes(const column& x) {
  switch (x.type.storage()) {
  case storage_kind::none:
    return 0;
  case storage_kind::bit:
    return x.length / 8 + 1;
  case storage_kind::text: {
    auto result = x.length * 16;
    for (const auto& ref : x.as<string_ref>())
      result += ref.is_inline() ? 0 : ref.size;
    return result;
  }
  case storage_kind::list:
  case storage_kind::fields: {
    auto result = x.length * 4;
    for (const auto& child : x.children)
      result += column_bytes(*child);
    return result;
  }
  default:
    return x.length * x.type.width();
  }
}

} // namespace

std::int64_t frame_bytes(const batch& x) {
  auto result = std::int64_t{64};
  for (const auto& column : x.columns)
    result += column_bytes(*column);
  return result;
}

} // namespace herald
