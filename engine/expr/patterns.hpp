#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

// Regular expressions, as Java writes them, compiled to RE2. A thread keeps
// the last `pattern_cache_max` it compiled, so a constant pattern is compiled
// once. RE2 runs in time linear in the text; what it does not know
// (backreferences, lookaround) counts as a bad pattern.

namespace herald {

constexpr std::size_t pattern_cache_max = 64;

enum class pattern_kind : std::uint8_t {
  regex,   ///< Java's syntax
  like,    ///< whole text; % and _, which matches no line feed
  similar, ///< whole text; % and _ in a regular expression
};

/// The compiled pattern, or null if it is none. `escape` (LIKE, SIMILAR TO)
/// may be empty. Valid until this thread's next call.
const re2::RE2* compile_pattern(pattern_kind kind, std::string_view pattern,
                                std::string_view escape = {});

} // namespace herald
