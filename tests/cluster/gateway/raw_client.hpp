#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Plain sockets for tests: what a well-behaved client library would never
// send, and HTTP without a library. Blocking, with a limit in time that only
// a hanging test meets. Used on the test's thread.

namespace herald::gateway {

class raw_client {
public:
  explicit raw_client(std::uint16_t port);
  raw_client(raw_client&& other) noexcept;
  ~raw_client();

  /// Sends all of `bytes`, or what the other side takes before it closes.
  void send(std::string_view bytes);

  /// Ends this side's half.
  void finish();

  /// Reads until the other side closes.
  std::string read_all();

  /// Reads up to `size` bytes; fewer at the end.
  std::string read(std::size_t size);

private:
  int socket_;
};

struct http_answer {
  int code = 0;
  std::string head;
  std::string body;
  /// False if the connection ended before the answer did.
  bool complete = true;
};

/// Sends one request on a connection of its own. `headers` are lines, each
/// ended by "\r\n".
http_answer http(std::uint16_t port, std::string_view method,
                 std::string_view path, std::string_view body = "",
                 std::string_view headers = "");

/// Takes an answer apart that was read to the end of the connection.
http_answer parse_http(const std::string& text);

} // namespace herald::gateway
