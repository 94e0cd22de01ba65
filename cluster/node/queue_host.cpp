#include "cluster/node/queue_host.hpp"

#include "actors/actor_base.hpp"
#include "actors/queue_actor.hpp"
#include "engine/common/error.hpp"

#include <charconv>
#include <set>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

/// Reads option `name` into `out`, which keeps its value without one.
template <class T>
absl::Status read(const option_map& options, const std::string& name, T& out) {
  auto at = options.find(name);
  if (at == options.end())
    return absl::OkStatus();
  const auto& text = at->second;
  auto end = text.data() + text.size();
  auto got = std::from_chars(text.data(), end, out);
  if (got.ec != std::errc() || got.ptr != end)
    return user_error(fmt::format("'{}' is no value of {}", text, name));
  return absl::OkStatus();
}

} // namespace

put_command put_of(const queue_settings& x, condition only_if) {
  std::string kinds;
  for (auto kind : x.kinds)
    kinds += static_cast<char>('0' + kind);
  option_map options{
      {"weight_milli", fmt::format("{}", x.weight_milli)},
      {"capacity", fmt::format("{}", x.capacity)},
      {"running_max", fmt::format("{}", x.running_max)},
      {"core", x.core ? "1" : "0"},
      {"kinds", kinds},
  };
  return {queue_key(x.name), "queue", x.name, std::move(options), only_if};
}

absl::StatusOr<queue_settings> settings_of(const object_key& key,
                                           const object_version& what) {
  queue_settings result;
  result.name = key.name;
  int core = 0;
  HERALD_TRY(read(what.options, "weight_milli", result.weight_milli));
  HERALD_TRY(read(what.options, "capacity", result.capacity));
  HERALD_TRY(read(what.options, "running_max", result.running_max));
  HERALD_TRY(read(what.options, "core", core));
  result.core = core != 0;
  if (auto at = what.options.find("kinds"); at != what.options.end())
    for (char c : at->second)
      result.kinds.push_back(static_cast<std::uint8_t>(c - '0'));
  HERALD_TRY(check(result));
  return result;
}

queue_host::queue_host(caf::actor_system& system, queue_journal journal)
    : system_(system), journal_(std::move(journal)) {}

queue_host::~queue_host() {
  for (const auto& [key, x] : queues_)
    end_now(x.queue);
}

absl::Status queue_host::start(const object_key& key, generation held,
                               const object_version& what) {
  HERALD_ASSIGN(auto settings, settings_of(key, what));
  if (auto at = queues_.find(key); at != queues_.end())
    end_now(at->second.queue);
  queues_.insert_or_assign(
      key, hosted{held, spawn_queue(system_, std::move(settings), held.value,
                                    journal_)});
  return absl::OkStatus();
}

void queue_host::update(const object_key& key, generation held,
                        const object_version& what) {
  auto settings = settings_of(key, what);
  if (const auto* queue = find(key, held); queue && settings.ok())
    caf::anon_send(*queue, atom::change_v, *std::move(settings));
}

void queue_host::feed(const catalog& known) {
  std::set<std::string> living;
  for (auto& [key, x] : queues_) {
    if (x.fed == known.position())
      continue;
    if (!x.fed)
      for (const auto& entry : known.jobs().ended())
        if (entry.job.queue == key.name)
          caf::anon_send(x.queue, job_seed{entry.job, false});
    auto jobs = known.jobs().submitted_after(key.name,
                                             x.fed.value_or(log_position{}));
    if (!jobs.empty() && living.empty())
      for (const auto& [uuid, member] : known.members())
        living.insert(short_name(uuid));
    for (const auto* entry : jobs)
      caf::anon_send(x.queue,
                     job_seed{entry->job, living.contains(entry->job.worker)});
    x.fed = known.position();
  }
}

std::optional<std::pair<object_key, generation>>
queue_host::lost(const caf::actor_addr& address) {
  for (auto at = queues_.begin(); at != queues_.end(); ++at)
    if (at->second.queue.address() == address) {
      std::pair result(at->first, at->second.held);
      queues_.erase(at);
      return result;
    }
  return std::nullopt;
}

void queue_host::stop(const object_key& key, generation held) {
  const auto* queue = find(key, held);
  if (!queue)
    return;
  end_now(*queue);
  queues_.erase(key);
}

const queue_actor* queue_host::find(const object_key& key,
                                    generation held) const {
  auto at = queues_.find(key);
  if (at == queues_.end() || at->second.held != held)
    return nullptr;
  return &at->second.queue;
}

} // namespace herald::cluster
