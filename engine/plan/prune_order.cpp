#include "engine/plan/prune.hpp"

#include <algorithm>

namespace herald::pruning {

namespace {

void add_columns(const std::vector<int>& columns, needs& out) {
  for (const int column : columns)
    out.insert({column, {}});
}

void add_columns(const std::vector<sort_key>& keys, needs& out) {
  for (const auto& key : keys)
    out.insert({key.column, {}});
}

/// The paths of `given` into the first `count` columns, which pass through.
needs passed(const needs& given, int count) {
  needs result;
  for (const auto& path : given)
    if (path.column < count)
      result.insert(path);
  return result;
}

needs needs_of(const top_n_spec& spec, const needs& given, int count) {
  auto result = passed(given, count);
  add_columns(spec.keys, result);
  add_columns(spec.order, result);
  add_columns(spec.ties, result);
  return result;
}

needs needs_of(const deduplicate_spec& spec, const needs& given, int count) {
  auto result = passed(given, count);
  add_columns(spec.keys, result);
  if (!spec.processing_time)
    result.insert({spec.time_column, {}});
  return result;
}

/// Whether call `i` stays. One does where OVER turns changes into results at
/// the end, even if nobody reads it.
bool is_kept(const over_spec& spec, const needs& given, int count, int i) {
  if (given.contains({count + i, {}}))
    return true;
  if (i > 0 || spec.mode != over_mode::at_end || !spec.input_retracts)
    return false;
  for (int k = 1; k < static_cast<int>(spec.calls.size()); ++k)
    if (given.contains({count + k, {}}))
      return false;
  return true;
}

needs needs_of(const over_spec& spec, const needs& given, int count) {
  auto result = passed(given, count);
  add_columns(spec.keys, result);
  add_columns(spec.order, result);
  for (int i = 0; i < static_cast<int>(spec.calls.size()); ++i) {
    if (!is_kept(spec, given, count, i))
      continue;
    const auto& call = spec.calls[static_cast<std::size_t>(i)].call;
    for (const auto& arg : call.args)
      collect_paths(arg, result);
    if (call.filter)
      collect_paths(call.filter, result);
  }
  return result;
}

needs needs_of(const sort_spec& spec, const needs& given, int count) {
  auto result = passed(given, count);
  add_columns(spec.order, result);
  return result;
}

needs needs_of(const limit_spec&, const needs& given, int count) {
  return passed(given, count);
}

/// A node's spec over a narrowed input.
class rebuilder {
public:
  rebuilder(const plan_node& node, const needs& given, const pruned& input)
      : given_(given), input_(input),
        before_(static_cast<int>(node.inputs[0]->columns.size())),
        after_(static_cast<int>(input.plan->columns.size())) {
    result_.places = input.places;
  }

  pruned operator()(top_n_spec spec) {
    move(spec.keys);
    move(spec.order);
    move(spec.ties);
    if (spec.window_end)
      spec.window_end = place(*spec.window_end);
    move_late(spec.late, input_.places);
    spec.rank_output = given_.contains({before_, {}});
    if (spec.rank_output)
      result_.places[{before_, {}}] = after_;
    result_.plan = make_top_n(input_.plan, std::move(spec));
    return std::move(result_);
  }

  pruned operator()(deduplicate_spec spec) {
    move(spec.keys);
    spec.time_column = spec.processing_time ? 0 : place(spec.time_column);
    move_late(spec.late, input_.places);
    result_.plan = make_deduplicate(input_.plan, std::move(spec));
    return std::move(result_);
  }

  pruned operator()(sort_spec spec) {
    move(spec.order);
    move_late(spec.late, input_.places);
    result_.plan = make_sort(input_.plan, std::move(spec));
    return std::move(result_);
  }

  pruned operator()(limit_spec spec) {
    result_.plan = make_limit(input_.plan, spec);
    return std::move(result_);
  }

  pruned operator()(over_spec spec) {
    move(spec.keys);
    move(spec.order);
    move_late(spec.late, input_.places);
    std::vector<over_function> kept;
    for (int i = 0; i < static_cast<int>(spec.calls.size()); ++i) {
      if (!is_kept(spec, given_, before_, i))
        continue;
      auto x = spec.calls[static_cast<std::size_t>(i)];
      for (auto& arg : x.call.args)
        arg = rewrite(arg, input_.places, input_.plan->columns);
      if (x.call.filter)
        x.call.filter
            = rewrite(x.call.filter, input_.places, input_.plan->columns);
      result_.places[{before_ + i, {}}]
          = after_ + static_cast<int>(kept.size());
      kept.push_back(std::move(x));
    }
    spec.calls = std::move(kept);
    // Rows that nobody reads a result of pass by.
    result_.plan = spec.calls.empty() ? input_.plan
                                      : make_over(input_.plan, std::move(spec));
    return std::move(result_);
  }

private:
  int place(int column) const {
    return place_of(column, input_.places);
  }

  void move(std::vector<int>& columns) const {
    for (auto& column : columns)
      column = place(column);
  }

  void move(std::vector<sort_key>& keys) const {
    for (auto& key : keys)
      key.column = place(key.column);
  }

  const needs& given_;
  const pruned& input_;
  int before_; ///< columns of the input, not narrowed
  int after_;
  pruned result_;
};

/// Calls `f` with the node's spec if it is one of those of this file.
template <class Result, class F>
std::optional<Result> with_spec(const plan_node& node, F f) {
  return std::visit(
      [&](const auto& spec) -> std::optional<Result> {
        using type = std::decay_t<decltype(spec)>;
        if constexpr (is_order_spec<type>)
          return f(spec);
        else
          return std::nullopt;
      },
      node.spec);
}

} // namespace

std::optional<needs> order_needs(const plan_node& node, const needs& given) {
  return with_spec<needs>(node, [&](const auto& spec) {
    return needs_of(spec, given,
                    static_cast<int>(node.inputs[0]->columns.size()));
  });
}

std::optional<pruned> rebuild_order(const plan_node& node, const needs& given,
                                    const pruned& input) {
  return with_spec<pruned>(node, [&](const auto& spec) {
    return rebuilder(node, given, input)(spec);
  });
}

} // namespace herald::pruning
