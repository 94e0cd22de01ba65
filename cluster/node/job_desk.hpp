#pragma once

#include "cluster/gateway/backend.hpp"

#include <memory>
#include <string>

// Clients' calls about queries and queues. Implemented over the queue and
// worker actors; methods as in `gateway::backend`, on the gateway's thread.

namespace herald::cluster {

class job_desk {
public:
  virtual ~job_desk() = default;

  virtual void submit(gateway::submit_query what,
                      gateway::reply<std::string> job_id)
      = 0;
  virtual void status(gateway::job_status_request which,
                      gateway::reply<gateway::job_status> answer)
      = 0;
  virtual void next(std::string job_id, std::uint32_t max_bytes,
                    gateway::reply<gateway::job_batch> answer)
      = 0;
  virtual void cancel(std::string job_id, gateway::reply<gateway::done> answer)
      = 0;
  virtual void
  list(gateway::list_jobs which,
       gateway::reply<gateway::listing<gateway::job_status>> answer)
      = 0;
  virtual void put_queue(gateway::queue_spec what,
                         gateway::reply<gateway::done> answer)
      = 0;
  virtual void
  list_queues(std::uint32_t limit,
              gateway::reply<gateway::listing<gateway::queue_status>> answer)
      = 0;

  /// Figures in Prometheus' text format.
  virtual std::string metrics() = 0;

  /// Jobs that run on this node now.
  virtual std::uint32_t running() = 0;
};

} // namespace herald::cluster
