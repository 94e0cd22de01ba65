#include "engine/formats/charset.hpp"

#include "engine/common/error.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <iconv.h>

namespace herald {

void charset_converter::closer::operator()(void* handle) const {
  ::iconv_close(handle);
}

absl::StatusOr<charset_converter>
charset_converter::make(const std::string& to, const std::string& from) {
  charset_converter result;
  auto* handle = ::iconv_open(to.c_str(), from.c_str());
  if (handle == reinterpret_cast<iconv_t>(-1))
    return user_error(
        fmt::format("the charset '{}' is not known", to == "UTF-8" ? from : to),
        "such as UTF-8, ISO-8859-1, UTF-16LE");
  result.handle_.reset(handle);
  return result;
}

bool charset_converter::convert(std::string_view text, std::string& out) {
  ::iconv(handle_.get(), nullptr, nullptr, nullptr, nullptr);
  auto* from = const_cast<char*>(text.data()); // iconv only reads it
  auto left = text.size();
  char buffer[4096];
  for (bool flushed = false; !flushed;) {
    flushed = left == 0;
    auto* to = buffer;
    auto room = sizeof buffer;
    const auto code = flushed
                          ? ::iconv(handle_.get(), nullptr, nullptr, &to, &room)
                          : ::iconv(handle_.get(), &from, &left, &to, &room);
    if (code == static_cast<std::size_t>(-1) && errno != E2BIG)
      return false;
    out.append(buffer, sizeof buffer - room);
  }
  return true;
}

} // namespace herald
