#pragma once

#include "actors/rule_task.hpp"
#include "actors/task_actor.hpp"
#include "cluster/catalog_types.hpp"
#include "cluster/node/queue_host.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

// What runs on this node for the cluster: one task actor an object, started
// and stopped as the agent says, under the generation it says. Used on the
// node actor; bounded by the catalog.

namespace herald::cluster {

/// News of an object for the agent.
struct object_news {
  object_key key;
  generation held;
  object_status status;
  bool over = false; ///< it runs no more
};

/// One object that runs here.
struct hosted_object {
  generation held;
  version_number version;
  task_ref ref;
  std::shared_ptr<const task_spec> spec;
  std::shared_ptr<task_metrics> metrics;
  std::optional<task_actor> actor; ///< none before it is launched
  task_event last;
  std::string problem; ///< what the log of events says it waits for
  /// Rules only: what the matchers run.
  std::optional<rule_task> rule;
  /// What to start when the version that runs now has drained.
  std::shared_ptr<hosted_object> successor;
};

/// Objects that ended here whose figures are kept.
constexpr std::size_t ended_objects_max = 1000;

class object_host {
public:
  object_host(caf::actor_system& system, task_owner owner,
              queue_journal journal);

  object_host(const object_host&) = delete;

  /// Ends everything at once.
  ~object_host();

  /// Compiles and starts. Errors are the user's: the text does not compile.
  absl::Status start(const object_key& key, generation held,
                     version_number version, const object& what);

  /// Goes on with another version; what cannot go on is started anew.
  void update(const object_key& key, generation held, version_number version,
              const object& what);

  /// Begins to stop; `fenced`: at once. False if it does not run here.
  bool stop(const object_key& key, generation held, bool fenced);

  /// Sources read no further until `resume`, those of later starts too.
  void pause();
  void resume();

  /// What a task's event means for the agent: nothing, or news.
  std::vector<object_news> take(const task_event& x);

  /// Logs when an object begins or ends to wait for the world outside.
  void note_problems();

  caf::actor_system& system() {
    return system_;
  }

  queue_host& queues() {
    return queues_;
  }

  const std::map<object_key, hosted_object>& objects() const {
    return objects_;
  }

  /// The figures of what runs here, or of what last ended here.
  std::optional<task_report> report_of(const object_key& key) const;

private:
  absl::StatusOr<hosted_object> compile(const object_key& key, generation held,
                                        version_number version,
                                        const object& what);
  void launch(hosted_object& x);
  void hold(bool paused);

  caf::actor_system& system_;
  task_owner owner_;
  std::map<object_key, hosted_object> objects_;
  std::map<object_key, task_report> ended_; ///< at most `ended_objects_max`
  queue_host queues_;
  bool paused_ = false;
  std::uint64_t next_task_ = 1;
};

} // namespace herald::cluster
