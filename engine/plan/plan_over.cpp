#include "engine/expr/registry.hpp"
#include "engine/plan/bind_over.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using kind_type = over_function::kind_type;
using bound_kind = over_bound::kind_type;

/// Calls over one partitioning and order: one node.
struct over_group {
  std::vector<std::size_t> calls; ///< places in the list
};

bool same_window(const over_list::entry& a, const over_list::entry& b) {
  const auto same
      = [](const expr_ptr& x, const expr_ptr& y) { return equal(*x, *y); };
  return std::equal(a.partition.begin(), a.partition.end(), b.partition.begin(),
                    b.partition.end(), same)
         && std::equal(
             a.order.begin(), a.order.end(), b.order.begin(), b.order.end(),
             [](const auto& x, const auto& y) { return equal(x, y); });
}

bool is_rank(kind_type kind) {
  return kind == kind_type::row_number || kind == kind_type::rank
         || kind == kind_type::dense_rank;
}

/// The nodes to make; those that a condition may turn into a Top-N last.
std::vector<over_group> groups_of(const over_list& list) {
  std::vector<over_group> result;
  for (std::size_t i = 0; i < list.calls.size(); ++i) {
    const auto found
        = std::find_if(result.begin(), result.end(), [&](const auto& x) {
            return same_window(list.calls[x.calls[0]], list.calls[i]);
          });
    if (found == result.end())
      result.push_back({{i}});
    else
      found->calls.push_back(i);
  }
  std::stable_partition(result.begin(), result.end(), [&](const auto& x) {
    return x.calls.size() > 1 || !is_rank(list.calls[x.calls[0]].function.kind);
  });
  return result;
}

/// Puts values that are no columns behind the columns of a plan.
class column_list {
public:
  explicit column_list(plan_ptr input)
      : input_(std::move(input)), columns_(columns_of(input_->columns)),
        names_(names_of(input_->columns)) {}

  int place(const expr_ptr& x) {
    if (x->kind == expr_kind::column)
      return x->column;
    for (std::size_t i = input_->columns.size(); i < columns_.size(); ++i)
      if (equal(*columns_[i], *x))
        return static_cast<int>(i);
    columns_.push_back(x);
    names_.push_back(to_string(*x));
    return static_cast<int>(columns_.size()) - 1;
  }

  plan_ptr take() {
    if (columns_.size() == input_->columns.size())
      return input_;
    return make_project(input_, std::move(columns_), names_);
  }

private:
  plan_ptr input_;
  std::vector<expr_ptr> columns_;
  std::vector<std::string> names_;
};

/// True if a result depends on no row behind the current one and its peers.
bool looks_back(const over_function& x) {
  switch (x.kind) {
  case kind_type::aggregate:
    // RANGE up to a time before the current one forgets what it has not
    // counted yet.
    return x.frame.end.kind == bound_kind::current_row
           || (x.frame.end.kind == bound_kind::preceding
               && (x.frame.rows
                   || x.frame.start.kind == bound_kind::preceding));
  case kind_type::lag:
    return x.offset >= 0;
  case kind_type::row_number:
  case kind_type::rank:
  case kind_type::dense_rank:
    return true;
  case kind_type::percent_rank:
  case kind_type::cume_dist:
  case kind_type::ntile:
    break;
  }
  return false;
}

over_mode mode_of(const plan_node& input, const over_spec& spec, bool bounded) {
  const auto backward
      = std::all_of(spec.calls.begin(), spec.calls.end(), looks_back);
  if (backward && !input.retracts && !spec.order.empty()
      && !spec.order[0].descending) {
    const auto time
        = input.columns[static_cast<std::size_t>(spec.order[0].column)].time;
    if (time == time_role::rowtime)
      return over_mode::with_watermark;
    if (time == time_role::proctime)
      return over_mode::on_arrival;
  }
  return bounded ? over_mode::at_end : over_mode::changing;
}

/// Refuses what would change for every row of the partition with each new one.
absl::Status check_stream(const over_list::entry& x) {
  const auto kind = x.function.kind;
  if (kind != kind_type::ntile && kind != kind_type::percent_rank
      && kind != kind_type::cume_dist)
    return absl::OkStatus();
  return user_error(x.where,
                    fmt::format("{} needs to know the whole partition, but "
                                "this input does not end",
                                x.function.call.name),
                    "ROW_NUMBER and RANK do not");
}

} // namespace

absl::StatusOr<plan_ptr> make_overs(plan_ptr input, const over_list& list,
                                    const sort_terms& terms,
                                    std::vector<int>& places) {
  column_list columns(std::move(input));
  const auto groups = groups_of(list);
  std::vector<over_spec> specs;
  for (const auto& group : groups) {
    const auto& window = list.calls[group.calls[0]];
    auto& spec = specs.emplace_back();
    for (const auto& key : window.partition)
      if (const int place = columns.place(key);
          std::find(spec.keys.begin(), spec.keys.end(), place)
          == spec.keys.end())
        spec.keys.push_back(place);
    for (const auto& term : window.order)
      spec.order.push_back(
          {columns.place(term.value), term.descending, term.nulls_first});
    for (const auto call : group.calls)
      spec.calls.push_back(list.calls[call].function);
  }
  auto result = columns.take();
  places.assign(list.calls.size(), -1);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto& spec = specs[i];
    spec.mode = mode_of(*result, spec, terms.bounded);
    spec.memory_bytes_max = terms.memory_bytes_max;
    spec.ttl_ms = terms.ttl_ms;
    auto place = static_cast<int>(result->columns.size());
    for (const auto call : groups[i].calls) {
      places[call] = place++;
      if (spec.mode == over_mode::changing) {
        HERALD_TRY(check_stream(list.calls[call]));
      }
    }
    result = make_over(std::move(result), std::move(spec));
  }
  return result;
}

expr_ptr place_overs(const expr_ptr& x, const std::vector<int>& places,
                     const std::vector<plan_column>& columns) {
  if (x->kind == expr_kind::column)
    return x->column < over_base
               ? x
               : column_of(
                   columns,
                   places[static_cast<std::size_t>(x->column - over_base)]);
  std::vector<expr_ptr> args;
  bool changed = false;
  for (const auto& arg : x->args) {
    args.push_back(place_overs(arg, places, columns));
    changed |= args.back() != arg;
  }
  return changed ? make_bound_call(x->name, std::move(args), x->code, x->type,
                                   x->where)
                 : x;
}

} // namespace herald
