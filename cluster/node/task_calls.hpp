#pragma once

#include "cluster/gateway/backend.hpp"
#include "cluster/node/node_shell.hpp"

#include <memory>

// Clients' calls about tasks, settings and the cluster, as a node answers
// them: changes go through the command log, questions are answered from the
// catalog, and from the owner for figures that only it has. On the node
// actor; every reply is answered once, at the latest when the log's deadline
// has passed.

namespace herald::cluster {

template <class T>
using shared_reply = std::shared_ptr<gateway::reply<T>>;

void create_task(node_shell& node, const gateway::create_task& what,
                 shared_reply<std::uint32_t> version);
void update_task(node_shell& node, const gateway::update_task& what,
                 shared_reply<std::uint32_t> version);
void want_task(node_shell& node, const gateway::object_ref& which, bool running,
               shared_reply<gateway::done> answer);
void delete_object(node_shell& node, object_kind kind,
                   const gateway::object_ref& which,
                   shared_reply<gateway::done> answer);
void list_tasks(node_shell& node, const gateway::list_objects& which,
                shared_reply<gateway::listing<gateway::task_status>> answer);
void describe_task(node_shell& node, const gateway::object_ref& which,
                   shared_reply<gateway::task_description> answer);

void put_rule(node_shell& node, const gateway::put_rule& what,
              shared_reply<gateway::rule_version> answer);
void list_rules(node_shell& node, const gateway::list_objects& which,
                shared_reply<gateway::listing<gateway::rule_status>> answer);

void tell_cluster(node_shell& node,
                  shared_reply<gateway::cluster_status> answer);
void tell_node(node_shell& node, const std::string& name,
               shared_reply<gateway::node_status> answer);
void get_settings(node_shell& node, const std::string& prefix,
                  shared_reply<std::vector<gateway::setting>> answer);
void put_setting(node_shell& node, const gateway::put_setting& what,
                 shared_reply<std::uint32_t> version);
void tell_health(node_shell& node, shared_reply<gateway::done> answer);
/// The node's figures in Prometheus' text format.
std::string metrics_text(node_shell& node);

/// What this node knows of a task: all of it if the task runs here.
gateway::task_description describe_here(node_shell& node, const object_key& key,
                                        const object& what);

/// Refuses what the catalog would refuse, and says what is too much.
absl::Status check(const put_command& x);

/// Turns the outcome of a command into an answer: `number` of an accepted
/// one, else why not.
absl::StatusOr<std::uint64_t> accepted(const absl::StatusOr<outcome>& x,
                                       const std::string& subject);

} // namespace herald::cluster
