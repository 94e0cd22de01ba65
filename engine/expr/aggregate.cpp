#include "engine/expr/aggregate.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/accumulator.hpp"
#include "engine/expr/aggregate_rules.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/type_rules.hpp"
#include "engine/expr/user_accumulator.hpp"

#include <utility>

#include <fmt/format.h>

// The table of aggregate functions: what each takes, gives and runs on.

namespace herald {

namespace {

using type_rule = std::optional<data_type> (*)(const data_type& argument);
/// Checks and casts the arguments; gives the type.
using argument_rule = absl::StatusOr<data_type> (*)(call_site& site);
using maker = std::unique_ptr<accumulator> (*)(const aggregate_call&, bool);

/// When a result is NULL.
enum class emptiness : std::uint8_t {
  null,   ///< without values
  value,  ///< never: COUNT is 0
  always, ///< without values, and its type says so
};

struct aggregate_entry {
  std::string_view name;
  int min_args;
  int max_args;
  std::string_view takes; ///< for messages
  type_rule type;
  emptiness empty;
  bool ignores_distinct; ///< MIN, MAX: once is as good as many times
  maker make;
  argument_rule arguments = nullptr; ///< instead of `type`
};

std::optional<data_type> bigint_rule(const data_type&) {
  return data_type::of(type_kind::bigint);
}

std::optional<data_type> sum_rule(const data_type& x) {
  if (x.kind() == type_kind::decimal)
    return data_type::decimal(decimal_precision_max, x.scale());
  if (x.is_numeric())
    return x;
  return std::nullopt;
}

std::optional<data_type> average_rule(const data_type& x) {
  if (x.kind() == type_kind::decimal)
    return type_of(quotient_shape({decimal_precision_max, x.scale()}, {20, 0}));
  if (x.is_numeric())
    return x;
  return std::nullopt;
}

std::optional<data_type> ordered_rule(const data_type& x) {
  if (x.is_nested() || x.is_bytes() || x.kind() == type_kind::null
      || x.kind() == type_kind::interval_day
      || x.kind() == type_kind::interval_month || x.kind() == type_kind::variant
      || x.kind() == type_kind::bitmap)
    return std::nullopt;
  return x;
}

std::optional<data_type> any_rule(const data_type& x) {
  if (x.kind() == type_kind::null)
    return std::nullopt;
  return x;
}

std::optional<data_type> array_rule(const data_type& x) {
  if (x.kind() == type_kind::null)
    return std::nullopt;
  return data_type::array(x);
}

std::optional<data_type> multiset_rule(const data_type& x) {
  if (x.kind() == type_kind::null)
    return std::nullopt;
  return data_type::multiset(x);
}

std::optional<data_type> text_rule(const data_type& x) {
  if (!x.is_text())
    return std::nullopt;
  return data_type::of(type_kind::varchar);
}

constexpr auto null_when_empty = emptiness::null;
constexpr auto never_null = emptiness::value;
constexpr auto always_null = emptiness::always;

const aggregate_entry entries[] = {
    {"COUNT", 0, 1, "(*) or (value)", bigint_rule, never_null, false,
     make_count},
    {"SUM", 1, 1, "(number)", sum_rule, null_when_empty, false, make_sum},
    {"$SUM0", 1, 1, "(number)", sum_rule, never_null, false, make_sum},
    {"AVG", 1, 1, "(number)", average_rule, null_when_empty, false, make_sum},
    {"MIN", 1, 1, "(value with an order)", ordered_rule, null_when_empty, true,
     make_extreme},
    {"MAX", 1, 1, "(value with an order)", ordered_rule, null_when_empty, true,
     make_extreme},
    {"VAR_POP", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"VAR_SAMP", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"VARIANCE", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"STDDEV_POP", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"STDDEV_SAMP", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"STDDEV", 1, 1, "(number)", average_rule, null_when_empty, false,
     make_variance},
    {"FIRST_VALUE", 1, 1, "(value)", any_rule, null_when_empty, true,
     make_edge},
    {"LAST_VALUE", 1, 1, "(value)", any_rule, null_when_empty, false,
     make_edge},
    {"SINGLE_VALUE", 1, 1, "(value)", any_rule, null_when_empty, false,
     make_list},
    {"LISTAGG", 1, 2, "(text [, literal text])", text_rule, null_when_empty,
     false, make_list},
    {"ARRAY_AGG", 1, 1, "(value)", array_rule, null_when_empty, false,
     make_list},
    {"COLLECT", 1, 1, "(value)", multiset_rule, never_null, false, make_list},
    {"APPROX_COUNT_DISTINCT", 1, 1, "(value)", bigint_rule, never_null, true,
     make_approximate_distinct, distinct_arguments},
    {"PERCENTILE", 2, 3, "(number, fraction [, times])", nullptr, always_null,
     false, make_percentile, percentile_arguments},
    {"APPROX_PERCENTILE", 2, 2, "(number, fraction)", nullptr, always_null,
     false, make_approximate_percentile, percentile_arguments},
    {"JSON_ARRAYAGG", 2, 2, "(value)", nullptr, never_null, false,
     make_json_list, json_array_arguments},
    {"JSON_OBJECTAGG", 3, 3, "(KEY text VALUE value)", nullptr, never_null,
     false, make_json_object, json_object_arguments},
    {"BITMAP_BUILD_AGG", 1, 1, "(INT)", nullptr, always_null, true, make_bitmap,
     bitmap_arguments},
    {"BITMAP_AND_AGG", 1, 1, "(BITMAP)", nullptr, always_null, true,
     make_bitmap, bitmap_arguments},
    {"BITMAP_OR_AGG", 1, 1, "(BITMAP)", nullptr, always_null, true, make_bitmap,
     bitmap_arguments},
    {"BITMAP_XOR_AGG", 1, 1, "(BITMAP)", nullptr, always_null, false,
     make_bitmap, bitmap_arguments},
    {"BITMAP_BUILD_CARDINALITY_AGG", 1, 1, "(INT)", nullptr, always_null, true,
     make_bitmap, bitmap_arguments},
    {"BITMAP_AND_CARDINALITY_AGG", 1, 1, "(BITMAP)", nullptr, always_null, true,
     make_bitmap, bitmap_arguments},
    {"BITMAP_OR_CARDINALITY_AGG", 1, 1, "(BITMAP)", nullptr, always_null, true,
     make_bitmap, bitmap_arguments},
    {"BITMAP_XOR_CARDINALITY_AGG", 1, 1, "(BITMAP)", nullptr, always_null,
     false, make_bitmap, bitmap_arguments},
};

std::string upper(std::string_view x) {
  std::string result(x);
  for (auto& c : result)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return result;
}

const aggregate_entry* find_entry(std::string_view upper_name) {
  for (const auto& entry : entries)
    if (entry.name == upper_name)
      return &entry;
  return nullptr;
}

} // namespace

bool is_aggregate(std::string_view name) {
  auto key = upper(name);
  return find_entry(key) != nullptr;
}

std::string_view arguments_of_aggregate(std::string_view name) {
  const auto* entry = find_entry(name);
  return entry ? entry->takes : std::string_view();
}

std::vector<std::string> aggregate_names() {
  std::vector<std::string> result;
  for (const auto& x : entries)
    if (x.name[0] != '$')
      result.emplace_back(x.name);
  return result;
}

namespace {

/// What entries with a type rule have in common.
absl::Status check_arguments(call_site& site, const aggregate_entry& entry,
                             bool has_type, bool distinct) {
  auto& args = site.args;
  if (!has_type || (distinct && args.empty()))
    return type_error(site, entry.takes);
  if (distinct && !args.empty() && args[0]->type.is_nested()
      && !entry.ignores_distinct) {
    if (entry.make != make_count)
      return type_error(site, "DISTINCT values that are not nested");
    // Only how many there are counts: a text stands for each value.
    HERALD_ASSIGN(args[0], make_call("$KEY", {args[0]}, site.where));
  }
  if (args.size() == 2
      && (args[1]->kind != expr_kind::literal || !args[1]->type.is_text()))
    return type_error(site, entry.takes);
  if (entry.make == make_variance) {
    HERALD_ASSIGN(args[0], make_cast(args[0], data_type::of(type_kind::float64),
                                     false, site.where));
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<aggregate_call>
make_aggregate(std::string_view name, std::vector<expr_ptr> args, bool distinct,
               expr_ptr filter, bool grouped, text_position where) {
  auto key = upper(name);
  const auto* entry = find_entry(key);
  if (entry == nullptr) {
    std::vector<std::string> names;
    for (const auto& x : entries)
      names.emplace_back(x.name);
    auto near = nearest_name(key, names);
    return user_error(where, fmt::format("unknown aggregate {}", key),
                      near.empty() ? std::string{}
                                   : fmt::format("did you mean {}?", near));
  }
  call_site site{key, std::move(args), where};
  auto count = static_cast<int>(site.args.size());
  if (count < entry->min_args || count > entry->max_args)
    return type_error(site, entry->takes);
  if (filter != nullptr && !accepts(accept::boolean, filter->type))
    return user_error(where,
                      fmt::format("the FILTER of {} must be BOOLEAN", key));
  auto argument = count == 0 ? data_type{} : site.args[0]->type;
  std::optional<data_type> type;
  if (entry->arguments != nullptr) {
    HERALD_ASSIGN(type, entry->arguments(site));
  } else {
    type = entry->type(argument);
    HERALD_TRY(check_arguments(site, *entry, type.has_value(), distinct));
  }
  aggregate_call result;
  result.name = key;
  result.args = std::move(site.args);
  result.filter = std::move(filter);
  result.distinct = distinct && !entry->ignores_distinct;
  auto nullable
      = entry->empty == emptiness::always
        || (entry->empty == emptiness::null
            && (argument.nullable() || !grouped || result.filter != nullptr));
  result.type = type->with_nullable(nullable);
  return result;
}

std::unique_ptr<accumulator> make_accumulator(const aggregate_call& call,
                                              bool retractable) {
  if (call.user != nullptr) {
    auto result = call.user->make(call);
    return call.distinct ? make_distinct(call, std::move(result))
                         : std::move(result);
  }
  const auto* entry = find_entry(call.name);
  HERALD_CHECK(entry != nullptr, call.name);
  auto result = entry->make(call, retractable);
  if (call.distinct)
    return make_distinct(call, std::move(result));
  return result;
}

} // namespace herald
