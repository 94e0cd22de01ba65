#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

// Errors of users, as values. An error says what is wrong, where, and what to
// do; it travels as an `absl::Status` whose payload carries the place in the
// text that it came from. Pure functions, safe on any thread.

namespace herald {

/// A stretch of a text that a user wrote. `line` and `column` count from 1,
/// in characters; 0 means unknown. `offset` and `length` are bytes.
struct text_position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  friend bool operator==(const text_position&, const text_position&) = default;
};

/// Makes an `InvalidArgument` error that points at `where`. Its message is
/// "line 3, column 7: MESSAGE (HINT)"; without a position the place is left
/// out, without a hint the brackets are.
absl::Status user_error(text_position where, std::string_view message,
                        std::string_view hint = {});

/// Like `user_error`, for a mistake that has no place in a text.
absl::Status user_error(std::string_view message, std::string_view hint = {});

/// Returns the place that `user_error` attached, or all zeros.
text_position position_of(const absl::Status& status);

/// Makes an error whose `message` already says everything, as one that came
/// over a wire does, and attaches `where` and `hint` for programs.
absl::Status placed_error(absl::StatusCode code, std::string_view message,
                          text_position where, std::string_view hint = {});

/// Returns the hint that was attached, or nothing.
std::string hint_of(const absl::Status& status);

/// Returns the message, valid as long as `status` is.
std::string_view message_of(const absl::Status& status);

/// Returns `status` with `context` and ": " before its message, its code and
/// its position kept. OK stays OK.
absl::Status annotate(const absl::Status& status, std::string_view context);

/// Returns the message, and below it the line of `source` that it points at
/// with carets under the text. Without a position only the message.
std::string render_error(std::string_view source, const absl::Status& status);

/// Returns the entry of `names` nearest to `name` by edit distance, for "did
/// you mean"; empty when none is near. O(n · length²).
std::string nearest_name(std::string_view name,
                         const std::vector<std::string>& names);

} // namespace herald

/// Returns the status of `expression` from the current function unless OK.
#define HERALD_TRY(expression)                                                 \
  do {                                                                         \
    if (::absl::Status herald_status_ = (expression); !herald_status_.ok())    \
      return herald_status_;                                                   \
  } while (false)

#define HERALD_CONCAT_(a, b) a##b
#define HERALD_CONCAT(a, b) HERALD_CONCAT_(a, b)
#define HERALD_ASSIGN_(temporary, target, expression)                          \
  auto temporary = (expression);                                               \
  if (!temporary.ok())                                                         \
    return std::move(temporary).status();                                      \
  target = *std::move(temporary)

/// Assigns the value of a `StatusOr` to `target`, or returns its error.
#define HERALD_ASSIGN(target, expression)                                      \
  HERALD_ASSIGN_(HERALD_CONCAT(herald_result_, __LINE__), target, expression)
