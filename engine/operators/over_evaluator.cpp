#include "engine/operators/over_evaluator.hpp"

#include <algorithm>

namespace herald {

namespace {

using kind_type = over_function::kind_type;

bool is_carried(const over_function& x) {
  return x.kind == kind_type::aggregate
         && x.frame.start.kind == over_bound::kind_type::unbounded_preceding;
}

/// A column of `type`, never NULL, of `f(segment, row)` for each fresh row.
template <class T, class F>
column_ptr column_of_rows(const over_rows& rows, const data_type& type, F f) {
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = static_cast<std::int64_t>(rows.fresh());
  auto values
      = allocate_buffer(result->length * static_cast<std::int64_t>(sizeof(T)));
  auto* out = reinterpret_cast<T*>(values->mutable_data());
  for (const auto& x : rows.segments())
    for (auto row = x.fresh; row < x.end; ++row)
      *out++ = f(x, row);
  result->values = std::move(values);
  return result;
}

/// The number of the bucket, of `buckets`, that row `index` of `rows` is in;
/// the first ones have one row more when they cannot be equal.
std::int64_t bucket_of(std::int64_t index, std::int64_t rows,
                       std::int64_t buckets) {
  const auto size = rows / buckets;
  const auto larger = rows % buckets;
  const auto behind = index - larger * (size + 1);
  return behind < 0 ? index / (size + 1) + 1 : behind / size + larger + 1;
}

column_ptr rank_column(const over_function& call, const over_rows& rows,
                       const over_carry* carry) {
  const auto& type = call.call.type;
  const auto before = [&](const over_segment& x) {
    return carry ? carry->rows[static_cast<std::size_t>(x.group)] : 0;
  };
  const auto rank = [&](const over_segment& x, std::int32_t row) {
    return before(x) + std::max(rows.first_peer(row), x.fresh) - x.fresh + 1;
  };
  const auto count = [](const over_segment& x) {
    return static_cast<double>(x.end - x.begin);
  };
  switch (call.kind) {
  case kind_type::rank:
    return column_of_rows<std::int64_t>(rows, type, rank);
  case kind_type::dense_rank: {
    std::int64_t ranks = 0;
    return column_of_rows<std::int64_t>(
        rows, type, [&](const over_segment& x, std::int32_t row) {
          if (row == x.fresh)
            ranks = carry ? carry->ranks[static_cast<std::size_t>(x.group)] : 0;
          ranks += rows.first_peer(row) == row;
          return ranks;
        });
  }
  case kind_type::percent_rank:
    return column_of_rows<double>(
        rows, type, [&](const over_segment& x, std::int32_t row) {
          const auto others = count(x) - 1;
          return others == 0 ? 0.0
                             : static_cast<double>(rank(x, row) - 1) / others;
        });
  case kind_type::cume_dist:
    return column_of_rows<double>(
        rows, type, [&](const over_segment& x, std::int32_t row) {
          return static_cast<double>(rows.behind_peers(row) - x.begin)
                 / count(x);
        });
  case kind_type::ntile:
    return column_of_rows<std::int64_t>(
        rows, type, [&](const over_segment& x, std::int32_t row) {
          return bucket_of(row - x.begin, x.end - x.begin, call.offset);
        });
  default:
    return column_of_rows<std::int64_t>(
        rows, type, [&](const over_segment& x, std::int32_t row) {
          return before(x) + row - x.fresh + 1;
        });
  }
}

absl::StatusOr<column_ptr> lag_column(const over_function& call,
                                      const over_rows& rows,
                                      const eval_context& context) {
  const auto& x = call.call;
  HERALD_ASSIGN(auto values, evaluate_column(*x.args[0], rows.rows(), context));
  column_ptr others;
  if (x.args.size() > 1) {
    HERALD_ASSIGN(others, evaluate_column(*x.args[1], rows.rows(), context));
  } else {
    others = null_column(values->type, 1);
  }
  const auto count = static_cast<std::int32_t>(values->length);
  row_list picks;
  picks.reserve(rows.fresh());
  for (const auto& segment : rows.segments())
    for (auto row = segment.fresh; row < segment.end; ++row) {
      const auto from = row - call.offset;
      const bool inside = from >= segment.begin && from < segment.end;
      picks.push_back(inside              ? static_cast<std::int32_t>(from)
                      : x.args.size() > 1 ? count + row
                                          : count);
    }
  const column_ptr parts[] = {values, others};
  auto result = std::make_shared<column>(*take(*concat(parts), picks));
  result->type = x.type;
  return result;
}

} // namespace

narrow_over::narrow_over(const over_spec& spec, const schema& input,
                         const std::vector<int>& also)
    : columns(also), calls(spec.calls), order(spec.order) {
  for (const auto& key : order)
    columns.push_back(key.column);
  for (const auto& x : calls) {
    for (const auto& arg : x.call.args)
      collect_columns(*arg, columns);
    if (x.call.filter)
      collect_columns(*x.call.filter, columns);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  auto fields = std::make_shared<schema>();
  std::vector<expr_ptr> places(input.fields.size());
  for (const int column : columns) {
    const auto& field = input.fields[static_cast<std::size_t>(column)];
    places[static_cast<std::size_t>(column)] = make_column(
        static_cast<int>(fields->fields.size()), field.type, field.name);
    fields->fields.push_back(field);
  }
  layout = std::move(fields);
  for (auto& key : order)
    key.column = place(key.column);
  for (auto& x : calls) {
    for (auto& arg : x.call.args)
      arg = substitute(arg, places);
    if (x.call.filter)
      x.call.filter = substitute(x.call.filter, places);
  }
}

int narrow_over::place(int column) const {
  return static_cast<int>(
      std::lower_bound(columns.begin(), columns.end(), column)
      - columns.begin());
}

over_carry::over_carry(const std::vector<over_function>& calls) {
  for (const auto& x : calls)
    sums.push_back(is_carried(x) ? make_accumulator(x.call, false) : nullptr);
}

void over_carry::resize(std::int64_t partitions) {
  rows.resize(static_cast<std::size_t>(partitions), 0);
  ranks.resize(static_cast<std::size_t>(partitions), 0);
  for (auto& x : sums)
    if (x)
      x->resize(partitions);
}

void over_carry::clear(std::int32_t partition) {
  rows[static_cast<std::size_t>(partition)] = 0;
  ranks[static_cast<std::size_t>(partition)] = 0;
  for (auto& x : sums)
    if (x)
      x->clear(std::span(&partition, 1));
}

absl::StatusOr<std::vector<column_ptr>>
evaluate_over(const std::vector<over_function>& calls, const over_rows& rows,
              over_carry* carry, const eval_context& context) {
  std::vector<column_ptr> result;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& x = calls[i];
    if (x.kind == kind_type::lag) {
      HERALD_ASSIGN(auto column, lag_column(x, rows, context));
      result.push_back(std::move(column));
    } else if (x.kind == kind_type::aggregate) {
      HERALD_ASSIGN(auto column,
                    aggregate_frames(x.call, x.frame, rows,
                                     carry ? carry->sums[i].get() : nullptr,
                                     context));
      result.push_back(std::move(column));
    } else {
      result.push_back(rank_column(x, rows, carry));
    }
  }
  if (!carry)
    return result;
  for (const auto& x : rows.segments()) {
    const auto group = static_cast<std::size_t>(x.group);
    carry->rows[group] += x.end - x.fresh;
    for (auto row = x.fresh; row < x.end; ++row)
      carry->ranks[group] += rows.first_peer(row) == row;
  }
  return result;
}

} // namespace herald
