#pragma once

#include "engine/columnar/column.hpp"
#include "engine/connectors/nexmark/random.hpp"

#include <string>
#include <vector>

// The texts of the suite: what is drawn from fixed tables lies in buffers
// that are made once per process and shared by every column, so that a text
// costs a 16-byte view. Read-only after the first use; safe on any thread.

namespace herald::nexmark {

constexpr std::int64_t channels = 10'000;
constexpr std::int64_t hot_channels = 4;

/// Bytes of random letters that 'extra' is cut from.
constexpr std::int64_t pool_size = 1 << 20;

struct text_tables {
  buffer_ptr pool; ///< `pool_size` letters as the suite's

  /// By channel: `channels` cold ones, then the hot ones.
  std::vector<string_ref> channel; ///< all inline
  std::vector<string_ref> url;     ///< into `url_heap`
  buffer_ptr url_heap;

  static const text_tables& get();
};

/// A text of 3 to `length` - 1 letters, one in thirteen being `special`, cut
/// to `out`; blanks at its ends are left out.
void random_text(random_sequence& random, std::int64_t length, char special,
                 std::string& out);

void person_name(std::uint64_t bits, std::string& out);
void email_address(std::uint64_t bits, std::string& out);
void credit_card(std::uint64_t bits, std::string& out);
std::string_view city(std::uint64_t bits);
std::string_view state(std::uint64_t bits);

} // namespace herald::nexmark
