#include "actors/actor_base.hpp"
#include "cluster/node/task_calls.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace herald::cluster {

namespace {

std::uint64_t resident_bytes() {
  // statm: pages in total, pages resident, …
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t cpu_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto ms = [](const timeval& x) {
    return static_cast<std::uint64_t>(x.tv_sec) * 1000
           + static_cast<std::uint64_t>(x.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Escapes a label's value as Prometheus' text format wants.
std::string label(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == '\\' || c == '"')
      result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result;
}

class metrics_writer {
public:
  void family(std::string_view name, std::string_view type,
              std::string_view help) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  void value(std::string_view name, std::string_view labels, auto number) {
    text += fmt::format("{}{} {}\n", name, labels, number);
  }

  std::string text;
};

/// One figure of every task that runs here.
void task_family(
    metrics_writer& out, node_shell& node, std::string_view name,
    std::string_view type, std::string_view help,
    const std::function<std::optional<std::int64_t>(const task_report&)>&
        pick) {
  out.family(name, type, help);
  for (const auto& [key, x] : node.host().objects()) {
    task_report report;
    x.metrics->sum(report);
    auto number = pick(report);
    if (number)
      out.value(name,
                fmt::format("{{kind=\"{}\",project=\"{}\",name=\"{}\"}}",
                            to_string(key.kind), label(key.project),
                            label(key.name)),
                *number);
  }
}

using maybe = std::optional<std::int64_t>;

} // namespace

void tell_cluster(node_shell& node,
                  shared_reply<gateway::cluster_status> answer) {
  const auto& known = node.known();
  gateway::cluster_status result;
  result.cluster = node.config().cluster;
  result.answered_by = to_string(node.agent().self());
  result.view = known.view().value;
  result.log_position = known.position().value;
  for (const auto& [uuid, x] : known.members()) {
    gateway::member m;
    m.name = to_string(x.info.id);
    m.incarnation = x.info.id.life.value;
    m.address = fmt::format("{}:{}", x.info.host, x.info.actor_port);
    if (x.info.gateway_port != 0) {
      const auto& host = x.info.client_host;
      m.rpc_address = fmt::format("{}:{}", host.empty() ? x.info.host : host,
                                  x.info.gateway_port);
    }
    m.state = x.suspected_by.empty() ? gateway::member_state::up
                                     : gateway::member_state::suspect;
    result.members.push_back(std::move(m));
  }
  for (const auto& [key, x] : known.objects()) {
    if (!x.owner)
      continue;
    result.owners.push_back({std::string(to_string(key.kind)),
                             fmt::format("{}.{}", key.project, key.name),
                             to_string(*x.owner), x.held.value});
  }
  (*answer)(std::move(result));
}

void tell_node(node_shell& node, const std::string& name,
               shared_reply<gateway::node_status> answer) {
  auto self = node.agent().self();
  if (!name.empty() && name != to_string(self))
    return (*answer)(absl::NotFoundError(fmt::format(
        "this is node {}, not {} (ask that node; herald cluster status lists "
        "addresses)",
        to_string(self), name)));
  gateway::node_status result;
  result.name = to_string(self);
  result.incarnation = self.life.value;
  result.version = HERALD_VERSION;
  result.uptime_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(
          node_shell::clock::now() - node.started())
          .count());
  result.resident_bytes = resident_bytes();
  result.cpu_ms = cpu_ms();
  result.actors
      = static_cast<std::uint32_t>(node.host().system().registry().running());
  for (const auto& [key, x] : node.host().objects()) {
    result.tasks += key.kind == object_kind::task;
    result.rules += key.kind == object_kind::rule;
  }
  result.queues = static_cast<std::uint32_t>(node.host().queues().size());
  (*answer)(std::move(result));
}

void get_settings(node_shell& node, const std::string& prefix,
                  shared_reply<std::vector<gateway::setting>> answer) {
  std::vector<gateway::setting> result;
  for (const auto& [name, x] : node.known().settings())
    if (name.starts_with(prefix))
      result.push_back(
          {name, x.value, static_cast<std::uint32_t>(x.version.value)});
  (*answer)(std::move(result));
}

void put_setting(node_shell& node, const gateway::put_setting& what,
                 shared_reply<std::uint32_t> version) {
  condition only_if;
  if (what.if_version != 0)
    only_if = version_number{what.if_version};
  auto subject = fmt::format("setting {}", what.key);
  node.append(set_command{what.key, what.value, only_if}, "client",
              [version, subject](absl::StatusOr<outcome> x) {
                auto number = accepted(x, subject);
                if (!number.ok())
                  return (*version)(number.status());
                (*version)(static_cast<std::uint32_t>(*number));
              });
}

void tell_health(node_shell& node, shared_reply<gateway::done> answer) {
  if (!node.agent().is_member())
    return (*answer)(absl::UnavailableError(
        node.log_trouble_reason().empty()
            ? "this node has not joined the cluster yet"
            : fmt::format("the command log is out of reach: {}",
                          node.log_trouble_reason())));
  if (!node.agent().has_lease())
    return (*answer)(absl::UnavailableError(
        "the command log is out of reach for longer than the lease"));
  (*answer)(gateway::done{});
}

std::string metrics_text(node_shell& node) {
  metrics_writer out;
  out.family("herald_members", "gauge", "Members of the view.");
  out.value("herald_members", "", node.known().members().size());
  out.family("herald_view", "gauge", "Number of the view.");
  out.value("herald_view", "", node.known().view().value);
  out.family("herald_log_position", "gauge", "Last command applied.");
  out.value("herald_log_position", "", node.known().position().value);
  out.family("herald_resident_bytes", "gauge", "Resident memory.");
  out.value("herald_resident_bytes", "", resident_bytes());
  out.family("herald_cpu_milliseconds_total", "counter", "CPU time used.");
  out.value("herald_cpu_milliseconds_total", "", cpu_ms());
  task_family(out, node, "herald_task_records_in_total", "counter",
              "Records read by sources.",
              [](const task_report& x) { return maybe(x.rows_in); });
  task_family(out, node, "herald_task_records_out_total", "counter",
              "Records written by sinks.",
              [](const task_report& x) { return maybe(x.rows_out); });
  task_family(out, node, "herald_task_records_late_total", "counter",
              "Records dropped behind the watermark.",
              [](const task_report& x) { return maybe(x.rows_late); });
  task_family(out, node, "herald_task_records_malformed_total", "counter",
              "Records that could not be read.",
              [](const task_report& x) { return maybe(x.malformed); });
  task_family(out, node, "herald_task_state_bytes", "gauge",
              "Memory of operators' state.",
              [](const task_report& x) { return maybe(x.state_bytes); });
  task_family(out, node, "herald_task_lag_records", "gauge",
              "Records behind the end of the input.", [](const task_report& x) {
                return x.lag_records < 0 ? maybe() : maybe(x.lag_records);
              });
  task_family(out, node, "herald_task_credit_waits_total", "counter",
              "Times a subtask waited for its receiver.",
              [](const task_report& x) { return maybe(x.credit_waits); });
  return out.text;
}

} // namespace herald::cluster
