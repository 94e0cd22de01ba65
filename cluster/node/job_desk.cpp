#include "actors/actor_base.hpp"
#include "cluster/node/job_actor.hpp"
#include "cluster/node/job_calls.hpp"
#include "cluster/node/job_fetch.hpp"
#include "cluster/node/task_calls.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

struct state {
  static inline const char* name = "desk";

  std::unique_ptr<desk_state> desk;
};

desk_actor::behavior_type desk(desk_actor::stateful_pointer<state> self,
                               node_actor node) {
  // Without its desk a node would leave every call about jobs unanswered.
  guard(self, [](const std::string& text) {
    HERALD_CHECK(false, "the desk of jobs threw: " + text);
  });
  self->state.desk = std::make_unique<desk_state>(self, std::move(node));
  return {
      [self](const desk_call& x) { (*x.run)(*self->state.desk); },
      [self](const queue_links& x) { self->state.desk->take(x); },
  };
}

template <class T>
shared_reply<T> share(gateway::reply<T> x) {
  return std::make_shared<gateway::reply<T>>(std::move(x));
}

std::uint32_t id_of(job_state x) {
  return static_cast<std::uint32_t>(x);
}

/// Asks again and again in short waits, so that a queue that is gone is
/// noticed long before a client's longest wait.
void ask_status(desk_state& desk, const gateway::job_status_request& which,
                std::int64_t until_ms,
                const shared_reply<gateway::job_status>& answer) {
  constexpr std::int64_t step_ms = 5000;
  auto left = std::clamp<std::int64_t>(until_ms - wall_clock_ms(), 0, step_ms);
  auto* state = &desk;
  desk.place(which.id, static_cast<std::uint8_t>(which.seen),
             static_cast<std::uint32_t>(left),
             [state, which, until_ms,
              answer](absl::StatusOr<desk_state::found_job> x) {
               if (!x.ok())
                 return (*answer)(x.status());
               auto seen = static_cast<std::uint32_t>(which.seen);
               const auto& job = x->at.job;
               if (id_of(job.state) == seen && wall_clock_ms() < until_ms)
                 return ask_status(*state, which, until_ms, answer);
               (*answer)(to_status(job));
             });
}

/// Collects what several queues answer.
template <class T>
struct gathering {
  std::size_t open = 0;
  gateway::listing<T> found;
  shared_reply<gateway::listing<T>> answer;

  template <class Less>
  void close(std::size_t limit, Less before) {
    if (--open != 0)
      return;
    std::sort(found.items.begin(), found.items.end(), before);
    found.more = found.more || found.items.size() > limit;
    found.items.resize(std::min(found.items.size(), limit));
    (*answer)(std::move(found));
  }
};

void list_jobs(desk_state& desk, const gateway::list_jobs& which,
               shared_reply<gateway::listing<gateway::job_status>> answer) {
  auto sum = std::make_shared<gathering<gateway::job_status>>();
  sum->answer = std::move(answer);
  auto end = [sum, limit = which.limit] {
    sum->close(limit, [](const auto& a, const auto& b) {
      return a.submitted_ms > b.submitted_ms;
    });
  };
  sum->open = 1;
  for (const auto& [name, link] : desk.queues()) {
    if (!which.queue.empty() && which.queue != name)
      continue;
    ++sum->open;
    desk.self()
        ->request(link.queue, serving_timeout, atom::list_v, to_filter(which))
        .then(
            [sum, end](const job_list& x) {
              for (const auto& job : x.jobs)
                sum->found.items.push_back(to_status(job));
              sum->found.more = sum->found.more || x.more;
              end();
            },
            [end](caf::error&) { end(); });
  }
  end();
}

void list_queues(desk_state& desk, std::uint32_t limit,
                 shared_reply<gateway::listing<gateway::queue_status>> answer) {
  auto sum = std::make_shared<gathering<gateway::queue_status>>();
  sum->answer = std::move(answer);
  auto end = [sum, limit] {
    sum->close(limit, [](const auto& a, const auto& b) {
      return a.spec.name < b.spec.name;
    });
  };
  sum->open = 1;
  for (const auto& [name, link] : desk.queues()) {
    ++sum->open;
    // Without an answer the catalog's part is shown.
    queue_report silent;
    silent.settings = link.settings;
    desk.self()
        ->request(link.queue, serving_timeout, atom::status_v)
        .then(
            [sum, end, node = link.node](const queue_report& x) {
              sum->found.items.push_back(to_status(x, node));
              end();
            },
            [sum, end, silent, node = link.node](caf::error&) {
              sum->found.items.push_back(to_status(silent, node));
              end();
            });
  }
  end();
}

class actor_desk final : public job_desk {
public:
  actor_desk(desk_actor desk, node_actor node,
             std::shared_ptr<worker_figures> figures)
      : desk_(std::move(desk)), node_(std::move(node)),
        figures_(std::move(figures)) {}

  void submit(gateway::submit_query what,
              gateway::reply<std::string> job_id) override {
    if (what.sql.find_first_not_of(" \t\r\n;") == std::string::npos)
      return job_id(user_error("the statement is empty"));
    if (!what.options.empty())
      return job_id(user_error(
          fmt::format("a query has no option '{}'", what.options[0].key),
          "queries take none: engines are set up by the node's file"));
    auto order = to_order(what);
    run_on(node_, [order, answer = share(std::move(job_id))](node_shell& node) {
      submit_job(node, order, answer);
    });
  }

  void status(gateway::job_status_request which,
              gateway::reply<gateway::job_status> answer) override {
    auto until = wall_clock_ms() + which.wait_ms;
    call([which = std::move(which), until, answer = share(std::move(answer))](
             desk_state& desk) { ask_status(desk, which, until, answer); });
  }

  void next(std::string job_id, std::uint32_t,
            gateway::reply<gateway::job_batch> answer) override {
    call([id = std::move(job_id), answer = share(std::move(answer))](
             desk_state& desk) { fetch_next(desk, id, answer); });
  }

  void cancel(std::string job_id,
              gateway::reply<gateway::done> answer) override {
    call([id = std::move(job_id), answer = share(std::move(answer))](
             desk_state& desk) { desk.cancel(id, answer); });
  }

  void
  list(gateway::list_jobs which,
       gateway::reply<gateway::listing<gateway::job_status>> answer) override {
    call([which = std::move(which), answer = share(std::move(answer))](
             desk_state& desk) { list_jobs(desk, which, answer); });
  }

  void put_queue(gateway::queue_spec what,
                 gateway::reply<gateway::done> answer) override {
    auto settings = to_settings(what);
    if (!settings.ok())
      return answer(settings.status());
    run_on(node_, [settings = *settings,
                   answer = share(std::move(answer))](node_shell& node) {
      node.append(put_of(settings, std::nullopt), "client",
                  [answer, name = settings.name](absl::StatusOr<outcome> x) {
                    auto number = accepted(x, "queue " + name);
                    if (!number.ok())
                      return (*answer)(number.status());
                    (*answer)(gateway::done{});
                  });
    });
  }

  void list_queues(
      std::uint32_t limit,
      gateway::reply<gateway::listing<gateway::queue_status>> answer) override {
    call([limit, answer = share(std::move(answer))](desk_state& desk) {
      cluster::list_queues(desk, limit, answer);
    });
  }

  std::string metrics() override {
    std::string result;
    auto add = [&result](std::string_view name, std::string_view type,
                         std::string_view help, std::uint64_t value) {
      result += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name,
                            help, type, value);
    };
    const auto& x = *figures_;
    add("herald_jobs_running", "gauge", "Jobs that run here.", x.running);
    add("herald_jobs_succeeded_total", "counter", "Jobs that succeeded here.",
        x.succeeded);
    add("herald_jobs_failed_total", "counter", "Jobs that failed here.",
        x.failed);
    add("herald_job_rows_total", "counter", "Rows of results.", x.rows);
    add("herald_job_bytes_total", "counter", "Bytes of results.", x.bytes);
    return result;
  }

  std::uint32_t running() override {
    return figures_->running;
  }

private:
  void call(std::function<void(desk_state&)> what) {
    caf::anon_send(desk_,
                   desk_call{std::make_shared<std::function<void(desk_state&)>>(
                       std::move(what))});
  }

  desk_actor desk_;
  node_actor node_;
  std::shared_ptr<worker_figures> figures_;
};

} // namespace

desk_actor spawn_desk(caf::actor_system& system, node_actor node) {
  return system.spawn(desk, std::move(node));
}

std::shared_ptr<job_desk> make_desk(desk_actor desk, node_actor node,
                                    std::shared_ptr<worker_figures> figures) {
  return std::make_shared<actor_desk>(std::move(desk), std::move(node),
                                      std::move(figures));
}

} // namespace herald::cluster
