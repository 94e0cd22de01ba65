#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

// Checks of our own invariants. A failed check is a bug of Herald, never of a
// user: it prints the place, both values, and aborts, in release builds too.

namespace herald::detail {

[[noreturn]] inline void check_failed(const char* file, int line,
                                      const std::string& what) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, what.c_str());
  std::abort();
}

} // namespace herald::detail

#define HERALD_CHECK(condition, why)                                           \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::herald::detail::check_failed(                                          \
        __FILE__, __LINE__, ::fmt::format("{}: {}", #condition, why));         \
  } while (false)

#define HERALD_CHECK_OP_(a, op, b)                                             \
  do {                                                                         \
    const auto& herald_a_ = (a);                                               \
    const auto& herald_b_ = (b);                                               \
    if (!(herald_a_ op herald_b_)) [[unlikely]]                                \
      ::herald::detail::check_failed(                                          \
        __FILE__, __LINE__,                                                    \
        ::fmt::format("{} {} {} ({} against {})", #a, #op, #b, herald_a_,      \
                      herald_b_));                                             \
  } while (false)

#define HERALD_CHECK_EQ(a, b) HERALD_CHECK_OP_(a, ==, b)
#define HERALD_CHECK_LT(a, b) HERALD_CHECK_OP_(a, <, b)
#define HERALD_CHECK_LE(a, b) HERALD_CHECK_OP_(a, <=, b)
