#include "engine/plan/push_filters.hpp"

#include <array>

namespace herald::pushing {

expr_ptr all_of(const conditions& x) {
  return x.empty() ? nullptr : conjunction(x);
}

bool reads_only(const expr& x, int first, int count) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::all_of(columns.begin(), columns.end(), [&](int column) {
    return column >= first && column < first + count;
  });
}

namespace {

/// Functions that are NULL as soon as one argument is.
bool is_strict(const std::string& name) {
  constexpr std::array<std::string_view, 18> names
      = {"=", "<>", "<",   "<=",   ">",   ">=",    "+",     "-",   "*",
         "/", "%",  "MOD", "CAST", "ABS", "UPPER", "LOWER", "NOT", "FIELD"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// True if `x` is NULL when the columns are.
bool is_null_with(const expr& x, int first, int count) {
  if (x.kind == expr_kind::column)
    return x.column >= first && x.column < first + count;
  if (x.kind != expr_kind::call)
    return false;
  const auto arg
      = [&](const expr_ptr& a) { return is_null_with(*a, first, count); };
  // Of x BETWEEN low AND high only x decides alone.
  if (x.name == "BETWEEN" || x.name == "LIKE" || x.name == "IN")
    return arg(x.args[0]);
  return is_strict(x.name) && std::any_of(x.args.begin(), x.args.end(), arg);
}

} // namespace

bool rejects_nulls(const expr& x, int first, int count) {
  if (x.kind != expr_kind::call)
    return is_null_with(x, first, count);
  const auto arg
      = [&](const expr_ptr& a) { return rejects_nulls(*a, first, count); };
  if (x.name == "AND")
    return std::any_of(x.args.begin(), x.args.end(), arg);
  if (x.name == "OR")
    return std::all_of(x.args.begin(), x.args.end(), arg);
  if (x.name == "IS NOT NULL" || x.name == "IS TRUE" || x.name == "IS FALSE")
    return is_null_with(*x.args[0], first, count);
  return is_null_with(x, first, count);
}

namespace {

/// BETWEEN as two comparisons, so that joins see bounds.
absl::StatusOr<conditions> split(const expr_ptr& x) {
  conditions result;
  for (const auto& part : conjuncts(x)) {
    if (part->kind == expr_kind::call && part->name == "BETWEEN"
        && part->args.size() == 3) {
      HERALD_ASSIGN(auto low, make_call(">=", {part->args[0], part->args[1]},
                                        part->where));
      HERALD_ASSIGN(auto high, make_call("<=", {part->args[0], part->args[2]},
                                         part->where));
      result.push_back(std::move(low));
      result.push_back(std::move(high));
    } else {
      result.push_back(part);
    }
  }
  return result;
}

absl::StatusOr<conditions> split_all(const conditions& x) {
  conditions result;
  for (const auto& condition : x) {
    HERALD_ASSIGN(auto parts, split(condition));
    result.insert(result.end(), parts.begin(), parts.end());
  }
  return result;
}

/// An outer join of whose missing rows none is wanted keeps fewer.
join_type narrowed(join_type type, const conditions& wanted, int left_count,
                   int right_count) {
  const auto rejects = [&](int first, int count) {
    return std::any_of(wanted.begin(), wanted.end(), [&](const expr_ptr& x) {
      return rejects_nulls(*x, first, count);
    });
  };
  // Left rows are missing where right ones are kept, and the other way round.
  const bool right = keeps_right(type) && !rejects(0, left_count);
  const bool left = keeps_left(type) && !rejects(left_count, right_count);
  return left ? (right ? join_type::full : join_type::left)
              : (right ? join_type::right : join_type::inner);
}

void move_to(conditions& from, conditions& to) {
  to.insert(to.end(), from.begin(), from.end());
  from.clear();
}

} // namespace

absl::StatusOr<plan_ptr> push_join(const plan_node& node, join_spec spec,
                                   conditions wanted, const pusher& push) {
  const auto left_count = static_cast<int>(node.inputs[0]->columns.size());
  const auto right_count = static_cast<int>(node.inputs[1]->columns.size());
  if (!is_filter(spec.type))
    spec.type = narrowed(spec.type, wanted, left_count, right_count);
  conditions on;
  if (spec.residual) {
    HERALD_ASSIGN(on, split(spec.residual));
    spec.residual = nullptr;
  }
  HERALD_ASSIGN(wanted, split_all(wanted));
  auto unsteady = take_if(wanted, [](const expr_ptr& x) { return !x->steady; });
  const auto is_left = [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, 0, left_count);
  };
  const auto is_right = [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, left_count, right_count);
  };
  // Above the join: what is asked of a side whose missing rows are given must
  // wait. In its condition: what is asked of a side that is kept must stay.
  conditions left;
  conditions right;
  if (!keeps_right(spec.type))
    left = take_if(wanted, is_left);
  // What a version must be may not hide others that replaced it.
  const bool right_divides = !keeps_left(spec.type) && !spec.versions;
  if (right_divides)
    right = take_if(wanted, is_right);
  if (spec.type == join_type::inner)
    move_to(wanted, on);
  auto own_unsteady = conditions();
  if (spec.type == join_type::inner)
    own_unsteady = take_if(on, [](const expr_ptr& x) { return !x->steady; });
  if (!keeps_left(spec.type)) {
    auto more = take_if(on, is_left);
    move_to(more, left);
  }
  if (!keeps_right(spec.type) && !spec.versions) {
    auto more = take_if(on, is_right);
    move_to(more, right);
  }
  std::vector<int> to_right(static_cast<std::size_t>(left_count + right_count),
                            -1);
  for (int i = 0; i < right_count; ++i)
    to_right[static_cast<std::size_t>(left_count + i)] = i;
  for (auto& condition : right)
    condition = remap(condition, to_right, node.inputs[1]->columns);
  HERALD_ASSIGN(auto left_plan, push(node.inputs[0], std::move(left)));
  HERALD_ASSIGN(auto right_plan, push(node.inputs[1], std::move(right)));
  HERALD_ASSIGN(auto result,
                build_join(std::move(left_plan), std::move(right_plan),
                           std::move(spec), on));
  move_to(own_unsteady, unsteady);
  move_to(unsteady, wanted);
  return make_filter(std::move(result), all_of(wanted));
}

} // namespace herald::pushing
