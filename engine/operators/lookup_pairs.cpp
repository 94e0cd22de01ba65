#include "engine/operators/lookup_join.hpp"

#include <algorithm>

namespace herald {

/// Gives what is known: in order, or up to the first watermark that waits.
absl::Status lookup_join_operator::give(output& out) {
  stopped_ = false;
  while (!queue_.empty() && !stopped_) {
    auto& x = queue_.front();
    if (x.rows) {
      HERALD_TRY(give_rows(x, out));
      if (x.left > 0)
        break;
    } else {
      HERALD_TRY(out.advance(x.time));
    }
    queue_.pop_front();
    ++first_entry_;
  }
  if (spec_.policy.ordered)
    return absl::OkStatus();
  for (auto& x : queue_) {
    if (!x.rows || stopped_)
      break;
    HERALD_TRY(give_rows(x, out));
  }
  return absl::OkStatus();
}

absl::Status lookup_join_operator::give_rows(entry& x, output& out) {
  const bool ordered = spec_.policy.ordered;
  const auto known = [&](std::int64_t i) {
    return ordered ? i < x.rows->rows && x.found[static_cast<std::size_t>(i)]
                   : i < static_cast<std::int64_t>(x.ready.size());
  };
  while (known(x.next)) {
    if (out.full()) {
      stopped_ = true;
      return absl::OkStatus();
    }
    row_list rows;
    for (std::int64_t cost = 0; cost < context_.batch_rows && known(x.next);
         ++x.next) {
      const auto row = ordered ? static_cast<std::int32_t>(x.next)
                               : x.ready[static_cast<std::size_t>(x.next)];
      const auto& found = *x.found[static_cast<std::size_t>(row)];
      cost += 1 + static_cast<std::int64_t>(found.rows.size());
      rows.push_back(row);
    }
    HERALD_TRY(emit(x, rows, out));
    x.left -= static_cast<std::int64_t>(rows.size());
    waiting_rows_ -= static_cast<std::int64_t>(rows.size());
    for (const auto row : rows)
      x.found[static_cast<std::size_t>(row)] = none_;
  }
  return absl::OkStatus();
}

absl::Status lookup_join_operator::emit(const entry& x, const row_list& rows,
                                        output& out) {
  pairs of;
  for (const auto row : rows)
    for (const auto found : x.found[static_cast<std::size_t>(row)]->rows) {
      of.input.push_back(row);
      of.found.push_back(found);
    }
  if (spec_.residual && !of.input.empty()) {
    HERALD_TRY(keep_passing(x, of));
  }
  if (spec_.keeps_left)
    add_missing(rows, of);
  if (of.input.empty())
    return absl::OkStatus();
  return out.emit(pair_columns(x, of));
}

absl::Status lookup_join_operator::keep_passing(const entry& x,
                                                pairs& of) const {
  HERALD_ASSIGN(
      const auto kept,
      select_rows(*spec_.residual, *pair_columns(x, of), context_.eval));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto from = static_cast<std::size_t>(kept[i]);
    of.input[i] = of.input[from];
    of.found[i] = of.found[from];
  }
  of.input.resize(kept.size());
  of.found.resize(kept.size());
  return absl::OkStatus();
}

/// Rows that met nothing meet the row of NULLs.
void lookup_join_operator::add_missing(const row_list& rows, pairs& of) const {
  pairs all;
  std::size_t next = 0;
  for (const auto row : rows) {
    const auto begin = next;
    for (; next < of.input.size() && of.input[next] == row; ++next) {
      all.input.push_back(row);
      all.found.push_back(of.found[next]);
    }
    if (next == begin) {
      all.input.push_back(row);
      all.found.push_back(0);
    }
  }
  of = std::move(all);
}

batch_ptr lookup_join_operator::pair_columns(const entry& x,
                                             const pairs& of) const {
  std::vector<column_ptr> columns;
  for (const auto& column : x.rows->columns)
    columns.push_back(take(*column, of.input));
  for (std::size_t i = input_columns_; i < layout_->fields.size(); ++i)
    columns.push_back(store_.rows().gather(i - input_columns_, of.found));
  const auto count = static_cast<std::int64_t>(of.input.size());
  std::shared_ptr<arrow::MutableBuffer> changes;
  if (x.rows->changes) {
    changes = allocate_buffer(count);
    for (std::size_t i = 0; i < of.input.size(); ++i)
      changes->mutable_data()[i] = x.rows->changes->data()[of.input[i]];
  }
  return make_batch(layout_, std::move(columns), count, std::move(changes));
}

} // namespace herald
