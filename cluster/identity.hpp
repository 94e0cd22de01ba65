#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// Names of nodes and the numbers of the control plane, each a type of its own
// so that none is taken for another. A node is known by a random uuid that it
// keeps and by an incarnation that grows each time it starts or rejoins: CAF's
// own node ids are not unique. Plain values; pure and safe on any thread.

namespace herald::cluster {

/// 128 random bits. All zero means "none".
struct bits128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const bits128&, const bits128&) = default;
};

/// Returns 128 bits from the system's random source.
bits128 random_bits();

/// Returns `bits` as 32 lower-case hexadecimal digits.
std::string to_string(const bits128& bits);

/// Reads what `to_string` writes. Anything else is a user error.
absl::StatusOr<bits128> parse_bits(std::string_view text);

/// A node for as long as its data folder lives.
struct node_uuid {
  bits128 bits;

  friend auto operator<=>(const node_uuid&, const node_uuid&) = default;
};

/// Marks one command, chosen at random by whoever appends it.
struct request_id {
  bits128 bits;

  friend auto operator<=>(const request_id&, const request_id&) = default;
};

/// A number that means one thing only.
template <class Tag>
struct strong_number {
  std::uint64_t value = 0;

  friend auto operator<=>(const strong_number&, const strong_number&) = default;
};

/// Counts a node's starts and rejoins; grows, may skip.
using incarnation = strong_number<struct incarnation_tag>;

/// The place of a command in the log. The first is 1; 0 is before all.
using log_position = strong_number<struct log_position_tag>;

/// Counts changes of the membership.
using view_number = strong_number<struct view_number_tag>;

/// Counts the owners that an object has had; never reused for its name.
using generation = strong_number<struct generation_tag>;

/// Counts the contents that an object or a setting has had, from 1.
using version_number = strong_number<struct version_number_tag>;

/// One life of a node: what joins, owns, suspects and is removed.
struct node_id {
  node_uuid uuid;
  incarnation life;

  friend auto operator<=>(const node_id&, const node_id&) = default;
};

/// Returns the first 8 digits of the uuid: what people see of a worker.
std::string short_name(const node_uuid& uuid);

/// Returns the first 8 digits of the uuid, '#' and the incarnation.
std::string to_string(const node_id& id);

} // namespace herald::cluster
