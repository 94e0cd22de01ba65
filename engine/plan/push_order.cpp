#include "engine/plan/bind_over.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

using conditions = std::vector<expr_ptr>;

/// Ranks that a condition lets pass; inclusive.
struct rank_range {
  std::int64_t first = 1;
  std::optional<std::int64_t> last;

  void raise(std::int64_t x) {
    first = std::max(first, x);
  }

  void lower(std::int64_t x) {
    last = std::min(x, last.value_or(x));
  }
};

std::optional<std::int64_t> number_of(const expr_ptr& x) {
  const auto folded = fold_constants(x);
  if (folded->kind != expr_kind::literal || !folded->type.is_integer())
    return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&folded->literal.value);
  // Far from the ends of BIGINT, so that one more or less fits.
  constexpr std::int64_t far = std::int64_t{1} << 62;
  return value && *value<far&& * value> - far ? std::optional(*value)
                                              : std::nullopt;
}

/// The column of `x`, through casts between whole numbers.
int column_below(const expr_ptr& x) {
  if (x->kind == expr_kind::column)
    return x->column;
  return x->kind == expr_kind::call && x->name == "CAST" && x->args.size() == 1
                 && x->type.kind() == type_kind::bigint
             ? column_below(x->args[0])
             : -1;
}

/// Narrows `range` if `x` compares column `rank` with a constant.
bool narrow(const expr& x, int rank, rank_range& range) {
  if (x.kind != expr_kind::call)
    return false;
  if (x.name == "BETWEEN" && x.args.size() == 3) {
    const auto low = number_of(x.args[1]);
    const auto high = number_of(x.args[2]);
    if (column_below(x.args[0]) != rank || !low || !high)
      return false;
    range.raise(*low);
    range.lower(*high);
    return true;
  }
  if (x.args.size() != 2)
    return false;
  const bool turned = column_below(x.args[1]) == rank;
  const auto number = number_of(x.args[turned ? 0 : 1]);
  if (!number || column_below(x.args[turned ? 1 : 0]) != rank)
    return false;
  auto name = x.name;
  if (turned && (name.front() == '<' || name.front() == '>') && name != "<>")
    name.front() = name.front() == '<' ? '>' : '<';
  if (name == "=" || name == "<=")
    range.lower(*number);
  if (name == "=" || name == ">=")
    range.raise(*number);
  if (name == "<")
    range.lower(*number - 1);
  if (name == ">")
    range.raise(*number + 1);
  return name == "=" || name == "<" || name == "<=" || name == ">"
         || name == ">=";
}

std::optional<rank_kind> rank_of(const over_spec& spec) {
  using kind_type = over_function::kind_type;
  if (spec.calls.size() != 1)
    return std::nullopt;
  switch (spec.calls[0].kind) {
  case kind_type::row_number:
    return rank_kind::row_number;
  case kind_type::rank:
    return rank_kind::rank;
  case kind_type::dense_rank:
    return rank_kind::dense_rank;
  default:
    return std::nullopt;
  }
}

/// The column of the window's end, if the keys hold both its bounds.
std::optional<int> window_end_of(const std::vector<plan_column>& columns,
                                 const std::vector<int>& keys) {
  for (const int end : keys)
    for (const int start : keys) {
      const auto& a = columns[static_cast<std::size_t>(start)];
      const auto& b = columns[static_cast<std::size_t>(end)];
      if (a.role == window_role::start && b.role == window_role::end
          && a.window == b.window && !a.window.processing_time)
        return end;
    }
  return std::nullopt;
}

/// The first or last row by a time attribute, with its rank, which is 1.
std::optional<plan_ptr> as_deduplication(const plan_ptr& input,
                                         const over_spec& spec,
                                         const std::string& rank_name) {
  if (input->retracts || spec.order.size() != 1)
    return std::nullopt;
  const auto& key = spec.order[0];
  const auto time = input->columns[static_cast<std::size_t>(key.column)].time;
  if (time == time_role::none)
    return std::nullopt;
  deduplicate_spec result;
  result.keys = spec.keys;
  result.time_column = key.column;
  result.keep_last = key.descending;
  result.processing_time = time == time_role::proctime;
  result.ttl_ms = spec.ttl_ms;
  auto node = make_deduplicate(input, std::move(result));
  auto columns = columns_of(node->columns);
  auto names = names_of(node->columns);
  columns.push_back(
      make_literal({data_type::of(type_kind::bigint).with_nullable(false),
                    std::int64_t{1}}));
  names.push_back(rank_name);
  return make_project(std::move(node), std::move(columns), names);
}

plan_ptr make_ranks(const plan_ptr& input, const over_spec& spec,
                    rank_kind kind, const rank_range& range,
                    const std::string& rank_name) {
  const auto window_end = input->retracts
                              ? std::nullopt
                              : window_end_of(input->columns, spec.keys);
  if (kind == rank_kind::row_number && range.first == 1 && *range.last == 1
      && !window_end)
    if (auto found = as_deduplication(input, spec, rank_name))
      return *found;
  top_n_spec result;
  result.keys = spec.keys;
  result.order = spec.order;
  for (std::size_t i = 0; i < input->columns.size(); ++i)
    if (input->columns[i].time == time_role::rowtime)
      result.ties.push_back({static_cast<int>(i)});
  result.rank = kind;
  result.first = range.first;
  result.last = *range.last;
  result.window_end = window_end;
  if (window_end)
    result.window_zone
        = input->columns[static_cast<std::size_t>(*window_end)].window.zone;
  result.ttl_ms = spec.ttl_ms;
  return make_top_n(input, std::move(result));
}

/// Takes the conditions out that read nothing but `keys`.
conditions take_on_keys(conditions& from, const std::vector<int>& keys) {
  const auto rest = std::stable_partition(
      from.begin(), from.end(), [&](const expr_ptr& x) {
        std::vector<int> columns;
        collect_columns(*x, columns);
        return !x->steady || columns.empty()
               || !std::all_of(columns.begin(), columns.end(), [&](int i) {
                    return std::find(keys.begin(), keys.end(), i) != keys.end();
                  });
      });
  conditions result(rest, from.end());
  from.erase(rest, from.end());
  return result;
}

plan_ptr filtered(plan_ptr input, const conditions& wanted) {
  return make_filter(std::move(input),
                     wanted.empty() ? nullptr : conjunction(wanted));
}

template <class Spec, class Make>
absl::StatusOr<plan_ptr> push_keys(const plan_node& node, const Spec& spec,
                                   conditions wanted, Make make) {
  const auto down = take_on_keys(wanted, spec.keys);
  HERALD_ASSIGN(auto input, push_filters(filtered(node.inputs[0], down)));
  return filtered(make(std::move(input), spec), wanted);
}

absl::StatusOr<plan_ptr> push_over(const plan_node& node, const over_spec& spec,
                                   conditions wanted) {
  const auto down = take_on_keys(wanted, spec.keys);
  HERALD_ASSIGN(auto input, push_filters(filtered(node.inputs[0], down)));
  const auto kind = rank_of(spec);
  const auto rank = static_cast<int>(input->columns.size());
  rank_range range;
  conditions rest;
  for (const auto& x : wanted)
    if (!kind || !narrow(*x, rank, range))
      rest.push_back(x);
  if (!range.last || *range.last < range.first || *range.last > rank_max)
    return filtered(make_over(std::move(input), spec), wanted);
  return filtered(
      make_ranks(input, spec, *kind, range, node.columns.back().name), rest);
}

} // namespace

absl::StatusOr<plan_ptr> push_order(const plan_node& node, conditions wanted) {
  if (const auto* over = node.as<over_spec>())
    return push_over(node, *over, std::move(wanted));
  if (const auto* ranked = node.as<top_n_spec>())
    return push_keys(node, *ranked, std::move(wanted), make_top_n);
  if (const auto* first = node.as<deduplicate_spec>())
    return push_keys(node, *first, std::move(wanted), make_deduplicate);
  HERALD_ASSIGN(auto input, push_filters(node.inputs[0]));
  if (const auto* limit = node.as<limit_spec>())
    return filtered(make_limit(std::move(input), *limit), wanted);
  const auto& sort = *node.as<sort_spec>();
  return filtered(make_sort(std::move(input), sort), wanted);
}

} // namespace herald
