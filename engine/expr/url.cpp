#include "engine/expr/url.hpp"

#include "engine/expr/utf8.hpp"

#include <algorithm>
#include <charconv>

#include <absl/strings/ascii.h>

namespace herald {

namespace {

using text = std::string_view;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Takes "protocol:" off the front; empty if there is none that Java knows.
std::string take_protocol(text& x) {
  constexpr text known[]
      = {"http", "https", "ftp", "file", "jar", "mailto", "jrt", "jmod"};
  auto end = x.find_first_of(":/");
  if (end == x.npos || x[end] != ':')
    return {};
  std::string result;
  for (auto c : x.substr(0, end))
    result += is_letter(c) ? static_cast<char>(c | 0x20) : c;
  if (std::find(std::begin(known), std::end(known), result) == std::end(known))
    return {};
  x.remove_prefix(end + 1);
  return result;
}

/// Splits "user@host:port"; false if the port is none.
bool read_authority(url_parts& to, text authority) {
  to.authority = std::string(authority);
  auto host = authority;
  if (auto at = authority.find('@'); at != authority.npos) {
    if (authority.find('@', at + 1) != authority.npos)
      return true; // more than one: Java gives neither
    to.user_info = std::string(authority.substr(0, at));
    host = authority.substr(at + 1);
  }
  auto port_at = host.find(':');
  if (host.starts_with('[')) {
    auto close = host.find(']');
    if (close == host.npos)
      return false;
    port_at = close + 1 < host.size() ? close + 1 : host.npos;
    if (port_at != host.npos && host[port_at] != ':')
      return false;
  }
  if (port_at != host.npos) {
    auto port = host.substr(port_at + 1);
    std::int32_t number = 0;
    auto end = std::from_chars(port.data(), port.data() + port.size(), number);
    if (!port.empty()
        && (end.ec != std::errc() || end.ptr != port.data() + port.size()
            || number < -1))
      return false;
    host = host.substr(0, port_at);
  }
  to.host = std::string(host);
  return true;
}

/// Resolves "/./" and "/../", and "/.." and "/." at the end.
std::string without_dots(std::string path) {
  for (std::size_t at; (at = path.find("/./")) != path.npos;)
    path.erase(at, 2);
  for (std::size_t at = 0; (at = path.find("/../", at)) != path.npos;) {
    auto before = at > 0 ? path.rfind('/', at - 1) : path.npos;
    if (before == path.npos || path.compare(before, 4, "/../") == 0) {
      at += 3;
      continue;
    }
    path.erase(before, at + 3 - before);
    at = 0;
  }
  while (path.ends_with("/..")) {
    auto before
        = path.size() > 3 ? path.rfind('/', path.size() - 4) : path.npos;
    if (before == path.npos)
      break;
    path.resize(before + 1);
  }
  if (path.ends_with("/.") && path.size() > 2)
    path.pop_back();
  return path;
}

int hex_digit(char c) {
  if (absl::ascii_isdigit(c))
    return c - '0';
  auto lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

} // namespace

std::string url_parts::file() const {
  return query ? path + "?" + *query : path;
}

std::optional<url_parts> parse_url(text x) {
  auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!x.empty() && is_blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && is_blank(x.back()))
    x.remove_suffix(1);
  url_parts result;
  result.protocol = take_protocol(x);
  if (result.protocol.empty())
    return std::nullopt;
  if (auto at = x.find('#'); at != x.npos) {
    result.ref = std::string(x.substr(at + 1));
    x = x.substr(0, at);
  }
  if (auto at = x.find('?'); at != x.npos) {
    result.query = std::string(x.substr(at + 1));
    x = x.substr(0, at);
  }
  if (x.starts_with("//") && !x.starts_with("////")) {
    x.remove_prefix(2);
    auto authority = x.substr(0, x.find('/'));
    if (!read_authority(result, authority))
      return std::nullopt;
    x.remove_prefix(authority.size());
  }
  result.path = without_dots(std::string(x));
  return result;
}

void append_url_encoded(std::string& to, text x) {
  constexpr text digits = "0123456789ABCDEF";
  constexpr text plain = ".-*_";
  for (auto c : x) {
    if (is_letter(c) || absl::ascii_isdigit(c) || plain.find(c) != plain.npos) {
      to += c;
    } else if (c == ' ') {
      to += '+';
    } else {
      auto byte = static_cast<unsigned char>(c);
      to += '%';
      to += digits[byte >> 4];
      to += digits[byte & 15];
    }
  }
}

bool append_url_decoded(std::string& to, text x) {
  std::string bytes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] != '%') {
      bytes += x[i] == '+' ? ' ' : x[i];
      continue;
    }
    if (i + 2 >= x.size() || hex_digit(x[i + 1]) < 0 || hex_digit(x[i + 2]) < 0)
      return false;
    bytes += static_cast<char>(hex_digit(x[i + 1]) * 16 + hex_digit(x[i + 2]));
    i += 2;
  }
  append_utf8(to, bytes);
  return true;
}

} // namespace herald
