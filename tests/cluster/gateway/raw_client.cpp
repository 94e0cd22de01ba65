#include "tests/cluster/gateway/raw_client.hpp"

#include "engine/common/check.hpp"

#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace herald::gateway {

namespace {

constexpr int hang_limit_s = 60;

} // namespace

raw_client::raw_client(std::uint16_t port)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  HERALD_CHECK(socket_ >= 0, "a socket");
  timeval limit{hang_limit_s, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto result = ::connect(socket_, reinterpret_cast<sockaddr*>(&address),
                          sizeof(address));
  HERALD_CHECK(result == 0, "a connection");
}

raw_client::raw_client(raw_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

raw_client::~raw_client() {
  if (socket_ >= 0)
    ::close(socket_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_client::finish() {
  ::shutdown(socket_, SHUT_WR);
}

std::string raw_client::read(std::size_t size) {
  std::string result;
  char buffer[65536];
  while (result.size() < size) {
    auto got = ::recv(socket_, buffer,
                      std::min(sizeof(buffer), size - result.size()), 0);
    if (got <= 0)
      break;
    result.append(buffer, static_cast<std::size_t>(got));
  }
  return result;
}

std::string raw_client::read_all() {
  return read(std::string::npos);
}

http_answer parse_http(const std::string& text) {
  http_answer answer;
  auto end = text.find("\r\n\r\n");
  if (end == std::string::npos)
    return answer;
  answer.head = text.substr(0, end);
  answer.code = std::atoi(answer.head.c_str() + sizeof("HTTP/1.1"));
  auto body = text.substr(end + 4);
  if (answer.head.find("chunked") == std::string::npos) {
    answer.body = body;
    return answer;
  }
  std::size_t at = 0;
  for (;;) {
    auto line = body.find("\r\n", at);
    if (line == std::string::npos) {
      answer.complete = false;
      return answer;
    }
    auto size = std::stoul(body.substr(at, line - at), nullptr, 16);
    if (size == 0)
      return answer;
    answer.body += body.substr(line + 2, size);
    at = line + 2 + size + 2;
  }
}

http_answer http(std::uint16_t port, std::string_view method,
                 std::string_view path, std::string_view body,
                 std::string_view headers) {
  raw_client client(port);
  client.send(fmt::format("{} {} HTTP/1.1\r\nHost: test\r\n"
                          "Connection: close\r\nContent-Length: {}\r\n{}\r\n",
                          method, path, body.size(), headers));
  client.send(body);
  // KJ's server goes by the end of the stream, not by "Connection: close".
  client.finish();
  return parse_http(client.read_all());
}

} // namespace herald::gateway
