#pragma once

#include "engine/operators/join_side.hpp"
#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

// Inner equi-join of two streams, symmetric: each row first meets what the
// other side remembers, then is remembered itself. With a time bound (an
// interval, or equal windows) rows are forgotten once the watermark says that
// nothing can meet them any more; without one they stay. Retractions take
// back their row and emit retractions of every pair. Results that carry event
// times may lie behind the watermark by the bound, so watermarks leave that
// much later.

namespace herald {

class join_operator final : public stream_operator {
public:
  /// `layout` has the left columns, then the right ones.
  join_operator(join_spec spec, schema_ptr left, schema_ptr right,
                schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;
  absl::Status advance(event_time t, output& out) override;
  absl::Status write(state_writer& writer) const override;
  absl::Status read(const state_reader& reader) override;
  std::int64_t state_bytes() const override;

private:
  /// Pairs row numbers of a batch with rows of one bucket of the other side.
  absl::Status probe(int input, const batch_ptr& rows,
                     const std::vector<event_time>& times,
                     std::span<const std::uint64_t> hashes, output& out);
  absl::Status emit(int input, const batch& rows, const join_bucket& bucket,
                    match_list& pairs, output& out);
  absl::StatusOr<bool> passes(int input, const batch& rows,
                              const join_bucket& bucket, match_list& pairs);
  void keep_in_bound(int input, const std::vector<event_time>& times,
                     const join_bucket& bucket, match_list& pairs) const;

  join_spec spec_;
  schema_ptr layout_;
  std::size_t left_columns_;
  join_side sides_[2];
  std::vector<int> all_columns_;
  expr_ptr residual_; ///< over `residual_columns_` only
  std::vector<int> residual_columns_;
  schema_ptr residual_layout_;
};

} // namespace herald
