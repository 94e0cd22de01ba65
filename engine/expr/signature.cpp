#include "engine/expr/signature.hpp"

#include <utility>

#include <fmt/format.h>

namespace herald {

namespace results {

result_rule fixed(data_type type) {
  return [type = std::move(type)](std::span<const data_type>) {
    return std::optional(type);
  };
}

result_rule of(type_kind kind) {
  return fixed(data_type::of(kind));
}

result_rule string() {
  return fixed(data_type::text(type_kind::varchar, length_max));
}

result_rule argument(std::size_t index) {
  return [index](std::span<const data_type> types) {
    return std::optional(types[index]);
  };
}

result_rule varchar_of(std::size_t index) {
  return [index](std::span<const data_type> types) {
    return std::optional(
        data_type::text(type_kind::varchar, types[index].precision()));
  };
}

} // namespace results

bool accepts(accept what, const data_type& type) {
  auto kind = type.kind();
  if (kind == type_kind::null) // of what elements would it be an array?
    return what != accept::word && what != accept::array && what != accept::map
           && what != accept::row;
  switch (what) {
  case accept::any:
    return true;
  case accept::boolean:
    return kind == type_kind::boolean;
  case accept::integer:
    return type.is_integer();
  case accept::small_integer:
    return type.is_integer() && kind != type_kind::bigint;
  case accept::exact:
    return type.is_integer() || kind == type_kind::decimal;
  case accept::numeric:
    return type.is_numeric();
  case accept::approximate:
    return kind == type_kind::float32 || kind == type_kind::float64;
  case accept::decimal:
    return kind == type_kind::decimal;
  case accept::text:
  case accept::word:
    return type.is_text();
  case accept::bytes:
    return type.is_bytes();
  case accept::text_or_bytes:
    return type.is_text() || type.is_bytes();
  case accept::date:
    return kind == type_kind::date;
  case accept::time:
    return kind == type_kind::time;
  case accept::timestamp:
    return kind == type_kind::timestamp;
  case accept::timestamp_ltz:
    return kind == type_kind::timestamp_ltz;
  case accept::datetime:
    return kind == type_kind::date || type.is_timestamp();
  case accept::interval:
    return kind == type_kind::interval_day || kind == type_kind::interval_month;
  case accept::array:
    return kind == type_kind::array;
  case accept::map:
    return kind == type_kind::map;
  case accept::row:
    return kind == type_kind::row;
  case accept::variant:
    return kind == type_kind::variant;
  case accept::bitmap:
    return kind == type_kind::bitmap;
  }
  return false;
}

namespace {

std::string_view word_for(accept what) {
  static constexpr std::string_view words[] = {"any",
                                               "BOOLEAN",
                                               "integer",
                                               "INT",
                                               "exact number",
                                               "number",
                                               "FLOAT or DOUBLE",
                                               "DECIMAL",
                                               "text",
                                               "bytes",
                                               "text or bytes",
                                               "DATE",
                                               "TIME",
                                               "TIMESTAMP",
                                               "TIMESTAMP_LTZ",
                                               "DATE or TIMESTAMP",
                                               "INTERVAL",
                                               "ARRAY",
                                               "MAP",
                                               "ROW",
                                               "VARIANT",
                                               "BITMAP",
                                               "keyword"};
  return words[static_cast<std::size_t>(what)];
}

/// The type to cast `x` to, or itself.
data_type target_of(convert to, const data_type& x) {
  switch (to) {
  case convert::to_int:
    return data_type::of(type_kind::integer);
  case convert::to_bigint:
    return data_type::of(type_kind::bigint);
  case convert::to_double:
    return data_type::of(type_kind::float64);
  case convert::to_string:
    return data_type::of(type_kind::varchar);
  case convert::to_bytes:
    return data_type::of(type_kind::varbinary);
  case convert::to_timestamp:
    return data_type::timestamp(x.is_timestamp() ? x.precision() : 3);
  case convert::none:
  case convert::common:
    break;
  }
  return x;
}

/// The type of a bare NULL where `what` is wanted.
data_type type_of_null(accept what) {
  switch (what) {
  case accept::boolean:
    return data_type::of(type_kind::boolean);
  case accept::integer:
  case accept::small_integer:
  case accept::exact:
  case accept::numeric:
    return data_type::of(type_kind::integer);
  case accept::approximate:
    return data_type::of(type_kind::float64);
  case accept::decimal:
    return data_type::of(type_kind::decimal);
  case accept::bytes:
    return data_type::of(type_kind::varbinary);
  case accept::date:
    return data_type::of(type_kind::date);
  case accept::time:
    return data_type::of(type_kind::time);
  case accept::timestamp:
  case accept::datetime:
    return data_type::timestamp(3);
  case accept::timestamp_ltz:
    return data_type::timestamp_ltz(3);
  case accept::interval:
    return data_type::of(type_kind::interval_day);
  case accept::text:
  case accept::text_or_bytes:
    return data_type::of(type_kind::varchar);
  default:
    return {};
  }
}

} // namespace

std::string describe(const std::vector<param>& params) {
  std::string result;
  for (const auto& x : params) {
    auto word = std::string(word_for(x.what));
    if (x.optional)
      word = fmt::format("[{}]", word);
    if (x.repeated)
      word += ", …";
    result += fmt::format("{}{}", result.empty() ? "" : ", ", word);
  }
  return fmt::format("({})", result);
}

bool fits(const std::vector<param>& params, const std::vector<expr_ptr>& args) {
  std::size_t needed = 0;
  for (const auto& x : params)
    needed += !x.optional;
  auto open = !params.empty() && params.back().repeated;
  if (args.size() < needed || (args.size() > params.size() && !open))
    return false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& wanted = params[std::min(i, params.size() - 1)].what;
    if (!accepts(wanted, args[i]->type))
      return false;
    if (wanted == accept::word && args[i]->kind != expr_kind::literal)
      return false;
  }
  return true;
}

absl::Status convert_arguments(const std::vector<param>& params,
                               std::vector<expr_ptr>& args,
                               text_position where) {
  std::vector<data_type> shared;
  auto param_of = [&](std::size_t i) -> const param& {
    return params[std::min(i, params.size() - 1)];
  };
  for (std::size_t i = 0; i < args.size(); ++i)
    if (param_of(i).to == convert::common)
      shared.push_back(args[i]->type);
  std::optional<data_type> common;
  if (!shared.empty()) {
    common = common_type(shared);
    if (!common)
      return user_error(where, "the arguments have no common type");
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto& x = param_of(i);
    auto type = args[i]->type.kind() == type_kind::null
                    ? target_of(x.to, type_of_null(x.what))
                    : target_of(x.to, args[i]->type);
    if (x.to == convert::common)
      type = *common;
    if (type.kind() == type_kind::null || type.same_kind(args[i]->type))
      continue;
    HERALD_ASSIGN(args[i], make_cast(args[i], type, false, where));
    args[i] = fold_constants(args[i]);
  }
  return absl::OkStatus();
}

} // namespace herald
