#pragma once

#include "cluster/gateway/answers.hpp"
#include "cluster/gateway/reply.hpp"
#include "cluster/gateway/requests.hpp"

#include <cstdint>
#include <string>
#include <vector>

// The rest of the node, as the gateway sees it: one method per call of
// schemas/herald.capnp, which holds their meaning. The node implements it with
// actors, tests with a fake. All methods are called on the gateway's thread
// and must return at once; answers come through `reply`, once, on any thread.
// A call for an object that another node owns is the backend's to pass on.

namespace herald::gateway {

class backend {
public:
  virtual ~backend() = default;

  virtual void create_task(gateway::create_task what,
                           reply<std::uint32_t> version)
      = 0;
  virtual void update_task(gateway::update_task what,
                           reply<std::uint32_t> version)
      = 0;
  virtual void start_task(object_ref which, reply<done> answer) = 0;
  virtual void stop_task(object_ref which, reply<done> answer) = 0;
  virtual void delete_task(object_ref which, reply<done> answer) = 0;
  virtual void list_tasks(list_objects which,
                          reply<listing<gateway::task_status>> answer)
      = 0;
  virtual void task_status(object_ref which, reply<task_description> answer)
      = 0;

  virtual void put_rule(gateway::put_rule what, reply<rule_version> answer) = 0;
  virtual void delete_rule(object_ref which, reply<done> answer) = 0;
  virtual void list_rules(list_objects which,
                          reply<listing<rule_status>> answer)
      = 0;

  /// Answers with the id of the new job, unique in the cluster. The gateway
  /// cancels the job itself when its client vanishes (a `detached` one only
  /// after a part of its result was taken); the backend ends what is not asked
  /// for during `idle_timeout_ms`.
  virtual void submit_query(gateway::submit_query what,
                            reply<std::string> job_id)
      = 0;

  /// Answers when the state differs from `seen` or `wait_ms` has passed,
  /// whichever is first; `NotFound` for an unknown id.
  virtual void job_status(job_status_request which,
                          reply<gateway::job_status> answer)
      = 0;

  /// Takes the next batch of a result; answers when there is one, or with
  /// `done` when all were taken, or with the reason why the job failed. The
  /// gateway has at most one of these calls open per job and connection, and
  /// cuts what is larger than `max_bytes`, which is only a wish. A backend
  /// computes no more than a fixed number of batches ahead of these calls.
  virtual void job_next(std::string job_id, std::uint32_t max_bytes,
                        reply<job_batch> answer)
      = 0;

  /// Ends a job; nothing to do, and OK, when it has ended already.
  virtual void job_cancel(std::string job_id, reply<done> answer) = 0;

  virtual void list_jobs(gateway::list_jobs which,
                         reply<listing<gateway::job_status>> answer)
      = 0;

  virtual void put_queue(queue_spec what, reply<done> answer) = 0;
  virtual void list_queues(std::uint32_t limit,
                           reply<listing<queue_status>> answer)
      = 0;

  virtual void cluster_status(reply<gateway::cluster_status> answer) = 0;
  /// `node` is empty for the node that answers.
  virtual void node_status(std::string node, reply<gateway::node_status> answer)
      = 0;
  virtual void get_settings(std::string prefix,
                            reply<std::vector<setting>> answer)
      = 0;
  virtual void put_setting(gateway::put_setting what,
                           reply<std::uint32_t> version)
      = 0;

  /// Answers OK when this node can do its work, else with the reason. Behind
  /// `GET /healthz`.
  virtual void health(reply<done> answer) = 0;

  /// Answers with the node's figures in Prometheus' text format, each line
  /// ended by a newline. Behind `GET /metrics`, which adds the gateway's own.
  virtual void metrics(reply<std::string> text) = 0;
};

} // namespace herald::gateway
