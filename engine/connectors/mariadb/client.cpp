#include "engine/connectors/mariadb/client.hpp"

#include "engine/common/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/socket.h>

namespace herald {

namespace {

/// A server that is silent for so long is taken for dead.
constexpr unsigned silence_seconds = 60;

/// Texts in UTF-8, moments in UTC, and backslashes that escape, whatever the
/// server's settings.
constexpr std::string_view session
    = "SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = ''";

/// What passes: the connection is gone, or the server has no room, ends,
/// waited for a lock, or was told to stop a query.
bool passes(unsigned code) {
  constexpr std::array<unsigned, 10> servers
      = {1040, 1053, 1152, 1158, 1159, 1160, 1161, 1205, 1213, 1927};
  return (code >= 2000 && code < 3000)
         || std::find(servers.begin(), servers.end(), code) != servers.end();
}

} // namespace

absl::Status mariadb_client::problem() {
  const auto code = mysql_errno(connection_);
  const auto text = fmt::format("MariaDB at {}:{}: {}", options_.host,
                                options_.port, mysql_error(connection_));
  return passes(code) ? absl::UnavailableError(text) : user_error(text);
}

absl::Status mariadb_client::connect() {
  static const bool ready = mysql_library_init(0, nullptr, nullptr) == 0;
  connection_ = ready ? mysql_init(nullptr) : nullptr;
  if (!connection_)
    return absl::ResourceExhaustedError("MariaDB's client did not start");
  const auto connect_seconds = static_cast<unsigned>(
      std::max<std::int64_t>(1, options_.connect_timeout_ms / 1000));
  const auto set = [&](mysql_option option, const void* value) {
    mysql_optionsv(connection_, option, value);
  };
  set(MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
  set(MYSQL_OPT_READ_TIMEOUT, &silence_seconds);
  set(MYSQL_OPT_WRITE_TIMEOUT, &silence_seconds);
  if (!mysql_real_connect(connection_, options_.host.c_str(),
                          options_.user.c_str(), options_.password.c_str(),
                          options_.database.c_str(),
                          static_cast<unsigned>(options_.port), nullptr, 0)) {
    auto status = problem();
    close();
    return status;
  }
  {
    std::lock_guard lock(mutex_);
    socket_ = static_cast<int>(mysql_get_socket(connection_));
    if (interrupted_)
      ::shutdown(socket_, SHUT_RDWR);
  }
  if (mysql_real_query(connection_, session.data(), session.size()) == 0)
    return absl::OkStatus();
  auto status = problem();
  close();
  return status;
}

absl::Status mariadb_client::query(const std::string& text,
                                   const row_visitor& visit) {
  {
    std::lock_guard lock(mutex_);
    if (interrupted_)
      return absl::UnavailableError("interrupted");
  }
  if (!connection_)
    HERALD_TRY(connect());
  if (mysql_real_query(connection_, text.data(), text.size()) != 0) {
    auto status = problem();
    close();
    return status;
  }
  auto* result = mysql_use_result(connection_);
  auto status = result ? fetch(*result, visit) : problem();
  // What was not read must not wait in front of the next result.
  if (!status.ok() && result)
    ::shutdown(socket_, SHUT_RDWR);
  if (result)
    mysql_free_result(result);
  if (!status.ok())
    close();
  return status;
}

absl::Status mariadb_client::fetch(MYSQL_RES& result,
                                   const row_visitor& visit) {
  const auto count = mysql_num_fields(&result);
  const auto* fields = mysql_fetch_fields(&result);
  std::vector<mariadb_value> values(count);
  while (auto* texts = mysql_fetch_row(&result)) {
    const auto* sizes = mysql_fetch_lengths(&result);
    for (unsigned i = 0; i < count; ++i) {
      values[i].is_bit = fields[i].type == MYSQL_TYPE_BIT;
      values[i].text.reset();
      if (texts[i])
        values[i].text.emplace(texts[i], sizes[i]);
    }
    HERALD_TRY(visit(values));
  }
  return mysql_errno(connection_) == 0 ? absl::OkStatus() : problem();
}

void mariadb_client::interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  if (socket_ >= 0)
    ::shutdown(socket_, SHUT_RDWR);
}

void mariadb_client::close() {
  {
    std::lock_guard lock(mutex_);
    socket_ = -1;
  }
  if (connection_)
    mysql_close(connection_);
  connection_ = nullptr;
}

} // namespace herald
