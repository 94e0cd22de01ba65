#include "engine/expr/aggregate.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/accumulator.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/type_rules.hpp"

#include <utility>

#include <fmt/format.h>

// The table of aggregate functions: what each takes, gives and runs on.

namespace herald {

namespace {

using type_rule = std::optional<data_type> (*)(const data_type& argument);
using maker = std::unique_ptr<accumulator> (*)(const aggregate_call&, bool);

/// When a result is NULL.
enum class emptiness : std::uint8_t {
  null,  ///< without values
  value, ///< never: COUNT is 0
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
};

std::optional<data_type> bigint_rule(const data_type&) {
  return data_type::of(type_kind::bigint);
}

std::optional<data_type> sum_rule(const data_type& x) {
  if (x.kind() == type_kind::decimal)
    return data_type::decimal(decimal_precision_max, x.scale());
  if (x.is_numeric() || x.kind() == type_kind::interval_day)
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
  if (x.is_nested() || x.is_bytes() || x.kind() == type_kind::null)
    return std::nullopt;
  return x;
}

const aggregate_entry entries[] = {
    {"COUNT", 0, 1, "(*) or (value)", bigint_rule, emptiness::value, false,
     make_count},
    {"SUM", 1, 1, "(number)", sum_rule, emptiness::null, false, make_sum},
    {"SUM0", 1, 1, "(number)", sum_rule, emptiness::value, false, make_sum},
    {"$SUM0", 1, 1, "(number)", sum_rule, emptiness::value, false, make_sum},
    {"AVG", 1, 1, "(number)", average_rule, emptiness::null, false, make_sum},
    {"MIN", 1, 1, "(value with an order)", ordered_rule, emptiness::null, true,
     make_extreme},
    {"MAX", 1, 1, "(value with an order)", ordered_rule, emptiness::null, true,
     make_extreme},
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
  return find_entry(upper(name)) != nullptr;
}

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
  auto type = entry->type(argument);
  if (!type || (distinct && count == 0))
    return type_error(site, entry->takes);
  if (distinct && argument.is_nested() && !entry->ignores_distinct)
    return type_error(site, "DISTINCT values that are not nested");
  aggregate_call result;
  result.name = key;
  result.args = std::move(site.args);
  result.filter = std::move(filter);
  result.distinct = distinct && !entry->ignores_distinct;
  auto nullable
      = entry->empty == emptiness::null
        && (argument.nullable() || !grouped || result.filter != nullptr);
  result.type = type->with_nullable(nullable);
  return result;
}

std::unique_ptr<accumulator> make_accumulator(const aggregate_call& call,
                                              bool retractable) {
  const auto* entry = find_entry(call.name);
  HERALD_CHECK(entry != nullptr, call.name);
  auto result = entry->make(call, retractable);
  if (call.distinct)
    return make_distinct(call, std::move(result));
  return result;
}

} // namespace herald
