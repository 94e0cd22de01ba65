#pragma once

#include "engine/plan/figures.hpp"
#include "engine/plan/job_graph.hpp"

// Plans as text that people read: stages and edges for physical plans, one
// line for each operator of any plan (`explain` in planner.hpp draws the trees
// of logical ones). The tests of the planner compare these texts. Pure.

namespace herald {

/// Stage by stage, with every operator and where its rows go.
std::string explain_physical(const job_graph& graph);

/// As `explain_physical`, with what each part did; `figures` has one entry a
/// stage.
std::string explain_running(const job_graph& graph,
                            const std::vector<stage_figures>& figures);

/// The lines of a stage's operators.
std::vector<std::string> operator_lines(const job_graph& graph, int stage);

/// One line on one operator; `inputs` are its input's columns, of a join those
/// of the left and then `right_columns` of the right side; `names` those of
/// its output.
std::string describe_operator(const operator_spec& spec,
                              const std::vector<std::string>& inputs,
                              const std::vector<std::string>& names,
                              int right_columns = 0);

/// The line of a join (explain_join.cpp); `name` gives a column's name, right
/// ones counted from `left_count`.
std::string describe_join(const join_spec& x, int left_count,
                          const std::function<std::string(int)>& name);

std::string describe_lookup(const lookup_join_spec& x, int left_count,
                            const std::function<std::string(int)>& name);

/// "10 s", "1500 ms", "2 h".
std::string duration_text(std::int64_t ms);

/// a, b, c.
std::string joined(const std::vector<std::string>& parts,
                   std::string_view separator = ", ");

/// person.name
std::string path_text(const std::vector<std::string>& path);

} // namespace herald
