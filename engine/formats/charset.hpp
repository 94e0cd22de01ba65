#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// Texts from one charset to another, by the system's tables. Belongs to one
// decoder or encoder, on its thread; keeps nothing between calls.

namespace herald {

class charset_converter {
public:
  /// Names as IANA has them, as in Java: "UTF-8", "ISO-8859-1", "UTF-16LE".
  /// Errors: an unknown one, named in the message.
  static absl::StatusOr<charset_converter> make(const std::string& to,
                                                const std::string& from);

  /// Appends `text` to `out`; false if it is not in the one charset, or cannot
  /// be said in the other. O(bytes).
  bool convert(std::string_view text, std::string& out);

private:
  struct closer {
    void operator()(void* handle) const;
  };

  std::unique_ptr<void, closer> handle_;
};

} // namespace herald
