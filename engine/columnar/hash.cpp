#include "engine/columnar/hash.hpp"

#include "engine/common/check.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace herald {

namespace {

// Odd constants with about half of their bits set: fractional parts of the
// square roots of small primes. Never change one: snapshots depend on them.
constexpr std::uint64_t k_seed = 0x6a09e667f3bcc909;
constexpr std::uint64_t k_row = 0xbb67ae8584caa73b;
constexpr std::uint64_t k_null = 0x3c6ef372fe94f82b;
constexpr std::uint64_t k_low = 0xa54ff53a5f1d36f1;
constexpr std::uint64_t k_high = 0x510e527fade682d1;
constexpr std::uint64_t k_list = 0x9b05688c2b3e6c1f;

/// A bijection in which every input bit moves every output bit: the 64-bit
/// finaliser of MurmurHash3 with Stafford's constants (his "mix 13").
constexpr std::uint64_t finish(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  x ^= x >> 31;
  return x;
}

/// Adds one value to the hash of the columns before it. Distinct values stay
/// distinct for a single column of up to 64 bits.
constexpr std::uint64_t combine(std::uint64_t before, std::uint64_t value) {
  return finish(before * k_row + value + k_seed);
}

/// The two halves of a 128-bit product, folded.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product)
         ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load64(const char* from) {
  std::uint64_t result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// Texts of up to 12 bytes, straight from the view with its padding.
std::uint64_t hash_inline(const string_ref& x) {
  std::uint64_t words[2];
  std::memcpy(words, &x, sizeof words);
  return fold(words[0] ^ k_low, words[1] ^ k_high);
}

/// Longer texts, 16 bytes at a time; the last 16 may overlap.
std::uint64_t hash_far(std::string_view x) {
  const auto* at = x.data();
  const auto* end = at + x.size();
  auto state = static_cast<std::uint64_t>(x.size()) * k_list;
  if (x.size() < 16)
    return fold(load64(at) ^ k_low ^ state, load64(end - 8) ^ k_high);
  for (; end - at > 16; at += 16)
    state = fold(load64(at) ^ k_low ^ state,
                 load64(at + 8) ^ k_high ^ std::rotl(state, 32));
  return fold(load64(end - 16) ^ k_low ^ state,
              load64(end - 8) ^ k_high ^ std::rotl(state, 32));
}

// -- raw values of each storage ----------------------------------------------

std::uint64_t raw(std::int64_t x) {
  return static_cast<std::uint64_t>(x);
}

/// -0.0 as 0.0 and every NaN alike.
std::uint64_t raw(double x) {
  if (x == 0)
    return 0;
  if (std::isnan(x))
    return std::bit_cast<std::uint64_t>(
        std::numeric_limits<double>::quiet_NaN());
  return std::bit_cast<std::uint64_t>(x);
}

std::uint64_t raw(int128 x) {
  auto low = static_cast<std::uint64_t>(x);
  auto high = static_cast<std::uint64_t>(x >> 64);
  // Adding the sign leaves small decimals of either sign as they are.
  auto above
      = high - static_cast<std::uint64_t>(static_cast<std::int64_t>(low) >> 63);
  return above == 0 ? low : combine(finish(above ^ k_high), low);
}

using hashes = std::span<std::uint64_t>;

/// Combines `value(row)` of every row that is not NULL into `out`.
template <class Value>
void combine_rows(const column& x, hashes out, Value value) {
  if (x.validity == nullptr) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = combine(out[i], value(i));
    return;
  }
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = x.is_null(static_cast<std::int64_t>(i))
                 ? finish(out[i] * k_row + k_null)
                 : combine(out[i], value(i));
}

template <class T, class Wide>
void combine_fixed(const column& x, hashes out) {
  const auto* values = x.as<T>().data();
  combine_rows(x, out, [values](std::size_t i) {
    return raw(static_cast<Wide>(values[i]));
  });
}

void combine_texts(const column& x, hashes out) {
  const auto* refs = x.as<string_ref>().data();
  combine_rows(x, out, [&x, refs](std::size_t i) {
    return refs[i].is_inline() ? hash_inline(refs[i])
                               : hash_far(x.resolve(refs[i]));
  });
}

void combine_column(const column& x, hashes out);

/// Arrays by their elements in order; the order of a map's entries says
/// nothing, so these are added up.
void combine_lists(const column& x, hashes out) {
  const auto& child = *x.children[0];
  std::vector<std::uint64_t> elements(static_cast<std::size_t>(child.length));
  combine_column(child, elements);
  auto offsets = x.offsets();
  const auto in_order = !x.type.has_entries();
  combine_rows(x, out, [&](std::size_t i) {
    auto state
        = static_cast<std::uint64_t>(offsets[i + 1] - offsets[i]) * k_list;
    for (auto at = offsets[i]; at < offsets[i + 1]; ++at)
      state = in_order ? combine(state, elements[static_cast<std::size_t>(at)])
                       : state + elements[static_cast<std::size_t>(at)];
    return state;
  });
}

/// A NULL row hashes without its fields, whose slots may hold anything.
void combine_fields(const column& x, hashes out) {
  std::vector<std::uint64_t> inner(out.size());
  for (const auto& child : x.children)
    combine_column(*child, inner);
  combine_rows(x, out, [&](std::size_t i) { return inner[i]; });
}

void combine_column(const column& x, hashes out) {
  switch (x.type.storage()) {
  case storage_kind::none:
    for (auto& hash : out)
      hash = finish(hash * k_row + k_null);
    break;
  case storage_kind::bit:
    combine_rows(x, out, [&](std::size_t i) {
      return raw(std::int64_t{x.bit(static_cast<std::int64_t>(i))});
    });
    break;
  case storage_kind::i8:
    return combine_fixed<std::int8_t, std::int64_t>(x, out);
  case storage_kind::i16:
    return combine_fixed<std::int16_t, std::int64_t>(x, out);
  case storage_kind::i32:
    return combine_fixed<std::int32_t, std::int64_t>(x, out);
  case storage_kind::i64:
    return combine_fixed<std::int64_t, std::int64_t>(x, out);
  case storage_kind::f32:
    return combine_fixed<float, double>(x, out);
  case storage_kind::f64:
    return combine_fixed<double, double>(x, out);
  case storage_kind::i128:
    return combine_fixed<int128, int128>(x, out);
  case storage_kind::text:
    return combine_texts(x, out);
  case storage_kind::list:
    return combine_lists(x, out);
  case storage_kind::fields:
    return combine_fields(x, out);
  }
}

/// The first key is one 64-bit integer without NULLs, as most are: nothing to
/// combine with, so no pass over zeros and one multiplication less.
bool hash_first(const column& x, hashes out) {
  if (x.type.storage() != storage_kind::i64 || x.validity != nullptr)
    return false;
  const auto* values = x.as<std::uint64_t>().data();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = finish(values[i] + k_seed);
  return true;
}

} // namespace

void hash_rows(const batch& x, std::span<const int> keys,
               std::span<std::uint64_t> out) {
  HERALD_CHECK_EQ(out.size(), static_cast<std::size_t>(x.rows));
  auto part = [&](int key) -> const column& {
    return *x.columns[static_cast<std::size_t>(key)];
  };
  if (!keys.empty() && hash_first(part(keys[0]), out))
    keys = keys.subspan(1);
  else
    std::fill(out.begin(), out.end(), 0);
  for (auto key : keys)
    combine_column(part(key), out);
}

} // namespace herald
