#include "tests/engine/operators/over_model.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::testing {

namespace {

using bound = over_bound;
using bound_kind = over_bound::kind_type;
using kind_type = over_function::kind_type;

/// Whether row `j` lies at or behind (`start`), or at or before the bound.
bool inside(const bound& x, bool start, const over_shape& s,
            const std::vector<literal_values>& rows, std::size_t i,
            std::size_t j) {
  if (x.kind == bound_kind::unbounded_preceding
      || x.kind == bound_kind::unbounded_following)
    return true;
  const auto offset
      = x.offset.is_null() ? 0 : std::get<std::int64_t>(x.offset.value);
  const auto distance = x.kind == bound_kind::preceding ? -offset : offset;
  if (s.frame.rows) {
    const auto gap
        = static_cast<std::int64_t>(j) - static_cast<std::int64_t>(i);
    return start ? gap >= distance : gap <= distance;
  }
  const auto order = compare_rows(rows[j], rows[i], s.order);
  if (x.kind == bound_kind::current_row)
    return start ? order >= 0 : order <= 0;
  const auto& key = s.order[0];
  const auto column = static_cast<std::size_t>(key.column);
  const auto& mine = rows[i][column];
  const auto& other = rows[j][column];
  if (mine.is_null() || other.is_null())
    return mine.is_null() && other.is_null() ? true
           : !mine.is_null()                 ? (start ? order > 0 : order < 0)
                                             : false;
  auto gap = std::get<std::int64_t>(other.value)
             - std::get<std::int64_t>(mine.value);
  if (key.descending)
    gap = -gap;
  return start ? gap >= distance : gap <= distance;
}

bool in_frame(const over_shape& s, const std::vector<literal_values>& rows,
              std::size_t i, std::size_t j) {
  const bool null_bound = [&] {
    if (s.frame.rows || s.order.empty())
      return false;
    return rows[i][static_cast<std::size_t>(s.order[0].column)].is_null()
           && (!s.frame.start.offset.is_null()
               || !s.frame.end.offset.is_null());
  }();
  // NULL is at no distance from anything but NULL.
  if (null_bound) {
    const bool peer = compare_rows(rows[j], rows[i], s.order) == 0;
    const bool from = s.frame.start.kind == bound_kind::unbounded_preceding
                          ? j <= i || peer
                          : peer;
    const bool to = s.frame.end.kind == bound_kind::unbounded_following
                        ? j >= i || peer
                        : peer;
    return (s.frame.start.kind == bound_kind::unbounded_preceding && from
            && (to || j < i))
           || (s.frame.end.kind == bound_kind::unbounded_following && to
               && (from || j > i))
           || peer;
  }
  return inside(s.frame.start, true, s, rows, i, j)
         && inside(s.frame.end, false, s, rows, i, j);
}

scalar number(std::int64_t x) {
  return {bigint_type().with_nullable(false), x};
}

scalar share(double x) {
  return {data_type::of(type_kind::float64).with_nullable(false), x};
}

over_function rank_call(kind_type kind, const std::string& name,
                        std::int64_t offset = 0) {
  over_function result;
  result.kind = kind;
  result.offset = offset;
  result.call.name = name;
  const bool is_share
      = kind == kind_type::percent_rank || kind == kind_type::cume_dist;
  result.call.type
      = (is_share ? data_type::of(type_kind::float64) : bigint_type())
            .with_nullable(false);
  return result;
}

std::int64_t rank_at(const over_shape& s,
                     const std::vector<literal_values>& rows, std::size_t i,
                     rank_kind kind) {
  return ranks_of(rows, s.order, kind)[i];
}

over_function lag_call(std::int64_t offset, std::optional<std::int64_t> other) {
  over_function result;
  result.kind = kind_type::lag;
  result.offset = offset;
  result.call.name = "LAG";
  result.call.args = {make_column(value_column, bigint_type(), "v")};
  if (other)
    result.call.args.push_back(make_literal({bigint_type(), *other}));
  result.call.type = bigint_type();
  return result;
}

over_model_call lag(std::int64_t offset, std::optional<std::int64_t> other) {
  return {lag_call(offset, other),
          [=](const over_shape&, const std::vector<literal_values>& rows,
              std::size_t i) -> scalar {
            const auto at = static_cast<std::int64_t>(i) - offset;
            if (at >= 0 && at < static_cast<std::int64_t>(rows.size()))
              return rows[static_cast<std::size_t>(at)][value_column];
            return other ? scalar{bigint_type(), *other}
                         : scalar{bigint_type(), {}};
          }};
}

} // namespace

std::vector<over_model_call> over_model_calls(const over_shape& s, bool all) {
  std::vector<over_model_call> result;
  const auto calls = model_calls();
  for (std::size_t k = 0; k < calls.size(); ++k) {
    over_function call;
    call.call = calls[k];
    call.frame = s.frame;
    result.push_back(
        {call, [k](const over_shape& x, const std::vector<literal_values>& rows,
                   std::size_t i) {
           std::vector<literal_values> seen;
           for (std::size_t j = 0; j < rows.size(); ++j)
             if (in_frame(x, rows, i, j))
               seen.push_back(rows[j]);
           return aggregate_by_hand(seen)[k];
         }});
  }
  const auto add_rank
      = [&](kind_type kind, const std::string& name, rank_kind rank) {
          result.push_back(
              {rank_call(kind, name),
               [rank](const over_shape& x, const auto& rows, std::size_t i) {
                 return number(rank_at(x, rows, i, rank));
               }});
        };
  add_rank(kind_type::row_number, "ROW_NUMBER", rank_kind::row_number);
  add_rank(kind_type::rank, "RANK", rank_kind::rank);
  add_rank(kind_type::dense_rank, "DENSE_RANK", rank_kind::dense_rank);
  result.push_back(lag(1, {}));
  result.push_back(lag(3, 77));
  if (!all)
    return result;
  result.push_back(lag(-2, -5));
  result.push_back({rank_call(kind_type::percent_rank, "PERCENT_RANK"),
                    [](const over_shape& x, const auto& rows, std::size_t i) {
                      const auto rank = rank_at(x, rows, i, rank_kind::rank);
                      return share(
                          rows.size() == 1
                              ? 0
                              : static_cast<double>(rank - 1)
                                    / static_cast<double>(rows.size() - 1));
                    }});
  result.push_back({rank_call(kind_type::cume_dist, "CUME_DIST"),
                    [](const over_shape& x, const auto& rows, std::size_t i) {
                      std::int64_t count = 0;
                      for (const auto& row : rows)
                        count += compare_rows(row, rows[i], x.order) <= 0;
                      return share(static_cast<double>(count)
                                   / static_cast<double>(rows.size()));
                    }});
  result.push_back({rank_call(kind_type::ntile, "NTILE", 3),
                    [](const over_shape&, const auto& rows, std::size_t i) {
                      // Deals the rows out, the first buckets one more each.
                      std::vector<std::size_t> sizes(3, rows.size() / 3);
                      for (std::size_t k = 0; k < rows.size() % 3; ++k)
                        ++sizes[k];
                      std::int64_t bucket = 1;
                      for (auto at = i;
                           at >= sizes[static_cast<std::size_t>(bucket - 1)];
                           ++bucket)
                        at -= sizes[static_cast<std::size_t>(bucket - 1)];
                      return number(bucket);
                    }});
  return result;
}

std::vector<std::string>
over_by_hand(const std::vector<literal_values>& rows, const over_shape& s,
             const std::vector<sort_key>& total, const std::vector<int>& keys,
             const std::vector<over_model_call>& calls) {
  std::vector<std::string> result;
  for (const auto& group : sorted_partitions(rows, keys, total))
    for (std::size_t i = 0; i < group.size(); ++i) {
      auto row = group[i];
      for (const auto& call : calls)
        row.push_back(call.value(s, group, i));
      result.push_back(line_of(row));
    }
  return result;
}

} // namespace herald::testing
