#include "engine/columnar/builder.hpp"
#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/decoding.hpp"
#include "tests/support/seeds.hpp"

#include <bit>
#include <cmath>
#include <random>

#include <fmt/format.h>

namespace herald {
namespace {

using test::decoder_of;
using random_engine = std::mt19937_64;

// -- random values ------------------------------------------------------------

class random_values {
public:
  explicit random_values(std::uint64_t seed) : random_(seed) {}

  data_type type(int depth) {
    switch (below(depth > 0 ? 18 : 14)) {
    case 0:
      return data_type::of(type_kind::boolean);
    case 1:
      return data_type::of(type_kind::tinyint);
    case 2:
      return data_type::of(type_kind::smallint);
    case 3:
      return data_type::of(type_kind::integer);
    case 4:
      return data_type::of(type_kind::bigint);
    case 5:
      return data_type::of(type_kind::float32);
    case 6:
      return data_type::of(type_kind::float64);
    case 7: {
      auto precision = 1 + below(38);
      return data_type::decimal(precision, below(precision + 1));
    }
    case 8:
      return data_type::of(type_kind::varbinary);
    case 9:
      return data_type::of(type_kind::date);
    case 10:
      return data_type::of(type_kind::time).with_precision(below(4));
    case 11:
      return data_type::timestamp(below(10));
    case 12:
      return data_type::timestamp_ltz(below(10));
    case 14:
      return data_type::array(type(depth - 1));
    case 15:
      return data_type::map(
          data_type::of(type_kind::varchar).with_nullable(false),
          type(depth - 1));
    case 16:
    case 17:
      return data_type::row(fields(depth - 1));
    default:
      return data_type::of(type_kind::varchar);
    }
  }

  std::vector<field> fields(int depth) {
    std::vector<field> result;
    auto count = 1 + below(4);
    for (int i = 0; i < count; ++i)
      result.push_back({fmt::format("{}{}", text(3), i), type(depth)});
    return result;
  }

  scalar value(const data_type& type) {
    if (type.nullable() && below(5) == 0)
      return {type, {}};
    switch (type.kind()) {
    case type_kind::boolean:
      return {type, below(2) == 0};
    case type_kind::tinyint:
      return {type, number(-128, 127)};
    case type_kind::smallint:
      return {type, number(-32768, 32767)};
    case type_kind::integer:
      return {type, number(INT32_MIN, INT32_MAX)};
    case type_kind::bigint:
      return {type, number(INT64_MIN, INT64_MAX)};
    case type_kind::float32:
      return {type, static_cast<double>(static_cast<float>(floating()))};
    case type_kind::float64:
      return {type, floating()};
    case type_kind::decimal:
      return {type, decimal(type.precision())};
    case type_kind::varbinary:
      return {type, bytes()};
    case type_kind::date:
      return {type, number(-700'000, 2'900'000)};
    case type_kind::time:
      return {type, rounded(number(0, 86'399'999), 3 - type.precision())};
    case type_kind::timestamp:
    case type_kind::timestamp_ltz:
      return timestamp_value(type, moment(type));
    default:
      return type.is_nested() ? nested(type) : scalar{type, text(20)};
    }
  }

private:
  int below(int n) {
    return static_cast<int>(random_() % static_cast<std::uint64_t>(n));
  }

  std::int64_t number(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  static std::int64_t rounded(std::int64_t x, int digits) {
    std::int64_t unit = 1;
    for (int i = 0; i < digits; ++i)
      unit *= 10;
    return x / unit * unit;
  }

  double floating() {
    auto x = std::bit_cast<double>(random_());
    // As a FLOAT it must not become infinite either.
    return std::isfinite(x) && std::fabs(x) < 1e38 ? x : 0.5;
  }

  int128 decimal(int precision) {
    auto limit = power_of_ten(precision);
    auto x = (static_cast<int128>(random_() >> 1) << 64 | random_()) % limit;
    return below(2) == 0 ? x : -x;
  }

  /// Of the years 0001 to 9999.
  int128 moment(const data_type& type) {
    auto ticks = type.ticks_per_second();
    int digits = ticks == 1000 ? 3 : ticks == 1'000'000 ? 6 : 9;
    const int128 seconds = number(-62'135'596'800, 253'402'300'799);
    return seconds * ticks
           + rounded(number(0, ticks - 1), digits - type.precision());
  }

  std::string bytes() {
    std::string result;
    for (int left = below(20); left > 0; --left)
      result.push_back(static_cast<char>(below(256)));
    return result;
  }

  std::string text(int length_max) {
    static const std::vector<std::string> letters{
        "a", "b", "\"", "\\", "\n", "\t", "\x01", "é", "€",
        "😀", " ", "/",  "{",  "[",  ":",  ",",    "x"};
    std::string result;
    for (int left = below(length_max); left > 0; --left)
      result += letters[random_() % letters.size()];
    return result;
  }

  scalar nested(const data_type& type) {
    std::vector<scalar> values;
    const auto& fields = type.fields();
    if (type.kind() == type_kind::row) {
      for (const auto& x : fields)
        values.push_back(value(x.type));
    } else {
      for (int i = below(4); i > 0; --i) {
        if (type.kind() == type_kind::map)
          values.push_back({fields[0].type, fmt::format("{}{}", text(5), i)});
        values.push_back(value(fields.back().type));
      }
    }
    return {type, std::move(values)};
  }

  random_engine random_;
};

TEST(json, reads_back_whatever_it_writes) {
  for (std::uint64_t seed = 0; seed < testing::seed_count(200); ++seed) {
    random_values random(seed);
    auto fields = random.fields(3);
    auto layout = std::make_shared<schema>(schema{fields});
    batch_builder builder(layout);
    for (int row = 0; row < 50; ++row) {
      std::vector<scalar> values;
      for (const auto& x : fields)
        values.push_back(random.value(x.type));
      builder.append(values);
    }
    auto expected = builder.finish();
    for (const char* standard : {"SQL", "ISO-8601"})
      for (const char* ignore_nulls : {"false", "true"}) {
        option_map options{{"json.timestamp-format.standard", standard},
                           {"json.encode.ignore-null-fields", ignore_nulls}};
        auto encode = make_encoder("json", layout, options);
        ASSERT_TRUE(encode.ok()) << encode.status();
        documents input;
        for (std::int64_t row = 0; row < expected->rows; ++row) {
          std::string text;
          (*encode)->encode(*expected, row, text);
          input.append(text);
        }
        auto got = decoder_of(fields, options)->decode(input);
        ASSERT_TRUE(got.bad.empty())
            << seed << ": " << input[static_cast<std::size_t>(got.bad[0].index)]
            << "\n"
            << got.bad[0].reason;
        ASSERT_EQ(got.rows->rows, expected->rows);
        for (std::size_t i = 0; i < fields.size(); ++i)
          for (std::int64_t row = 0; row < expected->rows; ++row)
            ASSERT_EQ(value_at(*got.rows->columns[i], row),
                      value_at(*expected->columns[i], row))
                << seed << ": " << fields[i].type.to_string() << "\n"
                << input[static_cast<std::size_t>(row)];
      }
  }
}
} // namespace
} // namespace herald
