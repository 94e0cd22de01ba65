#pragma once

#include <cstdint>

// Random numbers that are a function of (seed, field, event number): any
// column of any event can be made alone, in any order, on any thread, with
// the same result. SplitMix64's output function (Steele, Lea, Flood 2014).

namespace herald::nexmark {

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

/// The stream of one field under one seed.
class random_field {
public:
  constexpr random_field() = default;

  constexpr random_field(std::uint64_t seed, std::uint64_t field)
      : key_(mix(mix(seed + golden) + (field + 1) * golden)) {}

  /// 64 random bits for event `number`.
  constexpr std::uint64_t operator()(std::int64_t number) const {
    return mix(key_ + static_cast<std::uint64_t>(number) * golden);
  }

private:
  std::uint64_t key_ = 0;
};

/// A number in [0, n) from the upper 32 bits of `bits`; 1 <= n < 2^31.
constexpr std::int64_t upper_below(std::uint64_t bits, std::int64_t n) {
  return static_cast<std::int64_t>((bits >> 32) * static_cast<std::uint64_t>(n)
                                   >> 32);
}

/// As `upper_below`, from the lower 32 bits.
constexpr std::int64_t lower_below(std::uint64_t bits, std::int64_t n) {
  return static_cast<std::int64_t>(
      (bits & 0xffffffffu) * static_cast<std::uint64_t>(n) >> 32);
}

/// More numbers from one field's bits: for texts, letter by letter.
class random_sequence {
public:
  explicit constexpr random_sequence(std::uint64_t bits) : state_(bits) {}

  constexpr std::int64_t below(std::int64_t n) {
    state_ += golden;
    return upper_below(mix(state_), n);
  }

private:
  std::uint64_t state_;
};

} // namespace herald::nexmark
