#include "engine/serving/job.hpp"

#include "engine/common/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::size_t name_max = 64;
constexpr std::size_t id_digits = 16;
constexpr std::uint32_t capacity_max = 100'000;
constexpr std::uint32_t running_most = 10'000;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

} // namespace

job_error to_error(const absl::Status& status) {
  if (status.ok())
    return {};
  auto where = position_of(status);
  return {static_cast<std::uint8_t>(status.code()),
          std::string(message_of(status)), where.line, where.column,
          hint_of(status)};
}

absl::Status to_status(const job_error& error) {
  if (error.code == 0)
    return absl::OkStatus();
  return placed_error(static_cast<absl::StatusCode>(error.code), error.message,
                      {error.line, error.column, 0, 0}, error.hint);
}

std::string queue_of(const std::string& id) {
  auto dot = id.find('.');
  if (dot == id.npos || dot == 0 || id.size() != dot + 1 + id_digits)
    return {};
  return id.substr(0, dot);
}

absl::Status check(const queue_settings& x) {
  if (x.name.empty() || x.name.size() > name_max
      || !std::all_of(x.name.begin(), x.name.end(), is_name_char))
    return user_error(
        fmt::format("'{}' is no name of a queue", x.name),
        fmt::format("1 to {} letters, digits, '_' and '-'", name_max));
  if (x.weight_milli < 1 || x.weight_milli > weight_milli_max)
    return user_error("the weight of a queue is from 0.001 to 1000");
  if (x.capacity < 1 || x.capacity > capacity_max)
    return user_error(
        fmt::format("the capacity of a queue is from 1 to {}", capacity_max));
  if (x.running_max < 1 || x.running_max > running_most)
    return user_error(
        fmt::format("a queue runs from 1 to {} jobs at a time", running_most));
  return absl::OkStatus();
}

} // namespace herald
