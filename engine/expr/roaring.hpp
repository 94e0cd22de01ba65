#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Sets of 32-bit integers as bytes, in RoaringBitmap's portable format, which
// Flink's BITMAP has on the wire. Here a set is its values in ascending order
// (as unsigned numbers); 4 bytes each while a kernel works on it. Pure
// functions, linear in the values. After the public format specification of
// the Roaring project.

namespace herald {

using value_set = std::vector<std::uint32_t>;

/// Appends `values`, ascending and without repeats.
void append_roaring(std::string& to, std::span<const std::uint32_t> values);

/// The values that `bytes` hold; nullopt if they are not of the format. Never
/// reads beyond them, whatever they claim.
std::optional<value_set> read_roaring(std::string_view bytes);

/// Number of values, from the header alone; nullopt as `read_roaring`.
std::optional<std::int64_t> roaring_cardinality(std::string_view bytes);

/// "{1,2,3}".
void append_set_text(std::string& to, std::span<const std::uint32_t> values);

} // namespace herald
