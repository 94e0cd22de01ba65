#pragma once

#include "engine/operators/operator.hpp"
#include "engine/operators/sorted_groups.hpp"
#include "engine/operators/time_queue.hpp"
#include "engine/plan/job_graph.hpp"

// ORDER BY and LIMIT, in one subtask. At the end of a bounded input: rows are
// kept sorted, no more than the limit wants if they are only inserted; bounded
// by `memory_bytes_max`, beyond which it fails. In order of time: rows wait
// for the watermark; late ones are dropped and counted.

namespace herald {

class sort_operator final : public stream_operator {
public:
  sort_operator(sort_spec spec, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  sorted_groups make_groups() const;
  absl::Status finish(output& out);
  /// Rows that are kept at most; -1: all.
  std::int64_t rows_max() const;
  void add(const batch& rows, std::span<const std::uint64_t> prefixes,
           const row_list* which);

  sort_spec spec_;
  schema_ptr layout_;
  sorted_groups groups_;
};

class time_sort_operator final : public stream_operator {
public:
  time_sort_operator(sort_spec spec, schema_ptr layout)
      : spec_(std::move(spec)), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;

  std::int64_t state_bytes() const override {
    return waiting_.memory_bytes();
  }

private:
  sort_spec spec_;
  schema_ptr layout_;
  time_queue waiting_;
  event_time watermark_ = time_min;
};

/// Passes on the rows [offset, offset + limit), counted as they come.
class limit_operator final : public stream_operator {
public:
  limit_operator(limit_spec spec, schema_ptr layout)
      : spec_(spec), layout_(std::move(layout)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;

private:
  limit_spec spec_;
  schema_ptr layout_;
  std::int64_t seen_ = 0;
};

} // namespace herald
