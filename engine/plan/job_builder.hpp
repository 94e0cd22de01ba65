#pragma once

#include "engine/plan/changelog.hpp"

// Builds a job graph node by node. Internal to the physical planner.

namespace herald {

class job_builder {
public:
  /// `terse`: nodes that need not say what an update replaces.
  job_builder(const sql_session& session, std::set<const plan_node*> terse)
      : session_(session), parallelism_(session.options().parallelism()),
        terse_(std::move(terse)) {}

  /// Looks at all plans, before any `add`. Numbers their nodes: what names the
  /// state of each does not depend on how they will be chained.
  void prepare(const std::vector<planned_sink>& sinks);

  absl::Status add(const planned_sink& sink);

  job_graph take() {
    return std::move(graph_);
  }

private:
  /// What gives a node's rows: a stage's scan, input port or operator.
  struct producer {
    enum class kind : std::uint8_t { scan, port, operation };
    int stage = 0;
    kind from = kind::operation;
    int index = 0;
    /// Rows of equal values here are in one subtask; empty: not known.
    std::vector<int> hashed_by;
  };

  absl::StatusOr<producer> build(const plan_ptr& node);
  absl::StatusOr<producer> build_new(const plan_ptr& node);
  /// With what the session's options say.
  group_aggregate_spec with_options(group_aggregate_spec spec) const;
  absl::StatusOr<producer> build_scan(const scan_node& scan);
  absl::StatusOr<producer> build_chained(const plan_node& node,
                                         operator_spec spec);
  /// An aggregation by `keys`.
  absl::StatusOr<producer> build_keyed(const plan_node& node,
                                       operator_spec spec,
                                       const std::vector<int>& keys,
                                       std::string_view name);
  /// Leads the rows that the operator `of` drops as late to their table
  /// (late_rows.cpp).
  void add_late_rows(const producer& of, const late_rows& late);
  // -- aggregations in two phases (build_phases.cpp) -------------------------
  absl::StatusOr<producer> build_group(const plan_node& node,
                                       group_aggregate_spec spec);
  absl::StatusOr<producer> build_windows(const plan_node& node,
                                         window_aggregate_spec spec);
  /// Whether rows of `input` are to be combined before they go to where their
  /// `keys` meet; `pays`: it is worth while if the options leave the choice.
  bool wants_two_phases(const producer& input, const std::vector<int>& keys,
                        bool pays);
  /// Combines rows where they are, and what comes of it where the keys of
  /// `global`, the first of `local`, meet: in a new stage, `name`.
  template <class Spec>
  producer combine(const producer& input, local_aggregate_spec local,
                   Spec global, std::string_view name, const plan_node& node);
  // -- joins (build_join.cpp) ------------------------------------------------
  absl::StatusOr<producer> build_join(const plan_node& node, join_spec spec);
  producer join_by_key(const plan_node& node, const join_spec& spec,
                       producer left, producer right);
  producer join_together(const plan_node& node, const join_spec& spec,
                         producer left, producer right);
  producer join_everywhere(const plan_node& node, join_spec spec, producer left,
                           const producer& right);
  /// Top-N and the like, which give their input's columns.
  absl::StatusOr<producer> build_ordered(const plan_node& node,
                                         operator_spec spec,
                                         const std::vector<int>& keys,
                                         std::string_view name);
  absl::StatusOr<producer> build_union(const plan_node& node);

  /// Appends an operator that reads `inputs`, all in `stage`.
  producer append(int stage, operator_spec spec,
                  const std::vector<producer>& inputs, const plan_node& node);
  int new_stage(std::string name, int parallelism);
  /// Leads the rows of `from` to a new port of `stage`.
  producer lead(const producer& from, int stage, exchange kind,
                std::vector<int> keys, const plan_node& node);
  std::vector<target>& targets_of(const producer& x);

  stage& stage_at(int index) {
    return graph_.stages[static_cast<std::size_t>(index)];
  }

  /// `spec` of the node, which gives changes.
  template <class Spec>
  Spec for_readers(Spec spec, const plan_node& node) const {
    spec.emit_update_before = !terse_.contains(&node);
    return spec;
  }

  /// With the time to live that a hint or the session says, where one holds.
  template <class Spec>
  Spec with_ttl(Spec spec, bool holds) const {
    spec.ttl_ms
        = holds ? spec.ttl_ms.value_or(session_.options().state_ttl_ms()) : 0;
    return spec;
  }

  const sql_session& session_;
  int parallelism_;
  std::set<const plan_node*> terse_;
  job_graph graph_;
  std::map<const plan_node*, producer> done_;
  std::map<const plan_node*, std::string> state_names_;
  std::map<const plan_node*, std::vector<upsert_key>> upsert_keys_;
  std::vector<plan_ptr> kept_; ///< keeps the keys of `done_` alive
};

/// The table that the 'dead-letter' option names, checked; null without one.
absl::StatusOr<std::shared_ptr<const table_definition>>
dead_letter_table(const table_definition& table, const sql_session& session);

} // namespace herald
