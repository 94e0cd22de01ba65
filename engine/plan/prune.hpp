#pragma once

#include "engine/plan/optimiser.hpp"

#include <set>

// The two halves of pruning: which fields of which columns each node must
// give, from the roots down; and the plan rebuilt to give just these, from
// the scans up. Internal to the optimiser.

namespace herald::pruning {

/// Paths into the columns of a node; none begins another.
using needs = std::set<field_path>;

/// True if `b` is `a` or a field inside it.
bool begins(const field_path& a, const field_path& b);

/// Leaves out what lies inside of another path.
needs normalised(const needs& x);

/// Adds the columns and fields that `x` reads.
void collect_paths(const expr_ptr& x, needs& out);

/// What a node can give of `wanted`: columns that are computed come whole.
needs givable(const plan_node& node, const needs& wanted);

/// What the node needs of each input in order to give `given`. Never empty,
/// as a batch has a column at least.
std::vector<needs> needs_of_inputs(const plan_node& node, const needs& given);

/// Where a rebuilt node has what was asked of it.
struct pruned {
  plan_ptr plan;
  std::map<field_path, int> places;
};

/// `x` over the columns of a rebuilt input.
expr_ptr rewrite(const expr_ptr& x, const std::map<field_path, int>& places,
                 const std::vector<plan_column>& columns);

/// Where a whole column is that must be there.
int place_of(int column, const std::map<field_path, int>& places);

/// Late rows of a rebuilt node.
void move_late(std::optional<late_rows>& late,
               const std::map<field_path, int>& places);

/// `input` with just the columns for `need`. In the order of `need` when
/// `ordered`, else as they lie.
pruned narrow(const pruned& input, const needs& need, bool ordered = false);

// Top-N, deduplication and OVER (prune_order.cpp); nullopt for other nodes.

std::optional<needs> order_needs(const plan_node& node, const needs& given);
std::optional<pruned> rebuild_order(const plan_node& node, const needs& given,
                                    const pruned& input);

/// Leaves the columns of the table that are read (prune_lookup.cpp).
pruned rebuild_lookup(const plan_node& node, lookup_join_spec spec,
                      const needs& given, const pruned& input);

// Operators about changes (prune_changelog.cpp).

needs changelog_needs(const plan_node& node, const changelog_spec& spec,
                      const needs& given);
/// True for FROM_CHANGELOG, which passes parts of columns on.
bool takes_changes(const plan_node& node);
pruned rebuild_changelog(const plan_node& node, changelog_spec spec,
                         const pruned& input);

/// Rebuilds `node` over `inputs` to give `given` at least.
pruned rebuild(const plan_node& node, const needs& given,
               const std::vector<pruned>& inputs);

} // namespace herald::pruning
