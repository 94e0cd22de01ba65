#include "actors/actor_base.hpp"
#include "actors/interfaces.hpp"
#include "actors/queue_actor.hpp"
#include "actors/worker_actor.hpp"
#include "engine/serving/duckdb_engine.hpp"

#include <optional>

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

// A queue and its workers as actors, with the real engine on real threads.
// Waiting is always for a message, never for time.

namespace herald {
namespace {

constexpr auto forever = std::chrono::seconds(60);

const std::string endless
    = "SELECT count(*) FROM range(1000000000000) a(i) WHERE i % 7 = 3";

struct types : caf::actor_system_config {
  types() {
    add_message_types<caf::id_block::herald>();
    add_message_types<caf::id_block::herald_serving>();
  }
};

/// A log that accepts everything at once.
struct journal_state {
  int entries = 0;
};

queue_journal::behavior_type
open_journal(queue_journal::stateful_pointer<journal_state> self) {
  return {[self](const journal_entry&) {
    ++self->state.entries;
    return true;
  }};
}

class serving_actors : public testing::Test {
protected:
  serving_actors() : system(config), self(system) {
    settings.name = "q";
    journal = system.spawn(open_journal);
    queue = spawn_queue(system, settings, 1, journal);
  }

  ~serving_actors() override {
    for (const auto& x : workers)
      end_now(x);
    end_now(queue);
    end_now(journal);
  }

  /// The queue is lost; another one starts with what the log has.
  void move_queue(std::vector<job_seed> seeds) {
    end_now(queue);
    queue = spawn_queue(system, settings, 2, journal);
    for (auto& x : seeds)
      caf::anon_send(queue, std::move(x));
    queue_links links;
    links.list.push_back({settings, "there", queue});
    for (const auto& x : workers)
      caf::anon_send(x, links);
  }

  worker_actor add_worker(std::string node) {
    auto made = spawn_worker(system, {std::move(node)},
                             duckdb->connect().value(), figures);
    queue_links links;
    links.list.push_back({settings, "here", queue});
    caf::anon_send(made, links);
    workers.push_back(made);
    return made;
  }

  template <class Answer, class Target, class... What>
  Answer ask(const Target& target, const What&... what) {
    std::optional<Answer> result;
    self->request(target, forever, what...)
        .receive([&](Answer& x) { result = std::move(x); },
                 [&](caf::error& x) { ADD_FAILURE() << system.render(x); });
    return result.value_or(Answer{});
  }

  std::string submit(std::string sql, std::uint32_t idle_ms = 0) {
    job_seed seed;
    auto& order = seed.job.order;
    order.id = fmt::format("q.{:016x}", ++submitted);
    order.sql = std::move(sql);
    order.format = result_format::json_lines;
    order.idle_timeout_ms = idle_ms;
    seed.job.queue = settings.name;
    seed.job.state = job_state::waiting;
    seed.job.submitted_ms = wall_clock_ms();
    self->send(queue, seed);
    return order.id;
  }

  /// The job once it is no longer in state `seen`.
  job_place after(const std::string& id, job_state seen) {
    return ask<job_place>(queue, atom::status_v, id,
                          static_cast<std::uint8_t>(seen),
                          std::uint32_t{30'000});
  }

  job_place running(const std::string& id) {
    auto place = after(id, job_state::waiting);
    EXPECT_EQ(place.job.state, job_state::running);
    return place;
  }

  /// The next piece of a job's result that is one.
  result_piece next(const job_place& from) {
    if (!from.worker) {
      ADD_FAILURE() << "no worker: " << from.job.error.message;
      return {piece_kind::error, {}, from.job.error};
    }
    auto worker = caf::actor_cast<worker_actor>(from.worker);
    for (;;) {
      auto piece = ask<result_piece>(worker, atom::next_v, from.job.order.id);
      if (piece.kind == piece_kind::error)
        ADD_FAILURE() << piece.error.message;
      if (piece.kind != piece_kind::later)
        return piece;
    }
  }

  types config;
  caf::actor_system system;
  caf::scoped_actor self;
  std::shared_ptr<shared_duckdb> duckdb = shared_duckdb::open({}).value();
  std::shared_ptr<worker_figures> figures = std::make_shared<worker_figures>();
  queue_settings settings;
  queue_journal journal;
  queue_actor queue;
  std::vector<worker_actor> workers;
  int submitted = 0;
};

TEST_F(serving_actors, a_job_runs_and_its_result_is_taken) {
  add_worker("a");
  auto id = submit("SELECT 7 AS x");
  auto place = after(id, job_state::waiting);
  auto piece = next(place);
  EXPECT_EQ(piece.bytes, "{\"x\":7}\n");
  EXPECT_EQ(next(place).kind, piece_kind::end);
  place = after(id, job_state::running);
  EXPECT_EQ(place.job.state, job_state::success);
  EXPECT_EQ(place.job.result, result_state::taken);
  EXPECT_EQ(place.job.worker, "a");
  EXPECT_EQ(place.job.rows, 1u);
}

TEST_F(serving_actors, a_worker_that_was_idle_hears_of_a_new_job) {
  add_worker("a");
  for (int i = 0; i < 20; ++i) {
    auto place = after(submit("SELECT 1 AS x"), job_state::waiting);
    EXPECT_EQ(next(place).bytes, "{\"x\":1}\n");
    EXPECT_EQ(next(place).kind, piece_kind::end);
  }
}

TEST_F(serving_actors, a_job_runs_again_when_its_worker_is_lost) {
  auto first = add_worker("a");
  auto id = submit(endless);
  EXPECT_EQ(running(id).job.worker, "a");
  end_now(first);
  auto place = after(id, job_state::running);
  EXPECT_EQ(place.job.state, job_state::waiting);
  add_worker("b");
  place = running(id);
  EXPECT_EQ(place.job.worker, "b");
  EXPECT_EQ(place.job.attempt, 2u);
}

TEST_F(serving_actors, a_job_with_a_released_piece_fails_with_its_worker) {
  auto worker = add_worker("a");
  auto id = submit("SELECT * FROM range(100000000000)");
  EXPECT_EQ(next(running(id)).kind, piece_kind::bytes);
  end_now(worker);
  auto place = after(id, job_state::running);
  EXPECT_EQ(place.job.state, job_state::fail);
  EXPECT_EQ(place.job.error.code,
            static_cast<int>(absl::StatusCode::kUnavailable));
}

TEST_F(serving_actors, a_result_outlives_a_move_of_its_queue) {
  add_worker("a");
  auto id = submit("SELECT i FROM range(2000000) r(i)");
  auto place = running(id);
  EXPECT_EQ(next(place).kind, piece_kind::bytes);
  // The log may or may not have the end; here it does not.
  move_queue({{place.job, true}});
  auto worker = caf::actor_cast<worker_actor>(place.worker);
  std::size_t pieces = 1;
  while (next(place).kind == piece_kind::bytes)
    ++pieces;
  EXPECT_GT(pieces, 1u);
  auto end = after(id, job_state::running);
  EXPECT_EQ(end.job.state, job_state::success);
  EXPECT_EQ(end.job.attempt, 1u);
  EXPECT_EQ(end.job.rows, 2'000'000u);
}

TEST_F(serving_actors, a_moved_queue_drops_an_attempt_that_is_not_its_own) {
  add_worker("a");
  auto id = submit(endless);
  auto place = running(id);
  auto later = place.job;
  later.attempt = 2;
  move_queue({{later, false}});
  place = running(id);
  EXPECT_EQ(place.job.attempt, 3u);
}

TEST_F(serving_actors, a_result_goes_out_through_one_desk_only) {
  add_worker("a");
  auto id = submit("SELECT * FROM range(100000000000)");
  auto place = running(id);
  EXPECT_EQ(next(place).kind, piece_kind::bytes);
  caf::scoped_actor other(system);
  std::optional<result_piece> got;
  other
      ->request(caf::actor_cast<worker_actor>(place.worker), forever,
                atom::next_v, id)
      .receive([&](result_piece& x) { got = std::move(x); },
               [](caf::error&) {});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->kind, piece_kind::error);
  EXPECT_EQ(next(place).kind, piece_kind::bytes);
}

TEST_F(serving_actors, a_cancelled_job_frees_its_worker) {
  add_worker("a");
  auto id = submit(endless);
  running(id);
  EXPECT_TRUE(ask<bool>(queue, atom::cancel_v, id));
  EXPECT_EQ(after(id, job_state::running).job.state, job_state::fail);
  auto other = submit("SELECT 1 AS x");
  EXPECT_EQ(next(after(other, job_state::waiting)).bytes, "{\"x\":1}\n");
}

TEST_F(serving_actors, a_result_that_nobody_asks_for_is_dropped) {
  add_worker("a");
  auto id = submit("SELECT * FROM range(100000000000)", 1);
  running(id);
  auto place = after(id, job_state::running);
  EXPECT_EQ(place.job.state, job_state::fail);
  EXPECT_EQ(place.job.error.code,
            static_cast<int>(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(serving_actors, a_query_that_is_at_work_is_not_dropped) {
  add_worker("a");
  add_worker("b");
  auto busy = submit(endless, 1);
  running(busy);
  // Two are dropped by the other worker, so each has looked around.
  for (int i = 0; i < 2; ++i) {
    auto id = submit("SELECT * FROM range(100000000000)", 1);
    auto place = after(id, job_state::waiting);
    if (place.job.state == job_state::running)
      place = after(id, job_state::running);
    EXPECT_EQ(place.job.state, job_state::fail);
  }
  running(busy);
}

TEST_F(serving_actors, results_that_nobody_asks_for_stop_no_worker) {
  add_worker("a");
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= results_held_max; ++i) {
    ids.push_back(submit("SELECT 1 AS x"));
    auto place = after(ids.back(), job_state::waiting);
    if (place.job.state == job_state::running)
      place = after(ids.back(), job_state::running);
    ASSERT_EQ(place.job.state, job_state::success) << i;
  }
  auto first = after(ids[0], job_state::waiting);
  EXPECT_EQ(first.job.state, job_state::success);
  EXPECT_EQ(first.job.result, result_state::dropped);
  EXPECT_EQ(next(after(ids[1], job_state::waiting)).bytes, "{\"x\":1}\n");
}

TEST_F(serving_actors, the_error_of_a_query_reaches_the_client) {
  add_worker("a");
  auto id = submit("SELECT nope");
  auto place = after(id, job_state::waiting);
  if (place.job.state == job_state::running)
    place = after(id, job_state::running);
  EXPECT_EQ(place.job.state, job_state::fail);
  EXPECT_EQ(place.job.error.line, 1u);
  EXPECT_EQ(place.job.error.column, 8u);
}

} // namespace
} // namespace herald
