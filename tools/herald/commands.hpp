#pragma once

#include <CLI/CLI.hpp>

// The verbs of the program. Each adds its subcommand with its help to `app`;
// when it is chosen, `status` gets the exit status: 0, or 1 after one clear
// message on standard error.

namespace herald {

void add_sql_command(CLI::App& app, int& status);
void add_run_command(CLI::App& app, int& status);
void add_node_command(CLI::App& app, int& status);
void add_task_command(CLI::App& app, int& status);
void add_rule_command(CLI::App& app, int& status);
void add_query_command(CLI::App& app, int& status);
void add_job_command(CLI::App& app, int& status);
void add_cluster_command(CLI::App& app, int& status);

} // namespace herald
