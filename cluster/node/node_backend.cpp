#include "cluster/node/node_backend.hpp"

#include "cluster/node/task_calls.hpp"

namespace herald::cluster {

namespace {

template <class T>
shared_reply<T> share(gateway::reply<T> x) {
  return std::make_shared<gateway::reply<T>>(std::move(x));
}

class node_backend final : public gateway::backend {
public:
  node_backend(node_actor node, std::shared_ptr<job_desk> jobs)
      : node_(std::move(node)), jobs_(std::move(jobs)) {}

  // -- tasks -----------------------------------------------------------------

  void create_task(gateway::create_task what,
                   gateway::reply<std::uint32_t> version) override {
    ask(std::move(what), std::move(version), cluster::create_task);
  }

  void update_task(gateway::update_task what,
                   gateway::reply<std::uint32_t> version) override {
    ask(std::move(what), std::move(version), cluster::update_task);
  }

  void start_task(gateway::object_ref which,
                  gateway::reply<gateway::done> answer) override {
    ask(std::move(which), std::move(answer),
        [](node_shell& node, const gateway::object_ref& x, auto reply) {
          want_task(node, x, true, std::move(reply));
        });
  }

  void stop_task(gateway::object_ref which,
                 gateway::reply<gateway::done> answer) override {
    ask(std::move(which), std::move(answer),
        [](node_shell& node, const gateway::object_ref& x, auto reply) {
          want_task(node, x, false, std::move(reply));
        });
  }

  void delete_task(gateway::object_ref which,
                   gateway::reply<gateway::done> answer) override {
    ask(std::move(which), std::move(answer),
        [](node_shell& node, const gateway::object_ref& x, auto reply) {
          delete_object(node, object_kind::task, x, std::move(reply));
        });
  }

  void list_tasks(
      gateway::list_objects which,
      gateway::reply<gateway::listing<gateway::task_status>> answer) override {
    ask(std::move(which), std::move(answer), cluster::list_tasks);
  }

  void task_status(gateway::object_ref which,
                   gateway::reply<gateway::task_description> answer) override {
    ask(std::move(which), std::move(answer), describe_task);
  }

  // -- rules -----------------------------------------------------------------

  void put_rule(gateway::put_rule what,
                gateway::reply<gateway::rule_version> answer) override {
    ask(std::move(what), std::move(answer), cluster::put_rule);
  }

  void delete_rule(gateway::object_ref which,
                   gateway::reply<gateway::done> answer) override {
    ask(std::move(which), std::move(answer),
        [](node_shell& node, const gateway::object_ref& x, auto reply) {
          delete_object(node, object_kind::rule, x, std::move(reply));
        });
  }

  void list_rules(
      gateway::list_objects which,
      gateway::reply<gateway::listing<gateway::rule_status>> answer) override {
    ask(std::move(which), std::move(answer), cluster::list_rules);
  }

  // -- queries and queues ----------------------------------------------------

  void submit_query(gateway::submit_query what,
                    gateway::reply<std::string> job_id) override {
    jobs_->submit(std::move(what), std::move(job_id));
  }

  void job_status(gateway::job_status_request which,
                  gateway::reply<gateway::job_status> answer) override {
    jobs_->status(std::move(which), std::move(answer));
  }

  void job_next(std::string job_id, std::uint32_t max_bytes,
                gateway::reply<gateway::job_batch> answer) override {
    jobs_->next(std::move(job_id), max_bytes, std::move(answer));
  }

  void job_cancel(std::string job_id,
                  gateway::reply<gateway::done> answer) override {
    jobs_->cancel(std::move(job_id), std::move(answer));
  }

  void list_jobs(
      gateway::list_jobs which,
      gateway::reply<gateway::listing<gateway::job_status>> answer) override {
    jobs_->list(std::move(which), std::move(answer));
  }

  void put_queue(gateway::queue_spec what,
                 gateway::reply<gateway::done> answer) override {
    jobs_->put_queue(std::move(what), std::move(answer));
  }

  void list_queues(
      std::uint32_t limit,
      gateway::reply<gateway::listing<gateway::queue_status>> answer) override {
    jobs_->list_queues(limit, std::move(answer));
  }

  // -- cluster ---------------------------------------------------------------

  void cluster_status(gateway::reply<gateway::cluster_status> answer) override {
    run_on(node_, [reply = share(std::move(answer))](node_shell& node) {
      tell_cluster(node, reply);
    });
  }

  void node_status(std::string node,
                   gateway::reply<gateway::node_status> answer) override {
    ask(std::move(node),
        gateway::reply<gateway::node_status>(
            [jobs = jobs_, reply = share(std::move(answer))](
                absl::StatusOr<gateway::node_status> x) {
              if (x.ok())
                x->running_jobs = jobs->running();
              (*reply)(std::move(x));
            }),
        tell_node);
  }

  void
  get_settings(std::string prefix,
               gateway::reply<std::vector<gateway::setting>> answer) override {
    ask(std::move(prefix), std::move(answer), cluster::get_settings);
  }

  void put_setting(gateway::put_setting what,
                   gateway::reply<std::uint32_t> version) override {
    ask(std::move(what), std::move(version), cluster::put_setting);
  }

  void health(gateway::reply<gateway::done> answer) override {
    run_on(node_, [reply = share(std::move(answer))](node_shell& node) {
      tell_health(node, reply);
    });
  }

  void metrics(gateway::reply<std::string> text) override {
    run_on(node_,
           [jobs = jobs_, reply = share(std::move(text))](node_shell& node) {
             (*reply)(metrics_text(node) + jobs->metrics());
           });
  }

private:
  /// Runs `call(node, request, reply)` on the node actor.
  template <class Request, class Answer, class Call>
  void ask(Request request, gateway::reply<Answer> answer, Call call) {
    run_on(node_, [request = std::move(request), call,
                   reply = share(std::move(answer))](node_shell& node) {
      call(node, request, reply);
    });
  }

  node_actor node_;
  std::shared_ptr<job_desk> jobs_;
};

} // namespace

std::shared_ptr<gateway::backend> make_backend(node_actor node,
                                               std::shared_ptr<job_desk> jobs) {
  return std::make_shared<node_backend>(std::move(node), std::move(jobs));
}

} // namespace herald::cluster
