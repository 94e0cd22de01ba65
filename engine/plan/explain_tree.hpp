#pragma once

#include "engine/plan/plan_facts.hpp"

// Logical plans for people and programs: trees of text, one operator a line,
// or JSON. What is shared has a number and is written once. Pure; linear in
// the plan.

namespace herald {

/// One line on one operator of a logical plan.
std::string describe_node(const plan_node& node);

/// What stands behind an operator's line; may be empty.
using node_note = std::function<std::string(const plan_node&)>;

/// The plan of each sink below its name, inputs below and further in.
std::string tree_text(const std::vector<plan_ptr>& roots,
                      const std::vector<std::string>& sinks,
                      const node_note& note = {});

/// {"sinks":[{"sink":…,"node":1}],"nodes":[{"id":1,"operator":…,"inputs":[2]
/// }]}; with facts also "changes", "rows" and "state_rows".
std::string tree_json(const std::vector<plan_ptr>& roots,
                      const std::vector<std::string>& sinks,
                      const plan_facts* facts);

/// [{"id":0,"name":…,"parallelism":1,"operators":[…],"inputs":[{"stage":0,
/// "exchange":"hash","keys":["a"]}]}], a stage a line.
std::string stages_json(const job_graph& graph);

} // namespace herald
