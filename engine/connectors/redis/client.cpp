#include "engine/connectors/redis/client.hpp"

#include "engine/common/error.hpp"

#include <fmt/format.h>
#include <hiredis.h>
#include <sys/socket.h>

namespace herald {

namespace {

/// A server that is silent for so long is taken for dead.
constexpr timeval silence{30, 0};

/// What passes: the server loads its data, follows a lost master, is full.
bool passes(std::string_view error) {
  for (const std::string_view word :
       {"LOADING", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "BUSY",
        "ERR max number of clients"})
    if (error.substr(0, word.size()) == word)
      return true;
  return false;
}

redis_reply reply_of(const ::redisReply& x) {
  redis_reply result;
  switch (x.type) {
  case REDIS_REPLY_STRING:
  case REDIS_REPLY_STATUS:
    result.text.emplace(x.str, x.len);
    break;
  case REDIS_REPLY_INTEGER:
    result.text = std::to_string(x.integer);
    break;
  case REDIS_REPLY_ARRAY:
    for (std::size_t i = 0; i < x.elements; ++i)
      result.elements.push_back(reply_of(*x.element[i]));
    break;
  default:
    break;
  }
  return result;
}

} // namespace

absl::Status redis_client::lost() const {
  return absl::UnavailableError(
      fmt::format("Redis at {}:{}: {}", options_.host, options_.port,
                  connection_ ? connection_->errstr : "no memory"));
}

absl::Status redis_client::connect() {
  const auto ms = options_.connect_timeout_ms;
  connection_ = redisConnectWithTimeout(options_.host.c_str(), options_.port,
                                        {ms / 1000, ms % 1000 * 1000});
  if (!connection_ || connection_->err != 0) {
    auto status = lost();
    close();
    return status;
  }
  redisSetTimeout(connection_, silence);
  {
    std::lock_guard lock(mutex_);
    socket_ = connection_->fd;
    if (interrupted_)
      ::shutdown(socket_, SHUT_RDWR);
  }
  std::vector<redis_command> first;
  if (!options_.password.empty())
    first.push_back(
        options_.user.empty()
            ? redis_command{"AUTH", options_.password}
            : redis_command{"AUTH", options_.user, options_.password});
  if (options_.database != 0)
    first.push_back({"SELECT", std::to_string(options_.database)});
  auto status = exchange(first).status();
  if (!status.ok())
    close();
  return status;
}

absl::StatusOr<std::vector<redis_reply>>
redis_client::exchange(const std::vector<redis_command>& commands) {
  for (const auto& command : commands) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& x : command) {
      texts.push_back(x.data());
      sizes.push_back(x.size());
    }
    if (redisAppendCommandArgv(connection_, static_cast<int>(texts.size()),
                               texts.data(), sizes.data())
        != REDIS_OK)
      return lost();
  }
  std::vector<redis_reply> result;
  auto status = absl::OkStatus();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    void* reply = nullptr;
    if (redisGetReply(connection_, &reply) != REDIS_OK)
      return lost();
    const auto& x = *static_cast<::redisReply*>(reply);
    if (x.type == REDIS_REPLY_ERROR) {
      const auto text
          = fmt::format("Redis at {}:{}: {}", options_.host, options_.port,
                        std::string_view(x.str, x.len));
      status = passes({x.str, x.len}) ? absl::UnavailableError(text)
                                      : user_error(text);
    }
    result.push_back(reply_of(x));
    freeReplyObject(reply);
  }
  HERALD_TRY(status);
  return result;
}

absl::StatusOr<std::vector<redis_reply>>
redis_client::run(const std::vector<redis_command>& commands) {
  {
    std::lock_guard lock(mutex_);
    if (interrupted_)
      return absl::UnavailableError("interrupted");
  }
  if (!connection_)
    HERALD_TRY(connect());
  auto result = exchange(commands);
  if (!result.ok())
    close();
  return result;
}

void redis_client::interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (socket_ >= 0)
    ::shutdown(socket_, SHUT_RDWR);
}

void redis_client::close() {
  {
    std::lock_guard lock(mutex_);
    socket_ = -1;
  }
  if (connection_)
    redisFree(connection_);
  connection_ = nullptr;
}

} // namespace herald
