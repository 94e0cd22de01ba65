#include "tests/engine/serving/job_queue_fixture.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

// Random histories of a queue, its workers and its owners.

namespace herald {
namespace {

/// A log and workers around a queue that is lost and made anew from the log,
/// at random: every job ends once in the log, and a worker's success counts
/// only for the attempt that the log has.
class world {
public:
  explicit world(unsigned seed) : random_(seed), queue_(settings(50, 5)) {}

  void step() {
    now_ += below(500);
    switch (below(8)) {
    case 0:
    case 1:
      return arrive();
    case 2:
    case 3:
      return start();
    case 4:
      return finish();
    case 5:
      return lose_worker();
    case 6:
      queue_.cancel(order(static_cast<int>(below(submitted_ + 1))).id,
                    absl::CancelledError("x"), now_);
      return;
    default:
      return below(6) == 0 ? change_owner() : write();
    }
  }

  void drain() {
    for (int i = 0; i < 10'000 && !open_.empty(); ++i) {
      now_ += 1000;
      queue_.expire(now_);
      start();
      finish();
      write();
    }
    EXPECT_TRUE(open_.empty());
    EXPECT_EQ(ended_.size(), submitted_);
  }

  void check() {
    auto everything = [](const job_report&) { return true; };
    auto [jobs, more] = queue_.list(everything, 10'000);
    std::size_t waiting = 0;
    for (const auto& x : jobs) {
      waiting += x.position != 0;
      EXPECT_EQ(x.over(), ended_.contains(x.order.id));
    }
    auto report = queue_.report(now_);
    ASSERT_EQ(jobs.size(), open_.size() + ended_.size());
    ASSERT_GE(report.waiting, waiting);
    ASSERT_LE(report.running, 5u + owners_);
  }

private:
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(random_() % n);
  }

  void arrive() {
    job_report job;
    job.order = order(static_cast<int>(submitted_++), 1 + below(1'000'000));
    job.state = job_state::waiting;
    job.submitted_ms = now_;
    open_[job.order.id] = job;
    queue_.admit(job, false, now_);
  }

  void start() {
    auto worker = 1 + below(3);
    auto job = queue_.take(worker, "", "", now_);
    if (!job)
      return;
    auto id = job->order.id;
    // The log may have a start of which the queue does not hear.
    auto heard = below(8) != 0;
    if (heard || below(2) == 0) {
      open_.at(id).state = job_state::running;
      open_.at(id).attempt = job->attempt;
    }
    if (!heard)
      return queue_.not_started(id, job->attempt);
    if (queue_.started(id, job->attempt, now_))
      held_[worker].insert_or_assign(id, *job);
  }

  void finish() {
    auto& held = held_[1 + below(3)];
    if (held.empty())
      return;
    auto news = end_of(held.begin()->second);
    auto worker = static_cast<std::uint64_t>(
        std::find_if(held_.begin(), held_.end(), [&](auto& x) {
          return &x.second == &held;
        })->first);
    if (queue_.take_news(news, worker, now_) != taken)
      held.erase(held.begin());
  }

  void lose_worker() {
    auto worker = 1 + below(3);
    queue_.worker_lost(worker, now_);
    held_[worker].clear();
  }

  void write() {
    for (const auto& job : queue_.endings(now_)) {
      const auto& id = job.order.id;
      auto& entry = open_.at(id);
      // A success is that of the last attempt that was given to a worker.
      if (job.error.code == 0) {
        EXPECT_EQ(job.attempt, entry.attempt);
      }
      EXPECT_TRUE(ended_.insert(id).second);
      open_.erase(id);
      queue_.ended(id);
    }
  }

  void change_owner() {
    ++owners_;
    queue_ = job_queue(settings(50, 5));
    for (const auto& [id, job] : open_)
      queue_.admit(job, below(2) == 0, now_);
    for (const auto& id : ended_) {
      job_report job;
      job.order.id = id;
      job.state = job_state::fail;
      queue_.admit(job, false, now_);
    }
    for (auto& [worker, held] : held_)
      std::erase_if(held, [&](const auto& x) {
        auto news = end_of(x.second);
        news.over = false;
        return queue_.take_news(news, worker, now_) == foreign;
      });
  }

  std::mt19937 random_;
  job_queue queue_;
  std::map<std::string, job_report> open_; // in the log
  std::set<std::string> ended_;            // in the log
  std::map<std::uint64_t, std::map<std::string, job_report>> held_;
  std::int64_t now_ = 0;
  std::uint32_t submitted_ = 0;
  std::uint32_t owners_ = 0;
};

TEST(job_queue, nothing_is_lost_in_random_histories) {
  for (unsigned seed = 0; seed < testing::seed_count(50); ++seed) {
    SCOPED_TRACE(seed);
    world some(seed);
    for (int i = 0; i < 400; ++i) {
      some.step();
      some.check();
    }
    some.drain();
  }
}

} // namespace
} // namespace herald
