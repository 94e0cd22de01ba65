#include "engine/operators/top_n.hpp"

#include "engine/operators/state_parts.hpp"

#include <algorithm>

namespace herald {

top_n_operator::top_n_operator(top_n_spec spec, const schema_ptr& input,
                               schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)), table_(spec_, input) {
}

void top_n_operator::add(const ranked_row& x, change kind) {
  if (kind == change::update_before && !spec_.emit_update_before)
    return;
  changes_.add(x.row, kind);
  ranks_.push_back(x.rank);
}

void top_n_operator::compare_ranks(ranks before, ranks after) {
  const auto& groups = table_.groups();
  const auto common = std::min(before.size(), after.size());
  for (std::size_t i = 0; i < common; ++i) {
    const auto was = before[i].row;
    const auto now = after[i].row;
    if (was == now || groups.order().compare(groups.rows(), was, now) == 0)
      continue;
    add(before[i], change::update_before);
    add(after[i], change::update_after);
  }
  for (const auto& x : before.subspan(common))
    add(x, change::remove);
  for (const auto& x : after.subspan(common))
    add(x, change::insert);
}

void top_n_operator::compare_rows(ranks before, ranks after) {
  const auto& groups = table_.groups();
  // Both are in the same order: what one lacks shows as they are merged.
  const auto merge = [&](ranks from, ranks other, auto missing, auto both) {
    std::size_t j = 0;
    for (const auto& x : from) {
      int order = 1;
      for (; j < other.size(); ++j) {
        order
            = x.row == other[j].row
                  ? 0
                  : groups.order().compare(groups.rows(), other[j].row, x.row);
        if (order >= 0)
          break;
      }
      if (j < other.size() && order == 0)
        both(x, other[j++]);
      else
        missing(x);
    }
  };
  merge(
      before, after, [&](const auto& x) { add(x, change::remove); },
      [&](const auto& was, const auto& now) {
        if (!spec_.rank_output || was.rank == now.rank)
          return;
        add(was, change::update_before);
        add(now, change::update_after);
      });
  merge(
      after, before, [&](const auto& x) { add(x, change::insert); },
      [](const auto&, const auto&) {});
}

absl::Status top_n_operator::process(int, const batch_ptr& rows, output& out) {
  table_.set_time(context_.eval.now_ms);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, spec_.keys, hashes);
  before_.clear();
  begins_.clear();
  table_.apply(*rows, nullptr, hashes, [this](std::int32_t group) {
    begins_.push_back(before_.size());
    table_.ranked(group, before_);
  });
  begins_.push_back(before_.size());
  changes_.clear();
  ranks_.clear();
  const bool by_rank = spec_.rank == rank_kind::row_number
                       && (spec_.rank_output || spec_.first == spec_.last);
  for (std::size_t i = 0; i < table_.touched().size(); ++i) {
    after_.clear();
    table_.ranked(table_.touched()[i], after_);
    const auto before
        = ranks(before_).subspan(begins_[i], begins_[i + 1] - begins_[i]);
    if (by_rank)
      compare_ranks(before, after_);
    else
      compare_rows(before, after_);
  }
  const auto emitted = emit(out);
  table_.settle();
  return emitted;
}

absl::Status top_n_operator::resume(output&) {
  table_.set_time(context_.eval.now_ms);
  return absl::OkStatus();
}

absl::Status top_n_operator::emit(output& out) {
  const auto step = static_cast<std::size_t>(context_.batch_rows);
  const std::span<const std::int32_t> rows = changes_.rows;
  for (std::size_t i = 0; i < rows.size(); i += step) {
    const auto count = std::min(step, rows.size() - i);
    HERALD_TRY(out.emit(ranked_batch(
        table_.groups().rows(), layout_, rows.subspan(i, count),
        std::span(ranks_).subspan(i, count), changes_.changes(i, count))));
  }
  return absl::OkStatus();
}

absl::Status top_n_operator::write(state_writer& writer) const {
  return table_.groups().write(rows_table, writer);
}

absl::Status top_n_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(reader.read(rows_table, owned, [this](int, const batch_ptr& x) {
    table_.load(*x);
    return absl::OkStatus();
  }));
  return table_.read_times(owned, reader);
}

std::int64_t top_n_operator::state_bytes() const {
  return table_.memory_bytes();
}

} // namespace herald
