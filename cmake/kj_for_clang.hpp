#pragma once

#include <kj/string.h>

// KJ 0.9.2 leaves `const char* == StringPtr` to C++20's reversed operators.
// clang 16 withholds them from types that have an operator!= (P2468), g++ 12
// does not. Included before everything that uses KJ, for clang only.
namespace kj {

inline bool operator==(const char* a, const StringPtr& b) {
  return StringPtr(a) == b;
}

inline bool operator!=(const char* a, const StringPtr& b) {
  return StringPtr(a) != b;
}

inline bool operator==(const char* a, const String& b) {
  return StringPtr(a) == StringPtr(b);
}

inline bool operator!=(const char* a, const String& b) {
  return StringPtr(a) != StringPtr(b);
}

} // namespace kj
