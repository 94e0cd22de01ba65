#include "tests/support/random_data.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace herald::testing {

namespace {

/// Longest random text: several views' worth, far beyond the inlined 12.
constexpr std::int64_t text_max = 60;
constexpr std::int64_t elements_max = 4;

template <class T>
std::int64_t lowest() {
  return std::numeric_limits<T>::min();
}

template <class T>
std::int64_t highest() {
  return std::numeric_limits<T>::max();
}

} // namespace

std::uint64_t random_data::bits() {
  return random_();
}

std::int64_t random_data::number(std::int64_t begin, std::int64_t end) {
  auto width
      = static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(begin)
                                   + bits() % width);
}

bool random_data::chance(double share) {
  return static_cast<double>(bits() >> 11) * 0x1p-53 < share;
}

data_type random_data::type(int depth) {
  auto nullable = !chance(0.2);
  auto last = depth > 0 ? type_kind::row : type_kind::bitmap;
  auto kind = static_cast<type_kind>(number(1, static_cast<int>(last) + 1));
  auto digits = [&](int max) { return static_cast<int>(number(0, max + 1)); };
  auto result = [&]() -> data_type {
    switch (kind) {
    case type_kind::decimal: {
      auto precision = static_cast<int>(number(1, 39));
      return data_type::decimal(precision, digits(precision));
    }
    case type_kind::time:
      return data_type::of(kind).with_precision(digits(3));
    case type_kind::timestamp:
    case type_kind::timestamp_ltz:
      return data_type::of(kind).with_precision(digits(9));
    case type_kind::character:
    case type_kind::varchar:
    case type_kind::binary:
    case type_kind::varbinary:
      return chance(0.5) ? data_type::text(kind, length_max)
                         : data_type::text(kind, 1 + digits(40));
    case type_kind::array:
      return data_type::array(type(depth - 1));
    case type_kind::map:
      return data_type::map(type(0).with_nullable(false), type(depth - 1));
    case type_kind::multiset:
      return data_type::multiset(type(depth - 1).with_nullable(false));
    case type_kind::row:
      return data_type::row(layout(3, depth - 1)->fields);
    default:
      return data_type::of(kind);
    }
  }();
  return result.with_nullable(nullable);
}

schema_ptr random_data::layout(int fields_max, int depth) {
  auto result = std::make_shared<schema>();
  auto count = number(1, fields_max + 1);
  for (std::int64_t i = 0; i < count; ++i)
    result->fields.push_back({fmt::format("f{}", i), type(depth)});
  return result;
}

std::int64_t random_data::integer(std::int64_t min, std::int64_t max) {
  if (chance(0.5))
    return std::clamp(number(-3, 4), min, max);
  if (chance(0.1))
    return chance(0.5) ? min : max;
  if (min == lowest<std::int64_t>() && max == highest<std::int64_t>())
    return static_cast<std::int64_t>(bits());
  return number(min, max + 1);
}

double random_data::real() {
  using limits = std::numeric_limits<double>;
  static constexpr std::array special{0.0,
                                      -0.0,
                                      1.0,
                                      -1.5,
                                      0.1,
                                      1e7,
                                      1e-3,
                                      123456.75,
                                      limits::max(),
                                      limits::min(),
                                      limits::denorm_min(),
                                      limits::infinity(),
                                      -limits::infinity(),
                                      limits::quiet_NaN()};
  if (chance(0.5))
    return special[static_cast<std::size_t>(number(0, special.size()))];
  return static_cast<double>(static_cast<std::int64_t>(bits()))
         / static_cast<double>(1 + (bits() >> number(1, 60)));
}

std::string random_data::text(bool any_byte, std::int64_t length_limit) {
  static constexpr std::array common{
      "",
      "a",
      "b",
      "NULL",
      "twelve bytes",
      "thirteen byte",
      "a long text that many rows of a table have in common"};
  if (chance(0.5)) {
    std::string pick
        = common[static_cast<std::size_t>(number(0, common.size()))];
    return pick.substr(0, static_cast<std::size_t>(
                              std::min<std::int64_t>(length_limit, text_max)));
  }
  auto length = number(0, std::min(length_limit, text_max) + 1);
  std::string result;
  for (std::int64_t i = 0; i < length; ++i)
    result += static_cast<char>(any_byte ? number(0, 256) : number(32, 127));
  return result;
}

scalar::value_type random_data::leaf(const data_type& type) {
  constexpr std::int64_t day_ms = 86'400'000;
  switch (type.kind()) {
  case type_kind::boolean:
    return chance(0.5);
  case type_kind::tinyint:
    return integer(lowest<std::int8_t>(), highest<std::int8_t>());
  case type_kind::smallint:
    return integer(lowest<std::int16_t>(), highest<std::int16_t>());
  case type_kind::integer:
  case type_kind::date:
  case type_kind::interval_month:
    return integer(lowest<std::int32_t>(), highest<std::int32_t>());
  case type_kind::time:
    return integer(0, day_ms - 1);
  case type_kind::float32:
    return double{static_cast<float>(real())};
  case type_kind::float64:
    return real();
  case type_kind::decimal: {
    auto limit = power_of_ten(type.precision());
    if (chance(0.1))
      return chance(0.5) ? limit - 1 : 1 - limit;
    auto wide = static_cast<int128>(bits()) << 64 | bits();
    return chance(0.5) ? wide % 4 % limit : wide % limit;
  }
  case type_kind::character:
  case type_kind::varchar:
    return text(false, type.precision());
  case type_kind::binary:
  case type_kind::varbinary:
    return text(true, type.precision());
  case type_kind::variant:
    return text(false, text_max);
  case type_kind::bitmap:
    return text(true, text_max);
  default: {
    const auto x = integer(lowest<std::int64_t>(), highest<std::int64_t>());
    if (has_wide_ticks(type))
      return int128{x};
    return x;
  }
  }
}

scalar::value_type random_data::elements(const data_type& type,
                                         double null_share) {
  std::vector<scalar> result;
  const auto& fields = type.fields();
  auto rounds = type.kind() == type_kind::row ? 1 : number(0, elements_max + 1);
  for (std::int64_t i = 0; i < rounds; ++i)
    for (const auto& part : fields)
      result.push_back(value(part.type, null_share));
  return result;
}

scalar random_data::value(const data_type& type, double null_share) {
  if (type.nullable() && chance(null_share))
    return {type, std::monostate{}};
  return {type, type.is_nested() ? elements(type, null_share) : leaf(type)};
}

batch_ptr random_data::rows(const schema_ptr& layout, std::int64_t count,
                            bool changes) {
  std::vector<double> null_shares;
  for (std::size_t i = 0; i < layout->fields.size(); ++i)
    null_shares.push_back(chance(0.33) ? 0.0 : 0.3);
  batch_builder builder{layout};
  std::vector<scalar> values;
  for (std::int64_t row = 0; row < count; ++row) {
    values.clear();
    for (std::size_t i = 0; i < layout->fields.size(); ++i)
      values.push_back(value(layout->fields[i].type, null_shares[i]));
    builder.append(values, changes ? static_cast<change>(number(0, 4))
                                   : change::insert);
  }
  return builder.finish();
}

row_list random_data::some_rows(std::int64_t rows, std::int64_t count) {
  row_list result;
  for (std::int64_t i = 0; i < count && rows > 0; ++i)
    result.push_back(static_cast<std::int32_t>(number(0, rows)));
  return result;
}

} // namespace herald::testing
