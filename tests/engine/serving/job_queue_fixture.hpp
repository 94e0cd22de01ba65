#pragma once

#include "engine/serving/job_queue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Short names for what tests of queues need.

namespace herald {

inline constexpr auto taken = job_queue::news_answer::taken;
inline constexpr auto settled = job_queue::news_answer::settled;
inline constexpr auto foreign = job_queue::news_answer::foreign;

inline queue_settings settings(std::uint32_t capacity = 1000,
                               std::uint32_t running_max = 4) {
  queue_settings result;
  result.name = "q";
  result.capacity = capacity;
  result.running_max = running_max;
  return result;
}

inline job_order order(int number, std::uint32_t timeout_ms = 0) {
  job_order result;
  result.id = fmt::format("q.{:016x}", number);
  result.sql = "SELECT 1";
  result.timeout_ms = timeout_ms;
  return result;
}

inline job_news end_of(const job_report& job, job_error error = {}) {
  job_news result;
  result.id = job.order.id;
  result.attempt = job.attempt;
  result.over = true;
  result.error = std::move(error);
  result.rows = 7;
  return result;
}

} // namespace herald
