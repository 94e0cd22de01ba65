#pragma once

#include "engine/plan/physical.hpp"

// What EXPLAIN says of the nodes of optimised plans: the kinds of their
// changes, and how many rows there may be. Without statistics the numbers are
// guesses, good to compare plans with: a table has as many rows as its options
// say, else `rows_unknown`; an equality keeps 15 of 100 rows, another
// condition half of them; a key has ten rows. Pure; linear in the plan.

namespace herald {

/// Flink's guess, too.
constexpr double rows_unknown = 1e8;

struct node_facts {
  std::vector<std::string> changes; ///< of I, UB, UA, D
  double rows = 0;                  ///< that it gives, changes included
  double state_rows = 0;            ///< that it remembers at most
  bool bounded = false;             ///< ends by itself
};

using plan_facts = std::map<const plan_node*, node_facts>;

/// Of every node of the plans.
plan_facts facts_of(const std::vector<planned_sink>& sinks,
                    const sql_session& session);

struct plan_advice {
  std::string about; ///< the operator's line
  std::string problem;
  std::string suggestion;
  bool is_wrong = false; ///< not slow: results may not be what is meant
};

/// What may go wrong with the plans when they run for long, and results that
/// surprise, in the order of the operators (plan_advice.cpp).
std::vector<plan_advice> advise(const std::vector<planned_sink>& sinks,
                                const plan_facts& facts,
                                const sql_session& session);

} // namespace herald
