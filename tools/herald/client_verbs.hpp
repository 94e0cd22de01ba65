#pragma once

#include "tools/client/client.hpp"

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

// What the verbs that talk to a node share: where the node is, how answers
// are shown. One thread.

namespace herald {

struct client_options {
  std::string node = "127.0.0.1:7400";
  std::string project = "default";
  bool json = false;
};

/// How long a call may take; changes wait for the command log.
constexpr auto call_seconds = 15;

/// Adds --node, and where wanted --project and --json, to a command.
void add_client_options(CLI::App& command, client_options& options,
                        bool with_project);

/// Connects and calls `use`; prints an error, pointing into `source` where it
/// has a place. Returns the exit status.
int with_client(const client_options& options, const std::string& source,
                const std::function<absl::Status(client&)>& use);

/// Rows of texts: a table for people, or objects of texts and numbers, one a
/// line, with --json. `numbers[i]`: column i is a number.
void print_rows(const client_options& options,
                const std::vector<std::string>& names,
                const std::vector<std::vector<std::string>>& rows,
                const std::vector<bool>& numbers = {});

/// `text` as a JSON string, with quotes.
std::string json_text(const std::string& text);

/// "name=value" texts as options; an error names the wrong one.
absl::StatusOr<std::vector<gateway::option>>
parse_options(const std::vector<std::string>& list);

} // namespace herald
