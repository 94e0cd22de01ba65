#include "tests/cluster/gateway/fake_backend.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::gateway {

void fake_backend::set_health(absl::Status status) {
  std::lock_guard lock(mutex_);
  health_ = std::move(status);
}

void fake_backend::list_jobs(gateway::list_jobs which,
                             reply<listing<gateway::job_status>> answer) {
  listing<gateway::job_status> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) {
      const auto& status = job.status;
      auto wanted
          = which.states.empty()
            || std::find(which.states.begin(), which.states.end(), status.state)
                   != which.states.end();
      if (wanted && (which.user.empty() || which.user == status.user)
          && (which.queue.empty() || which.queue == status.queue))
        out.items.push_back(status);
    }
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::put_queue(queue_spec what, reply<done> answer) {
  {
    std::lock_guard lock(mutex_);
    queues_[what.name] = what;
  }
  give(std::move(answer), done{});
}

void fake_backend::list_queues(std::uint32_t,
                               reply<listing<queue_status>> answer) {
  listing<queue_status> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [name, spec] : queues_) {
      auto& queue = out.items.emplace_back();
      queue.spec = spec;
      queue.depth = 3;
      queue.owner = "node-1";
      queue.queue_weight = spec.weight;
      queue.score = spec.weight + 0.5;
    }
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::cluster_status(reply<gateway::cluster_status> answer) {
  gateway::cluster_status out;
  out.cluster = "test";
  out.answered_by = "node-1";
  out.view = 3;
  out.log_position = 42;
  out.members.push_back(
      {"node-1", 1, "127.0.0.1:1", "127.0.0.1:2", member_state::up});
  out.members.push_back(
      {"node-2", 4, "127.0.0.1:3", "127.0.0.1:4", member_state::suspect});
  out.owners.push_back({"task", "default/t", "node-2", 9});
  give(std::move(answer), std::move(out));
}

void fake_backend::node_status(std::string node,
                               reply<gateway::node_status> answer) {
  absl::StatusOr<gateway::node_status> out = gateway::node_status{};
  if (node.empty() || node == "node-1") {
    out->name = "node-1";
    out->version = "0.1.0";
    out->actors = 17;
  } else {
    out = absl::NotFoundError("no node " + node);
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::get_settings(std::string prefix,
                                reply<std::vector<setting>> answer) {
  std::vector<setting> out;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [key, one] : settings_)
      if (key.rfind(prefix, 0) == 0)
        out.push_back(one);
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::put_setting(gateway::put_setting what,
                               reply<std::uint32_t> version) {
  absl::StatusOr<std::uint32_t> out = 0u;
  {
    std::lock_guard lock(mutex_);
    auto& one = settings_[what.key];
    if (what.if_version != 0 && what.if_version != one.version) {
      out = absl::AbortedError("another version stands");
    } else {
      one.key = what.key;
      one.value = what.value;
      out = ++one.version;
    }
  }
  give(std::move(version), std::move(out));
}

void fake_backend::health(reply<done> answer) {
  absl::StatusOr<done> out = done{};
  {
    std::lock_guard lock(mutex_);
    if (!health_.ok())
      out = health_;
  }
  give(std::move(answer), std::move(out));
}

void fake_backend::metrics(reply<std::string> text) {
  give(std::move(text), std::string("herald_fake 1\n"));
}

} // namespace herald::gateway
