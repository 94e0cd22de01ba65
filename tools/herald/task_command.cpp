#include "engine/common/error.hpp"
#include "tools/herald/client_verbs.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/script.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

struct task_options : client_options {
  std::string name;
  std::string file;
  std::vector<std::string> set;
  bool stopped = false;
};

std::string_view name_of(gateway::task_state x) {
  constexpr std::string_view names[]
      = {"STOPPED",  "STARTING", "RUNNING", "RESTARTING",
         "STOPPING", "FINISHED", "FAILED",  "WAITING FOR A NODE"};
  return names[static_cast<std::size_t>(x)];
}

std::string watermark_text(std::int64_t ms) {
  if (ms == gateway::no_watermark)
    return "-";
  return to_string(scalar{data_type::timestamp(3), scalar::value_type{ms}});
}

std::vector<std::string> row_of(const gateway::task_status& x) {
  return {x.name,
          std::to_string(x.version),
          std::string(name_of(x.actual)),
          x.owner.empty() ? "-" : x.owner,
          std::to_string(x.generation),
          std::to_string(x.restarts),
          std::to_string(x.records_in),
          std::to_string(x.records_out),
          std::to_string(x.late),
          std::to_string(x.dead_letters),
          std::to_string(x.lag),
          watermark_text(x.watermark_ms),
          std::string(message_of(x.last_error))};
}

const std::vector<std::string> columns
    = {"name",     "version",    "state",       "owner", "generation",
       "restarts", "records_in", "records_out", "late",  "malformed",
       "lag",      "watermark",  "last_error"};
const std::vector<bool> numeric = {false, true, false, false, true,  true, true,
                                   true,  true, true,  true,  false, false};

int create(const task_options& options, bool update) {
  auto text = read_file(options.file);
  if (!text.ok()) {
    print_error("", text.status());
    return 1;
  }
  return with_client(options, *text, [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto set, parse_options(options.set));
    std::uint32_t version = 0;
    if (update) {
      gateway::update_task what{options.project, options.name, *text, set, 0};
      HERALD_ASSIGN(version, node.update_task(what));
    } else {
      gateway::create_task what{options.project, options.name, *text, set,
                                !options.stopped};
      HERALD_ASSIGN(version, node.create_task(what));
    }
    print_rows(options, {"name", "version"},
               {{options.name, std::to_string(version)}}, {false, true});
    return absl::OkStatus();
  });
}

int change_task(const task_options& options,
                absl::Status (client::*call)(const gateway::object_ref&)) {
  return with_client(options, "", [&](client& node) {
    return (node.*call)({options.project, options.name});
  });
}

int show_tasks(const task_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    std::vector<std::vector<std::string>> rows;
    std::string where; // in the task's text its error is
    if (options.name.empty()) {
      HERALD_ASSIGN(auto list, node.list_tasks({options.project, 1000}));
      for (const auto& x : list.items)
        rows.push_back(row_of(x));
    } else {
      HERALD_ASSIGN(auto task,
                    node.task_status({options.project, options.name}));
      rows.push_back(row_of(task.status));
      const auto error
          = failure_of(std::string(message_of(task.status.last_error)));
      if (position_of(error).line > 0)
        where = render_error(task.sql, error) + "\n";
    }
    print_rows(options, columns, rows, numeric);
    if (!options.json)
      fmt::print("{}", where);
    return absl::OkStatus();
  });
}

int explain_task(const task_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto task, node.task_status({options.project, options.name}));
    if (task.plan.empty())
      return absl::FailedPreconditionError(
          fmt::format("task '{}' does not run: it is {}", options.name,
                      name_of(task.status.actual)));
    if (options.json)
      fmt::print("{{\"name\":{},\"plan\":{}}}\n", json_text(options.name),
                 json_text(task.plan));
    else
      fmt::print("{}", task.plan);
    return absl::OkStatus();
  });
}

} // namespace

void add_task_command(CLI::App& app, int& status) {
  auto options = std::make_shared<task_options>();
  auto* task = app.add_subcommand("task", "Tasks of a cluster");
  task->require_subcommand(1);
  task->footer("  herald task create clicks clicks.sql\n"
               "  herald task status clicks");
  auto add = [&](const char* name, const char* help, auto run) {
    auto* command = task->add_subcommand(name, help);
    add_client_options(*command, *options, true);
    command->callback([options, &status, run] { status = run(*options); });
    return command;
  };
  auto named = [&options](CLI::App* command) {
    command->add_option("name", options->name, "Name of the task")->required();
    return command;
  };
  auto scripted = [&options](CLI::App* command) {
    command->add_option("file", options->file, "Script with its INSERTs")
        ->required();
    command->add_option("--set", options->set, "Option, name=value");
    return command;
  };
  scripted(named(add("create", "Create a task and start it",
                     [](const task_options& x) { return create(x, false); })))
      ->add_flag("--stopped", options->stopped, "Do not start it");
  scripted(named(add("update", "Give a task a new version",
                     [](const task_options& x) { return create(x, true); })));
  named(add("start", "Let it run", [](const task_options& x) {
    return change_task(x, &client::start_task);
  }));
  named(add("stop", "Drain and stop it", [](const task_options& x) {
    return change_task(x, &client::stop_task);
  }));
  named(add("delete", "Stop and forget it", [](const task_options& x) {
    return change_task(x, &client::delete_task);
  }));
  named(add("status", "What it does, and where", show_tasks));
  named(add("explain", "Its plan, with the rows and state of each operator",
            explain_task));
  add("list", "All tasks of the project", show_tasks);
}

} // namespace herald
