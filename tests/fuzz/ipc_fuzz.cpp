#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/hash.hpp"
#include "engine/columnar/scalar.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

// Bytes of a batch that come from outside: whatever `decode_ipc` lets through
// must be safe to read in every way that operators read it.

namespace {

/// Rows of the column and of all below it. Few bytes can make many elements
/// of type NULL, which would take long to print.
std::int64_t all_rows(const herald::column& x) {
  auto result = x.length;
  for (const auto& child : x.children)
    result += all_rows(*child);
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace herald;
  auto x = decode_ipc({reinterpret_cast<const char*>(data), size});
  if (!x.ok())
    return 0;
  constexpr std::int64_t rows_max = 1'000; // enough, and quick
  auto part = slice(**x, 0, std::min((*x)->rows, rows_max));
  std::vector<int> keys;
  for (std::size_t i = 0; i < part->columns.size(); ++i) {
    keys.push_back(static_cast<int>(i));
    if (all_rows(*part->columns[i]) > 100 * rows_max)
      return 0;
    for (std::int64_t row = 0; row < part->rows; ++row)
      to_string(value_at(*part->columns[i], row));
  }
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(part->rows));
  hash_rows(*part, keys, hashes);
  encode_ipc(*compact(part));
  return 0;
}
