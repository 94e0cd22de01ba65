#include "engine/plan/grouping.hpp"

#include "engine/plan/window_call.hpp"
#include "engine/sql/printer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using index_set = std::vector<std::size_t>; ///< keys of one set
using set_list = std::vector<index_set>;

class grouping_binder {
public:
  grouping_binder(const sql::select_block& block, const sql_session& session,
                  const scope& names, const std::optional<group_window>& window,
                  subquery_hook* subqueries)
      : block_(block), names_(names), window_(window),
        binder_(&session, names, "GROUP BY") {
    binder_.allow(subqueries, nullptr);
  }

  absl::StatusOr<grouping_keys> bind() {
    set_list all{{}};
    for (const auto& element : block_.group_by) {
      HERALD_ASSIGN(const auto sets, sets_of(element));
      set_list crossed;
      for (const auto& a : all)
        for (const auto& b : sets) {
          crossed.push_back(a);
          crossed.back().insert(crossed.back().end(), b.begin(), b.end());
        }
      HERALD_TRY(check_size(crossed, element.where));
      all = std::move(crossed);
    }
    for (const auto& set : all) {
      std::vector<bool> kept(result_.keys.size(), false);
      for (const auto key : set)
        kept[key] = true;
      const auto known
          = std::find(result_.sets.begin(), result_.sets.end(), kept);
      if (!block_.group_by_distinct || known == result_.sets.end())
        result_.sets.push_back(std::move(kept));
    }
    if (result_.sets.size() == 1)
      result_.sets.clear();
    return std::move(result_);
  }

private:
  using kind = sql::grouping_element::kind_type;

  static absl::Status check_size(const set_list& sets, text_position where) {
    if (sets.size() > grouping_sets_max)
      return user_error(where, fmt::format("GROUP BY asks for more than {} "
                                           "grouping sets",
                                           grouping_sets_max));
    return absl::OkStatus();
  }

  /// What one element stands for.
  absl::StatusOr<set_list> sets_of(const sql::grouping_element& x) {
    if (x.kind == kind::expression || x.kind == kind::set) {
      HERALD_ASSIGN(auto set, keys_of(x));
      return set_list{std::move(set)};
    }
    set_list result;
    if (x.kind == kind::grouping_sets) {
      for (const auto& part : x.sets) {
        HERALD_ASSIGN(auto sets, sets_of(part));
        result.insert(result.end(), sets.begin(), sets.end());
        HERALD_TRY(check_size(result, x.where));
      }
      return result;
    }
    std::vector<index_set> parts;
    for (const auto& part : x.sets) {
      HERALD_ASSIGN(auto set, keys_of(part));
      parts.push_back(std::move(set));
    }
    if (x.kind == kind::rollup) {
      for (auto count = parts.size() + 1; count-- > 0;)
        result.push_back(joined(parts, (std::uint64_t{1} << count) - 1));
      return result;
    }
    if (parts.size() > 8)
      return user_error(x.where, fmt::format("CUBE asks for more than {} "
                                             "grouping sets",
                                             grouping_sets_max));
    // From all parts down to none; the first part is dropped last.
    const auto all = std::uint64_t{1} << parts.size();
    for (std::uint64_t dropped = 0; dropped < all; ++dropped) {
      std::uint64_t kept = 0;
      for (std::size_t i = 0; i < parts.size(); ++i)
        if ((dropped >> (parts.size() - 1 - i) & 1) == 0)
          kept |= std::uint64_t{1} << i;
      result.push_back(joined(parts, kept));
    }
    return result;
  }

  static index_set joined(const std::vector<index_set>& parts,
                          std::uint64_t which) {
    index_set result;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (which >> i & 1)
        result.insert(result.end(), parts[i].begin(), parts[i].end());
    return result;
  }

  /// The keys of (a, b) or a.
  absl::StatusOr<index_set> keys_of(const sql::grouping_element& x) {
    if (x.kind != kind::expression && x.kind != kind::set)
      return user_error(x.where,
                        "ROLLUP and CUBE take columns and sets of "
                        "columns, nothing inside each other",
                        "GROUPING SETS does");
    index_set result;
    for (const auto& value : x.values) {
      if (window_ && value->as<sql::call>() == window_->call) {
        for (int i = 0; i < 3; ++i)
          result.push_back(
              place_of(column_of(names_.columns(), window_->first + i)));
        continue;
      }
      auto key = binder_.bind(*value);
      if (!key.ok())
        return explained(*value, key.status());
      const bool asks = has_subquery(**key);
      result.push_back(place_of(*std::move(key)));
      if (asks)
        result_.with_subqueries.emplace_back(sql::to_sql(*value),
                                             result.back());
    }
    return result;
  }

  static bool has_subquery(const expr& key) {
    std::vector<int> columns;
    collect_columns(key, columns);
    return std::any_of(columns.begin(), columns.end(),
                       [](int column) { return column >= subquery_base; });
  }

  std::size_t place_of(expr_ptr key) {
    for (std::size_t i = 0; i < result_.keys.size(); ++i)
      if (equal(*result_.keys[i], *key))
        return i;
    result_.keys.push_back(std::move(key));
    return result_.keys.size() - 1;
  }

  /// `status`, or that GROUP BY does not see a name of the select list.
  absl::Status explained(const sql::expression& value,
                         const absl::Status& status) const {
    const auto* column = value.as<sql::column_name>();
    for (const auto& item : block_.items)
      if (column && column->parts.size() == 1 && item.alias
          && item.alias->name == column->parts[0].name)
        return user_error(value.where,
                          fmt::format("GROUP BY does not see '{}', a name of "
                                      "the select list",
                                      item.alias->name),
                          "repeat the expression");
    return status;
  }

  const sql::select_block& block_;
  const scope& names_;
  const std::optional<group_window>& window_;
  expression_binder binder_;
  grouping_keys result_;
};

/// The number that GROUPING(args) or GROUP_ID() is in set `at`.
std::int64_t value_in_set(std::size_t at, const std::vector<std::size_t>& args,
                          bool is_group_id, const grouping_keys& keys) {
  if (is_group_id)
    return std::count(keys.sets.begin(),
                      keys.sets.begin() + static_cast<std::ptrdiff_t>(at),
                      keys.sets[at]);
  std::int64_t result = 0;
  for (const auto key : args)
    result = result * 2 + (keys.sets[at][key] ? 0 : 1);
  return result;
}

} // namespace

bool grouping_keys::in_all_sets(std::size_t i) const {
  return std::all_of(sets.begin(), sets.end(),
                     [&](const auto& set) { return set[i]; });
}

absl::StatusOr<grouping_keys>
bind_grouping(const sql::select_block& x, const sql_session& session,
              const scope& names, const std::optional<group_window>& window,
              subquery_hook* subqueries) {
  return grouping_binder(x, session, names, window, subqueries).bind();
}

std::vector<int> columns_left_out(const grouping_keys& x) {
  std::vector<int> result;
  for (std::size_t i = 0; i < x.keys.size(); ++i)
    if (!x.in_all_sets(i))
      collect_columns(*x.keys[i], result);
  return result;
}

absl::StatusOr<expr_ptr> grouping_value(const grouping_call& call,
                                        const grouping_keys& keys,
                                        const expr_ptr& set) {
  std::vector<std::size_t> args;
  for (const auto& arg : call.args) {
    const auto found
        = std::find_if(keys.keys.begin(), keys.keys.end(),
                       [&](const auto& key) { return equal(*key, *arg); });
    if (found == keys.keys.end())
      return user_error(arg->where,
                        "an argument of GROUPING is not in GROUP BY");
    args.push_back(static_cast<std::size_t>(found - keys.keys.begin()));
  }
  const auto literal = [&](std::int64_t value, type_kind kind) {
    return make_literal({data_type::of(kind).with_nullable(false), value},
                        call.where);
  };
  if (keys.sets.empty())
    return literal(0, type_kind::bigint);
  // CASE set WHEN 0 THEN … ELSE …
  std::vector<expr_ptr> branches;
  bool constant = true;
  const auto first = value_in_set(0, args, call.is_group_id, keys);
  for (std::size_t i = 0; i < keys.sets.size(); ++i) {
    const auto value = value_in_set(i, args, call.is_group_id, keys);
    constant &= value == first;
    if (i + 1 < keys.sets.size()) {
      HERALD_ASSIGN(auto condition,
                    make_call("=",
                              {set, literal(static_cast<std::int64_t>(i),
                                            type_kind::integer)},
                              call.where));
      branches.push_back(std::move(condition));
    }
    branches.push_back(literal(value, type_kind::bigint));
  }
  if (constant)
    return branches.back();
  return make_call("CASE", std::move(branches), call.where);
}

} // namespace herald
