#include "engine/connectors/full_lookup.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/read_all.hpp"
#include "engine/operators/key_codec.hpp"

#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::int64_t read_rows = 4096;

/// After a reading that failed.
constexpr std::chrono::seconds retry_after{1};

/// The whole table by key.
class table_copy {
public:
  explicit table_copy(const lookup_target& target)
      : target_(target), codec_(types_of(*target.layout, target.keys)) {}

  absl::Status add(batch_ptr x) {
    rows_ += x->rows;
    if (rows_ > full_rows_max)
      return user_error(
          fmt::format("table '{}' has more than {} rows: too many to be kept "
                      "beside a join",
                      target_.table->name, full_rows_max));
    parts_.push_back(std::move(x));
    return absl::OkStatus();
  }

  void finish() {
    if (parts_.empty())
      return;
    all_ = parts_.size() == 1 ? parts_[0] : concat(parts_);
    parts_.clear();
    for_each_key(*all_, target_.keys, [&](std::string_view key, int row) {
      by_key_[std::string(key)].push_back(row);
    });
  }

  lookup_answer find(const lookup_request& x) const {
    lookup_answer result{x.id, absl::OkStatus(), nullptr, {}};
    std::vector<int> columns(target_.keys.size());
    std::iota(columns.begin(), columns.end(), 0);
    row_list rows;
    for_each_key(*x.keys, columns, [&](std::string_view key, int number) {
      const auto found = by_key_.find(std::string(key));
      if (found == by_key_.end())
        return;
      rows.insert(rows.end(), found->second.begin(), found->second.end());
      result.key_of.resize(rows.size(), number);
    });
    if (!rows.empty())
      result.rows = take(*all_, rows);
    return result;
  }

private:
  template <class Visit>
  void for_each_key(const batch& x, const std::vector<int>& columns,
                    Visit visit) const {
    std::string bytes;
    std::vector<std::uint32_t> ends;
    codec_.encode(x, columns, nullptr, bytes, ends);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      visit(std::string_view(bytes).substr(begin, ends[i] - begin),
            static_cast<int>(i));
      begin = ends[i];
    }
  }

  const lookup_target& target_;
  key_codec codec_;
  std::vector<batch_ptr> parts_;
  std::int64_t rows_ = 0;
  batch_ptr all_;
  std::unordered_map<std::string, row_list> by_key_;
};

class full_lookup final : public lookup_source {
public:
  full_lookup(const connector& from, lookup_target target,
              std::optional<std::int64_t> reload_ms)
      : from_(from), target_(std::move(target)), reload_ms_(reload_ms) {}

  ~full_lookup() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    bell_.ring();
    if (thread_.joinable())
      thread_.join();
  }

  absl::Status open(std::function<void()> wake) override {
    wake_ = std::move(wake);
    thread_ = std::thread([this] { run(); });
    return absl::OkStatus();
  }

  lookup_limits limits() const override {
    return {4096, 4};
  }

  absl::Status start(lookup_request x) override {
    std::lock_guard lock(mutex_);
    if (copy_)
      answers_.push_back(copy_->find(x));
    else if (!problem_.ok())
      answers_.push_back({x.id, problem_, nullptr, {}});
    else
      waiting_.push_back(std::move(x));
    return absl::OkStatus();
  }

  std::vector<lookup_answer> poll() override {
    std::lock_guard lock(mutex_);
    return std::exchange(answers_, {});
  }

private:
  void run() {
    for (;;) {
      auto made = load();
      std::unique_lock lock(mutex_);
      if (made.ok())
        copy_ = *std::move(made);
      problem_ = made.status();
      for (const auto& x : waiting_)
        answers_.push_back(copy_ ? copy_->find(x)
                                 : lookup_answer{x.id, problem_, nullptr, {}});
      if (!std::exchange(waiting_, {}).empty())
        wake_();
      const auto stops = [this] { return stopping_.load(); };
      if (problem_.ok() && !reload_ms_)
        changed_.wait(lock, stops);
      else
        changed_.wait_for(lock,
                          problem_.ok() ? std::chrono::milliseconds(*reload_ms_)
                                        : retry_after,
                          stops);
      if (stopping_)
        return;
    }
  }

  absl::StatusOr<std::shared_ptr<const table_copy>> load() {
    source_context context;
    context.scan.table = target_.table;
    context.scan.paths = target_.paths;
    context.scan.layout = target_.layout;
    auto result = std::make_shared<table_copy>(target_);
    HERALD_TRY(read_all(from_, std::move(context), read_rows, bell_,
                        [&](batch_ptr x) -> absl::Status {
                          if (stopping_)
                            return absl::CancelledError("the task ends");
                          return x ? result->add(std::move(x))
                                   : absl::OkStatus();
                        }));
    result->finish();
    return result;
  }

  const connector& from_;
  lookup_target target_;
  std::optional<std::int64_t> reload_ms_;
  std::function<void()> wake_;
  doorbell bell_;
  std::mutex mutex_; ///< for what follows
  std::condition_variable changed_;
  std::atomic<bool> stopping_ = false;
  std::shared_ptr<const table_copy> copy_;
  absl::Status problem_; ///< of the last reading
  std::vector<lookup_request> waiting_;
  std::vector<lookup_answer> answers_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<lookup_source>
make_full_lookup(const connector& from, lookup_target target,
                 std::optional<std::int64_t> reload_ms) {
  return std::make_unique<full_lookup>(from, std::move(target), reload_ms);
}

} // namespace herald
