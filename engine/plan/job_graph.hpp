#pragma once

#include "engine/plan/aggregate_spec.hpp"
#include "engine/plan/join_spec.hpp"
#include "engine/plan/lookup_spec.hpp"
#include "engine/plan/order_spec.hpp"
#include "engine/plan/table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// The physical plan of one task: stages that run in parallel subtasks,
// connected by edges. Inside a stage, operators call each other directly.
// Made by the planner, read by `make_operator`, the pipeline and the actors;
// a plain value that is the same on every node for the same text.

namespace herald {

class stream_operator;

// -- operators ----------------------------------------------------------------

struct filter_spec {
  expr_ptr condition;
};

/// One output column an expression; also casts to a sink's schema.
struct project_spec {
  std::vector<expr_ptr> columns;
};

/// Makes a whole changelog of one that knows only the newest row of each key.
struct normalize_spec {
  std::vector<int> keys; ///< the table's primary key; at least one
  /// After which a key without rows is forgotten, by the clock; 0: never.
  std::int64_t ttl_ms = 0;
};

/// Each row once for each element of a collection, a value over its columns.
/// Output: `columns` of the input, then the element, of a map its key and its
/// value; then, if asked for, its number from 1 (INT).
struct unnest_spec {
  enum class kind_type : std::uint8_t {
    array,
    map,
    multiset, ///< each element as often as it is in it
    table,    ///< a call of a table function: an array of its rows
    repeat,   ///< `value` is a number: each row so often, without more columns
  };

  kind_type kind = kind_type::array;
  expr_ptr value;
  std::vector<int> columns; ///< that are passed on
  bool ordinality = false;
  bool keep_empty = false; ///< a row without elements once, with NULLs
};

/// What is about the changes of rows themselves.
struct changelog_spec {
  enum class kind_type : std::uint8_t {
    tell,  ///< TO_CHANGELOG: a first column says what each row does, all are +I
    obey,  ///< FROM_CHANGELOG: a column says what each row does; it goes
    check, ///< ON CONFLICT DO ERROR: a row that replaces another is an error
  };

  kind_type kind = kind_type::tell;
  /// What stands for a change; `tell`: one text each, others are left out.
  std::vector<std::pair<std::string, change>> codes;
  int column = 0;        ///< of `obey`: the one that says it
  std::vector<int> keys; ///< of `check`, whose input is normalised by them
  std::string table;     ///< of `check`: where they are the primary key
};

/// An operator that stands to the right of the planner, such as a pattern
/// matcher: whoever adds it to a plan says how to make it.
struct custom_spec {
  std::string name; ///< for people
  std::function<std::unique_ptr<stream_operator>()> make;
};

using operator_spec = std::variant<
    filter_spec, project_spec, window_assign_spec, window_aggregate_spec,
    group_aggregate_spec, expand_spec, join_spec, top_n_spec, deduplicate_spec,
    over_spec, sort_spec, limit_spec, normalize_spec, lookup_join_spec,
    unnest_spec, changelog_spec, local_aggregate_spec, custom_spec>;

// -- stages -------------------------------------------------------------------

/// Where results go: input `port` of operator `index` of the same stage, or
/// edge `index` of the graph, or the stage's sink.
struct target {
  enum class kind : std::uint8_t { operation, edge, sink };
  kind to = kind::operation;
  int index = 0;
  int port = 0;
};

/// What becomes of the rows that an operator drops as late.
struct late_output {
  std::vector<int> columns; ///< of `late_rows`
  schema_ptr layout;        ///< of the table
  std::vector<target> targets;
};

struct stage_operator {
  operator_spec spec;
  schema_ptr layout; ///< of the output
  int inputs = 1;
  std::vector<target> targets; ///< never empty
  /// Its state's name, the same under any parallelism; empty: by its place.
  std::string state_name;
  std::optional<late_output> late = {}; ///< empty: they are only counted
};

/// `column = value` that a source may use to skip rows early. The plan keeps
/// its own filter, so a source is free to ignore it.
struct pushed_condition {
  std::vector<std::string> path; ///< column, field, …
  scalar value;
  /// Or "<", "<=", ">", ">=", for sources that said they use them.
  std::string op = "=";

  friend bool operator==(const pushed_condition&, const pushed_condition&)
      = default;
};

/// A source: produces exactly `columns` of the table, by path into its rows
/// ({"bid", "price"}), then `computed` over them, then filters and the rest
/// of the stage. The watermark is taken a split at a time.
struct scan_spec {
  std::shared_ptr<const table_definition> table;
  std::vector<std::vector<std::string>> paths;
  schema_ptr layout; ///< of the paths, same order
  std::vector<pushed_condition> pushed;
  std::vector<expr_ptr> computed; ///< output of the scan; empty: the paths
  schema_ptr computed_layout;
  expr_ptr watermark; ///< over the scan's output, or null
  std::optional<std::int64_t> idle_timeout_ms;
  /// Where rows go that the format cannot read ('dead-letter' option), or
  /// null: they are only counted.
  std::shared_ptr<const table_definition> dead_letters;
  std::vector<target> targets;
};

/// A sink: a table to write into, or (no table) the client that asked.
struct sink_spec {
  std::shared_ptr<const table_definition> table; ///< null: SELECT's result
  schema_ptr layout;
  bool retracts = false; ///< rows may be -U, -D
  /// INSERT OVERWRITE: what the table has goes when all rows are written. There
  /// is one subtask then.
  bool overwrite = false;
  /// With `overwrite`: if PARTITION names all columns of PARTITIONED BY, their
  /// values in its order. That partition is replaced even if no row comes.
  std::vector<scalar> partition = {};
};

struct stage {
  std::string name; ///< for people: "scan bid", "window aggregate"
  int parallelism = 1;
  std::optional<scan_spec> scan;
  std::vector<std::vector<target>> inputs; ///< targets of each input port
  std::vector<stage_operator> operators;   ///< upstream before downstream
  std::optional<sink_spec> sink;
};

enum class exchange : std::uint8_t {
  forward,   ///< subtask i to subtask i; equal parallelism
  hash,      ///< by key group of `keys`
  gather,    ///< all to subtask 0
  broadcast, ///< all to every subtask
};

struct edge {
  int from_stage = 0;
  int to_stage = 0;
  int to_port = 0;
  exchange kind = exchange::forward;
  std::vector<int> keys; ///< columns of the rows on the edge
  schema_ptr layout;
};

struct job_graph {
  std::vector<stage> stages; ///< upstream before downstream
  std::vector<edge> edges;
};

} // namespace herald
