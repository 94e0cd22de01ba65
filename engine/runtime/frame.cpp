#include "engine/runtime/frame.hpp"

namespace herald {

namespace {

std::int64_t column_bytes(const column& x, std::int64_t begin,
                          std::int64_t end);

std::int64_t text_bytes(const column& x, std::int64_t begin, std::int64_t end) {
  std::int64_t result = 0;
  const auto* refs = x.as<string_ref>().data();
  for (auto row = begin; row < end; ++row)
    if (!refs[row].is_inline() && !x.is_null(row))
      result += refs[row].size;
  return result;
}

/// Bytes of what rows [begin, end), none of them NULL, hold in the children.
std::int64_t child_bytes(const column& x, std::int64_t begin,
                         std::int64_t end) {
  if (x.type.storage() == storage_kind::list)
    return column_bytes(*x.children[0],
                        x.offsets()[static_cast<std::size_t>(begin)],
                        x.offsets()[static_cast<std::size_t>(end)]);
  std::int64_t result = 0;
  for (const auto& child : x.children)
    result += column_bytes(*child, begin, end);
  return result;
}

/// Counts values, not buffers: slots of NULLs and rows that a slice leaves out
/// do not survive a wire, and both of its ends must count alike.
std::int64_t column_bytes(const column& x, std::int64_t begin,
                          std::int64_t end) {
  auto rows = end - begin;
  switch (x.type.storage()) {
  case storage_kind::none:
    return 0;
  case storage_kind::bit:
    return rows;
  case storage_kind::text:
    return rows * 16 + text_bytes(x, begin, end);
  case storage_kind::list:
  case storage_kind::fields: {
    auto result = rows * 4;
    for (auto at = begin; at < end;) {
      if (x.is_null(at)) {
        ++at;
        continue;
      }
      auto first = at;
      while (at < end && !x.is_null(at))
        ++at;
      result += child_bytes(x, first, at);
    }
    return result;
  }
  default:
    return rows * x.type.width();
  }
}

} // namespace

std::int64_t frame_bytes(const batch& x) {
  auto result = std::int64_t{64};
  for (const auto& column : x.columns)
    result += column_bytes(*column, 0, x.rows);
  return result;
}

} // namespace herald
