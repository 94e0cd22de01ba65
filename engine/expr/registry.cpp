#include "engine/expr/registry.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/themes.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace herald {

const function* keep(std::unique_ptr<function> code) {
  static std::mutex guard;
  static std::vector<std::unique_ptr<function>> kept;
  std::lock_guard lock(guard);
  kept.push_back(std::move(code));
  return kept.back().get();
}

// -- filling ------------------------------------------------------------------

const registry& registry::instance() {
  static const registry result;
  return result;
}

registry::registry() {
  register_themes(*this);
}

void registry::add(std::string_view name, std::vector<param> params,
                   result_rule result, const function* code,
                   nulls nullability) {
  entries_[std::string(name)].overloads.push_back(
      {std::move(params), std::move(result), nullability, code});
}

void registry::add_special(std::string_view name, int min_args, int max_args,
                           special_resolver resolve) {
  auto& entry = entries_[std::string(name)];
  HERALD_CHECK(entry.special == nullptr, name);
  entry.special = resolve;
  entry.min_args = min_args;
  entry.max_args = max_args;
}

void registry::alias(std::string_view alias, std::string_view name) {
  const auto* entry = find(name);
  HERALD_CHECK(entry != nullptr, name);
  entries_[std::string(alias)] = *entry;
}

const function_entry* registry::find(std::string_view name) const {
  auto at = entries_.find(name);
  return at == entries_.end() ? nullptr : &at->second;
}

std::vector<std::string> registry::names() const {
  std::vector<std::string> result;
  for (const auto& [name, entry] : entries_)
    if (!name.starts_with('$'))
      result.push_back(name);
  return result;
}

// -- resolution ---------------------------------------------------------------

namespace {

std::string upper(std::string_view x) {
  std::string result(x);
  for (auto& c : result)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return result;
}

std::string types_text(const std::vector<expr_ptr>& args) {
  std::string result;
  for (const auto& arg : args)
    result += fmt::format("{}{}", result.empty() ? "" : ", ",
                          arg->type.to_short_string());
  return fmt::format("({})", result);
}

/// "(text) or (bytes)".
std::string accepted(const function_entry& entry) {
  std::string result;
  std::string last;
  for (const auto& x : entry.overloads) {
    auto text = describe(x.params);
    if (text != last)
      result += fmt::format("{}{}", result.empty() ? "" : " or ", text);
    last = std::move(text);
  }
  return result;
}

/// A cast that may be missing, of the first argument that stands out.
std::string missing_cast(const std::vector<expr_ptr>& args,
                         std::string_view takes) {
  const bool numbers = takes.starts_with("(number");
  const bool texts = takes.starts_with("(text");
  for (const auto& arg : args) {
    if (arg->kind == expr_kind::column && arg->name.empty())
      continue;
    if (numbers && arg->type.is_text())
      return fmt::format("CAST({} AS DOUBLE)", to_string(*arg));
    const bool plain = arg->type.is_numeric() || arg->type.is_timestamp()
                       || arg->type.kind() == type_kind::date;
    if (texts && plain)
      return fmt::format("CAST({} AS STRING)", to_string(*arg));
  }
  return {};
}

bool result_nullable(nulls rule, const std::vector<expr_ptr>& args) {
  if (rule != nulls::strict)
    return rule == nulls::always;
  return std::any_of(args.begin(), args.end(),
                     [](const auto& x) { return x->type.nullable(); });
}

/// Binds `site` to `x`, or gives null if the types do not fit after all.
absl::StatusOr<expr_ptr> bind(const overload& x, const call_site& site) {
  auto args = site.args;
  HERALD_TRY(convert_arguments(x.params, args, site.where));
  std::vector<data_type> types;
  for (const auto& arg : args)
    types.push_back(arg->type);
  auto type = x.result(types);
  if (!type)
    return expr_ptr{};
  auto nullable = result_nullable(x.nullability, args);
  return make_bound_call(std::string(site.name), std::move(args), x.code,
                         type->with_nullable(nullable), site.where);
}

absl::Status unknown_function(std::string_view name, text_position where) {
  auto near = nearest_name(name, registry::instance().names());
  return user_error(where, fmt::format("unknown function {}", name),
                    near.empty() ? std::string{}
                                 : fmt::format("did you mean {}?", near));
}

} // namespace

absl::Status type_error(const call_site& site, std::string_view takes) {
  return user_error(site.where,
                    fmt::format("{} takes {}, not {}", site.name, takes,
                                types_text(site.args)),
                    missing_cast(site.args, takes));
}

absl::StatusOr<expr_ptr> make_call(std::string_view name,
                                   std::vector<expr_ptr> args,
                                   text_position where) {
  auto key = upper(name);
  const auto* entry = registry::instance().find(key);
  if (entry == nullptr)
    return unknown_function(key, where);
  call_site site{key, std::move(args), where};
  if (entry->special != nullptr) {
    auto count = static_cast<int>(site.args.size());
    if (count >= entry->min_args && count <= entry->max_args)
      return entry->special(site);
    auto range
        = entry->min_args == entry->max_args
              ? fmt::format("{}", entry->min_args)
          : entry->max_args == registry::any_number
              ? fmt::format("{} or more", entry->min_args)
              : fmt::format("{} to {}", entry->min_args, entry->max_args);
    return user_error(where, fmt::format("{} takes {} argument(s), not {}", key,
                                         range, count));
  }
  for (const auto& x : entry->overloads) {
    if (!fits(x.params, site.args))
      continue;
    HERALD_ASSIGN(auto result, bind(x, site));
    if (result != nullptr)
      return result;
  }
  return type_error(site, accepted(*entry));
}

expr_ptr make_bound_call(std::string name, std::vector<expr_ptr> args,
                         const function* code, data_type type,
                         text_position where) {
  auto result = std::make_shared<expr>();
  result->kind = expr_kind::call;
  result->type = std::move(type);
  result->where = where;
  result->name = std::move(name);
  result->code = code;
  for (auto& arg : args) {
    result->can_fail = result->can_fail || arg->can_fail;
    result->steady = result->steady && arg->steady;
  }
  result->args = std::move(args);
  result->can_fail = result->can_fail || code->can_fail(*result);
  result->steady = result->steady && code->deterministic();
  result->prepared = code->prepare(*result);
  return result;
}

} // namespace herald
