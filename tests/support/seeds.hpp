#pragma once

#include <cstdint>

// How many seeds a random test tries. A sanitizer makes a test ten times as
// slow, and looks for other faults than wrong results: it gets a quarter.

namespace herald::testing {

constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return true;
#elif defined(__has_feature)
  return __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
  return false;
#endif
}

/// `count`, or under a sanitizer a quarter of it, at least one.
constexpr std::uint64_t seed_count(std::uint64_t count) {
  return is_sanitized() ? (count + 3) / 4 : count;
}

} // namespace herald::testing
