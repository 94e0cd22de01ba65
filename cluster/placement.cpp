#include "cluster/placement.hpp"

#include <algorithm>
#include <bit>
#include <string_view>

// The logarithm method: each candidate draws a uniform u in (0, 1) from the
// hash of its uuid and the key, and the least -log2(u) / weight wins. The
// logarithm is computed bit by bit in whole numbers: floating point could
// round differently on two machines, which would then never agree.

namespace herald::cluster {

namespace {

constexpr std::uint32_t max_weight = 1u << 16;

// Bits of the logarithm behind the point.
constexpr int fraction_bits = 32;

// The finalizer of SplitMix64: spreads every input bit over all bits.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

// FNV-1a over `text` and its end.
std::uint64_t add_text(std::uint64_t hash, std::string_view text) {
  constexpr std::uint64_t prime = 0x100000001b3u;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return (hash ^ 0xff) * prime;
}

std::uint64_t hash_of(const object_key& key) {
  constexpr std::uint64_t basis = 0xcbf29ce484222325u;
  auto hash
      = add_text(basis ^ static_cast<std::uint64_t>(key.kind), key.project);
  return mix(add_text(hash, key.name));
}

// Returns -log2(x / 2^64) as a whole number of 2^-32; `x` is not 0.
std::uint64_t negative_log2(std::uint64_t x) {
  auto zeros = std::countl_zero(x);
  // A number in [1, 2) with 63 bits behind the point; squaring it doubles its
  // logarithm, so each overflow past 2 is the next bit.
  std::uint64_t mantissa = x << zeros;
  std::uint64_t fraction = 0;
  for (int bit = 0; bit < fraction_bits; ++bit) {
    auto square = static_cast<unsigned __int128>(mantissa) * mantissa >> 63;
    auto doubled = static_cast<std::uint64_t>(square >> 64);
    fraction = fraction << 1 | doubled;
    mantissa = static_cast<std::uint64_t>(doubled ? square >> 1 : square);
  }
  // log2(x / 2^64) = -1 - zeros + fraction.
  auto whole = static_cast<std::uint64_t>(zeros) + 1;
  return (whole << fraction_bits) - fraction;
}

struct draw {
  std::uint64_t log;
  std::uint32_t weight;
  node_uuid uuid;
};

// Whether `a` wins over `b`: log / weight compared without dividing, the uuid
// where equal.
bool wins(const draw& a, const draw& b) {
  auto left = static_cast<unsigned __int128>(a.log) * b.weight;
  auto right = static_cast<unsigned __int128>(b.log) * a.weight;
  return left != right ? left < right : a.uuid < b.uuid;
}

} // namespace

std::optional<node_uuid>
place(const object_key& key,
      const std::vector<placement_candidate>& candidates) {
  std::optional<draw> best;
  auto key_hash = hash_of(key);
  for (const auto& candidate : candidates) {
    const auto& bits = candidate.uuid.bits;
    auto hash = mix(mix(key_hash ^ bits.high) ^ bits.low);
    draw made{negative_log2(std::max<std::uint64_t>(hash, 1)),
              std::clamp(candidate.weight, 1u, max_weight), candidate.uuid};
    if (!best || wins(made, *best))
      best = made;
  }
  return best ? std::optional(best->uuid) : std::nullopt;
}

std::vector<placement_candidate>
candidates_of(const std::map<node_uuid, member>& members) {
  std::vector<placement_candidate> result;
  result.reserve(members.size());
  for (const auto& [uuid, seated] : members)
    result.push_back({uuid, seated.info.cores});
  return result;
}

} // namespace herald::cluster
