#include "engine/connectors/threaded_lookup.hpp"

#include "engine/operators/key_codec.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <numeric>
#include <thread>
#include <unordered_map>

namespace herald {

namespace {

class threaded_lookup final : public lookup_source {
public:
  threaded_lookup(std::vector<std::unique_ptr<lookup_client>> clients,
                  std::int64_t keys_max)
      : clients_(std::move(clients)), keys_max_(keys_max) {}

  ~threaded_lookup() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      changed_.notify_all();
    }
    for (auto& client : clients_)
      client->interrupt();
    for (auto& thread : threads_)
      thread.join();
  }

  absl::Status open(std::function<void()> wake) override {
    wake_ = std::move(wake);
    for (auto& client : clients_)
      threads_.emplace_back([this, &client] { run(*client); });
    return absl::OkStatus();
  }

  /// One request more than clients each, so that none of them waits.
  lookup_limits limits() const override {
    return {keys_max_, static_cast<int>(2 * clients_.size())};
  }

  absl::Status start(lookup_request x) override {
    std::lock_guard lock(mutex_);
    requests_.push_back(std::move(x));
    changed_.notify_one();
    return absl::OkStatus();
  }

  std::vector<lookup_answer> poll() override {
    std::lock_guard lock(mutex_);
    return std::exchange(answers_, {});
  }

private:
  void run(lookup_client& client) {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopping_ || !requests_.empty(); });
      if (stopping_)
        return;
      const auto request = std::move(requests_.front());
      requests_.pop_front();
      lock.unlock();
      auto answer = client.answer(request);
      lock.lock();
      if (stopping_)
        return;
      answers_.push_back(std::move(answer));
      wake_();
    }
  }

  std::vector<std::unique_ptr<lookup_client>> clients_;
  std::int64_t keys_max_;
  std::function<void()> wake_;
  std::mutex mutex_; ///< for what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::deque<lookup_request> requests_;
  std::vector<lookup_answer> answers_;
  std::vector<std::thread> threads_;
};

std::vector<std::string> encoded(const lookup_target& target, const batch& x,
                                 const std::vector<int>& columns) {
  const key_codec codec(types_of(*target.layout, target.keys));
  std::string bytes;
  std::vector<std::uint32_t> ends;
  codec.encode(x, columns, nullptr, bytes, ends);
  std::vector<std::string> result;
  std::size_t begin = 0;
  for (const auto end : ends) {
    result.push_back(bytes.substr(begin, end - begin));
    begin = end;
  }
  return result;
}

} // namespace

std::unique_ptr<lookup_source>
make_threaded_lookup(std::vector<std::unique_ptr<lookup_client>> clients,
                     std::int64_t keys_max) {
  return std::make_unique<threaded_lookup>(std::move(clients), keys_max);
}

lookup_answer match_answer(const lookup_target& target,
                           const lookup_request& request,
                           const batch_ptr& rows) {
  lookup_answer result{request.id, absl::OkStatus(), nullptr, {}};
  std::vector<int> columns(target.keys.size());
  std::iota(columns.begin(), columns.end(), 0);
  const auto keys = encoded(target, *request.keys, columns);
  std::unordered_map<std::string_view, std::int32_t> numbers;
  for (std::size_t i = 0; i < keys.size(); ++i)
    numbers.emplace(keys[i], static_cast<std::int32_t>(i));
  row_list kept;
  const auto given = encoded(target, *rows, target.keys);
  for (std::size_t i = 0; i < given.size(); ++i)
    if (const auto found = numbers.find(given[i]); found != numbers.end()) {
      kept.push_back(static_cast<std::int32_t>(i));
      result.key_of.push_back(found->second);
    }
  if (!kept.empty())
    result.rows = static_cast<std::int64_t>(kept.size()) == rows->rows
                      ? rows
                      : take(*rows, kept);
  return result;
}

} // namespace herald
