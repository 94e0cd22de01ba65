#include "engine/connectors/mariadb/source.hpp"

#include "engine/columnar/scalar.hpp"
#include "engine/common/error.hpp"
#include "engine/connectors/mariadb/values.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// The condition of each part; together they are lower … upper.
std::vector<std::string> part_conditions(const mariadb_partitions& x) {
  std::vector<std::string> result;
  const auto width = (x.upper - x.lower) / x.count + 1;
  for (int i = 0; i < x.count; ++i) {
    const auto begin = x.lower + i * width;
    if (begin > x.upper)
      break;
    result.push_back(fmt::format("{} BETWEEN {} AND {}", quote_name(x.column),
                                 begin, std::min(begin + width - 1, x.upper)));
  }
  return result;
}

/// The equalities that the server can check; it may let more rows pass.
std::vector<std::string> pushed_conditions(const scan_spec& scan) {
  std::vector<std::string> result;
  for (const auto& x : scan.pushed) {
    const auto kind = x.value.type.kind();
    // 0.1 is another number for a FLOAT there.
    if (x.path.size() != 1 || kind == type_kind::float32 || x.value.is_null())
      continue;
    std::string literal;
    if (append_literal(*repeat(x.value, 1), 0, literal))
      result.push_back(fmt::format("{} = {}", quote_name(x.path[0]), literal));
  }
  return result;
}

} // namespace

mariadb_source::mariadb_source(mariadb_options options, source_context context)
    : options_(std::move(options)), context_(std::move(context)),
      client_(options_) {
  auto conditions = options_.partitions ? part_conditions(*options_.partitions)
                                        : std::vector<std::string>{""};
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (static_cast<int>(i % static_cast<std::size_t>(context_.parallelism))
        != context_.subtask)
      continue;
    splits_.push_back(fmt::format("{}/{}", options_.table, i));
    conditions_.push_back(conditions[i]);
    const split_position whole{splits_.back(), 1};
    done_.push_back(
        std::find(context_.restore.begin(), context_.restore.end(), whole)
        != context_.restore.end());
  }
}

mariadb_source::~mariadb_source() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  client_.interrupt();
  if (thread_.joinable())
    thread_.join();
}

absl::Status mariadb_source::open(wake_function wake) {
  wake_ = std::move(wake);
  thread_ = std::thread([this, done = done_] {
    auto status = absl::OkStatus();
    for (std::size_t i = 0; i < splits_.size() && status.ok(); ++i)
      if (!done[i])
        status = read(i);
    std::lock_guard lock(mutex_);
    problem_ = std::move(status);
    finished_ = true;
    if (!stopping_)
      wake_();
  });
  return absl::OkStatus();
}

std::string mariadb_source::query_of(std::size_t split) const {
  auto conditions = pushed_conditions(context_.scan);
  if (!conditions_[split].empty())
    conditions.push_back(conditions_[split]);
  auto result = select_text(*context_.scan.layout, options_);
  if (!conditions.empty())
    result += fmt::format(" WHERE {}", fmt::join(conditions, " AND "));
  return result;
}

absl::Status mariadb_source::read(std::size_t split) {
  mariadb_rows rows(context_.scan.layout);
  const auto take = [&](mariadb_client::row x) {
    auto status = rows.append(x);
    if (status.ok() && rows.rows() == batch_rows)
      status = put({rows.finish(), split});
    return status;
  };
  HERALD_TRY(client_.query(query_of(split), take));
  if (rows.rows() > 0) {
    HERALD_TRY(put({rows.finish(), split}));
  }
  return put({nullptr, split});
}

/// Waits until there is room.
absl::Status mariadb_source::put(piece x) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock,
                [&] { return stopping_ || pieces_.size() < batches_max; });
  if (stopping_)
    return absl::CancelledError("the task ends");
  pieces_.push_back(std::move(x));
  wake_();
  return absl::OkStatus();
}

absl::StatusOr<source_event> mariadb_source::poll(std::int64_t rows_max) {
  while (!current_) {
    std::lock_guard lock(mutex_);
    if (pieces_.empty() && !finished_)
      return source_event(source_idle{});
    if (pieces_.empty()) {
      HERALD_TRY(problem_);
      return source_event(source_finished{});
    }
    current_ = std::move(pieces_.front().rows);
    current_split_ = pieces_.front().split;
    pieces_.pop_front();
    changed_.notify_all();
    if (!current_)
      done_[current_split_] = true;
  }
  source_rows out;
  out.split = static_cast<int>(current_split_);
  out.rows = std::exchange(current_, nullptr);
  if (out.rows->rows > rows_max) {
    current_ = slice(*out.rows, rows_max, out.rows->rows - rows_max);
    out.rows = slice(*out.rows, 0, rows_max);
  }
  counters_.records += out.rows->rows;
  return source_event(std::move(out));
}

std::vector<split_position> mariadb_source::positions() const {
  std::vector<split_position> result;
  for (std::size_t i = 0; i < splits_.size(); ++i)
    result.push_back({splits_[i], done_[i] ? 1 : 0});
  return result;
}

} // namespace herald
