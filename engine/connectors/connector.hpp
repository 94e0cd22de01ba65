#pragma once

#include "engine/operators/lookup.hpp"
#include "engine/plan/job_graph.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <absl/status/statusor.h>

// The two faces of the outside world: sources that are read split by split,
// and sinks that are written in batches. Both are driven by one actor at a
// time and never block it: when there is nothing to do they call `wake` (from
// any thread, as often as they like) once there is. Both bound what they
// buffer.

namespace herald {

/// Called from any thread when `poll` may give something new.
using wake_function = std::function<void()>;

/// A position inside a split that reading can resume from: a Kafka offset, a
/// byte or row number. What it means is the connector's business.
struct split_position {
  std::string split;     ///< "topic/3", "path", "0"
  std::int64_t next = 0; ///< the first thing not yet read

  friend bool operator==(const split_position&, const split_position&)
      = default;
};

/// A record that a format could not read, for the dead-letter table.
struct dead_letter {
  std::string raw; ///< the bytes as they came, at most dead_letter_max
  std::string reason;
  std::string split;
  std::int64_t position = 0;
  bool ignored = false; ///< as the table wants: only its reason is shown
};

constexpr std::size_t dead_letter_max = 1 << 20;

/// What a poll gave: rows of one split, in order.
struct source_rows {
  batch_ptr rows;                ///< columns as in `scan_spec::paths`
  int split = 0;                 ///< index into `splits()`
  std::vector<dead_letter> dead; ///< bounded by the rows of one poll
};

/// Nothing now; `wake` will be called.
struct source_idle {
  /// There is no split for now, so nothing to hold a watermark back for.
  bool nothing_to_read = false;
};

struct source_finished {}; ///< every split is read to its end

using source_event = std::variant<source_rows, source_idle, source_finished>;

struct source_counters {
  std::int64_t records = 0; ///< read from outside, malformed ones included
  std::int64_t bytes = 0;
  std::int64_t malformed = 0;
  std::int64_t lag_records = -1;   ///< behind the end; -1: not known
  std::int64_t splits_resumed = 0; ///< go on where the task committed before
  std::string problem; ///< why nothing comes, for people; empty if all is well
};

/// One subtask's reader.
class source_reader {
public:
  virtual ~source_reader() = default;

  /// Begins reading; `wake` stays valid until the reader is destroyed.
  virtual absl::Status open(wake_function wake) = 0;

  /// Names of the splits of this subtask. Fixed after `open`, or, if they
  /// have to be asked for (Kafka), once a poll gives rows or the end; none
  /// until then.
  virtual std::vector<std::string> splits() const = 0;

  /// True if splits are read one after the other (files): they then share one
  /// watermark, which follows the rows as they come.
  virtual bool sequential() const {
    return false;
  }

  /// Gives the next rows, at most `rows_max` (>= 1; a message that gives two
  /// is not divided) of them. Never blocks.
  /// An error ends the source; what can be retried is retried inside.
  virtual absl::StatusOr<source_event> poll(std::int64_t rows_max) = 0;

  /// Positions after all rows given so far, one a split.
  virtual std::vector<split_position> positions() const = 0;

  /// Makes `positions` durable outside (Kafka: commits the group's offsets).
  virtual absl::Status commit(const std::vector<split_position>&) {
    return absl::OkStatus();
  }

  virtual source_counters counters() const = 0;
};

/// Everything a connector needs to make a reader.
struct source_context {
  scan_spec scan;
  int subtask = 0;
  int parallelism = 1;
  std::string group; ///< names the task: Kafka consumer group when not given
  std::vector<split_position> restore; ///< resume here; others from the start
};

class sink_writer {
public:
  virtual ~sink_writer() = default;

  virtual absl::Status open(wake_function wake) = 0;

  /// Takes a batch for writing. May buffer it; never blocks.
  virtual absl::Status write(const batch_ptr& rows) = 0;

  /// Moves buffered rows outward as far as they go without blocking.
  virtual absl::Status poll() {
    return absl::OkStatus();
  }

  /// Event time, in ms, up to which rows have been written; time_max once all
  /// are. Never falls.
  virtual void watermark(std::int64_t) {}

  /// Bytes taken and not yet safely outside; the actor grants no credit
  /// upstream while this is above its limit. `wake` is called when it falls.
  virtual std::int64_t pending_bytes() const {
    return 0;
  }

  /// Asks for everything to go out; done when `pending_bytes` is 0.
  virtual absl::Status flush() {
    return absl::OkStatus();
  }

  /// Why nothing goes out, for people; empty if all is well.
  virtual std::string problem() const {
    return {};
  }

  /// Ends writing after a flush: closes files, writes footers.
  virtual absl::Status close() {
    return absl::OkStatus();
  }
};

struct sink_context {
  sink_spec sink;
  int subtask = 0;
  int parallelism = 1;
};

/// A kind of connector: checks declarations, makes readers and writers.
class connector {
public:
  virtual ~connector() = default;

  /// Checks the table's options and columns for reading (or writing) without
  /// touching the outside: unknown option (with the nearest name), missing
  /// option, a format that does not fit, unknown metadata key.
  virtual absl::Status check_source(const table_definition& table) const = 0;
  virtual absl::Status check_sink(const table_definition& table) const = 0;

  /// True if reading ends by itself.
  virtual bool bounded(const table_definition& table) const = 0;

  /// At how many places at most reading can run at once; 0: not known.
  virtual int splits_max(const table_definition&) const {
    return 0;
  }

  /// What the rows of the table, when it is read, may do.
  virtual changelog_kind changes_of(const table_definition&) const {
    return changelog_kind::inserts;
  }

  /// Checks that the table, when it is written, takes updates and deletes. By
  /// default an error, whose hint says what to do.
  virtual absl::Status check_changes(const table_definition& table) const;

  /// Checks that rows can replace what the table has. By default an error.
  virtual absl::Status check_overwrite(const table_definition& table) const;

  /// True if a sink takes changes by key, and needs no -U before a +U.
  virtual bool takes_upserts(const table_definition&) const {
    return false;
  }

  /// True if readers use pushed conditions with other operators than "=".
  virtual bool skips_by_range(const table_definition&) const {
    return false;
  }

  /// True if only one subtask may write the table.
  virtual bool has_one_writer(const table_definition&) const {
    return false;
  }

  /// The texts of the values of each partition, sorted. By default none.
  virtual absl::StatusOr<std::vector<std::vector<std::string>>>
  partitions(const table_definition&) const {
    return std::vector<std::vector<std::string>>{};
  }

  /// Metadata columns that the table may have, with their types, in order.
  virtual std::vector<field> metadata(const table_definition&) const {
    return {};
  }

  virtual absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const = 0;

  virtual absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const = 0;

  /// Checks that rows of the table can be looked up by the columns `keys` (1
  /// or more names, each once), as `check_source` does. The options of
  /// `lookup_option_names` are checked by the planner. By default an error:
  /// it cannot look up.
  virtual absl::Status check_lookup(const table_definition& table,
                                    const std::vector<std::string>& keys) const;

  /// Makes what answers the lookups of one subtask.
  virtual absl::StatusOr<std::unique_ptr<lookup_source>>
  make_lookup(const lookup_target& target) const;
};

/// Returns the connector of the table's 'connector' option; an error lists
/// the known ones. The object lives for ever.
absl::StatusOr<const connector*> find_connector(const table_definition& table);

/// As `connector::metadata`: of Kafka "topic", "partition", "headers", …
std::vector<field> metadata_of(const table_definition& table);

} // namespace herald
