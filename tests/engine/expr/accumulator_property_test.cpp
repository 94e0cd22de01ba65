#include "tests/engine/expr/support.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

// Accumulators against a naive model of groups as lists of values; rows are
// split at random over several accumulators whose partials are merged.

namespace herald::test {
namespace {

struct aggregate_case {
  std::string name;
  bool distinct;
  data_type type;
  std::vector<expr_ptr> more = {}; ///< arguments behind the first

  /// The result depends on the order of rows.
  bool ordered() const {
    return name.ends_with("VALUE") || name == "LISTAGG" || name == "ARRAY_AGG"
           || name == "JSON_ARRAYAGG";
  }
};

std::vector<aggregate_case> all_cases() {
  std::vector<aggregate_case> result;
  std::vector<data_type> numbers{
      data_type::of(kind::tinyint), data_type::of(kind::integer),
      data_type::of(kind::bigint), data_type::decimal(12, 2),
      data_type::decimal(38, 0)};
  auto all = numbers;
  for (const auto& type : {string_type(), data_type::of(kind::boolean),
                           data_type::of(kind::date), data_type::timestamp(3)})
    all.push_back(type);
  for (const auto& type : {data_type::of(kind::integer), string_type()})
    for (const auto* name : {"FIRST_VALUE", "LAST_VALUE", "ARRAY_AGG"})
      result.push_back({name, false, type});
  result.push_back({"LISTAGG", false, string_type()});
  auto integer = data_type::of(kind::integer);
  for (const auto* nulls : {"NULL", "ABSENT"})
    result.push_back({"JSON_ARRAYAGG", false, integer, {lit(nulls)}});
  for (auto fraction : {0.0, 0.25, 0.5, 1.0})
    for (const auto* name : {"PERCENTILE", "APPROX_PERCENTILE"})
      result.push_back({name, false, integer, {dbl(fraction)}});
  result.push_back({"BITMAP_BUILD_CARDINALITY_AGG", false, integer});
  for (const auto& type : all)
    result.push_back({"APPROX_COUNT_DISTINCT", false, type});
  for (auto distinct : {false, true}) {
    for (const auto& type : all)
      for (const auto* name : {"COUNT", "MIN", "MAX"})
        result.push_back({name, distinct, type});
    for (const auto& type : numbers)
      for (const auto* name : {"SUM", "$SUM0", "AVG"})
        result.push_back({name, distinct, type});
  }
  return result;
}

scalar random_value(const data_type& type, std::mt19937_64& random) {
  auto number = static_cast<std::int64_t>(random() % 12) - 5;
  if (random() % 5 == 0)
    return null_of(type);
  switch (type.storage()) {
  case storage_kind::bit:
    return {type, number > 0};
  case storage_kind::i128:
    return {type, int128{number} * 1234567};
  case storage_kind::text:
    return {type, std::string(static_cast<std::size_t>(number + 5) * 3, 'x')
                      + std::to_string(number)};
  default:
    return {type, number};
  }
}

/// -1, 0, 1 as the values of `a` and `b`, of one type, are ordered.
int order(const scalar& a, const scalar& b) {
  return std::visit(
      [&](const auto& x) {
        using stored = std::remove_cvref_t<decltype(x)>;
        if constexpr (std::is_same_v<stored, std::vector<scalar>>) {
          return 0; // no nested values here
        } else {
          const auto& y = std::get<stored>(b.value);
          return x < y ? -1 : y < x ? 1 : 0;
        }
      },
      a.value);
}

/// `values` without repeats, in order of their first appearance.
std::vector<scalar> without_repeats(const std::vector<scalar>& values) {
  std::vector<scalar> result;
  for (const auto& v : values)
    if (std::find(result.begin(), result.end(), v) == result.end())
      result.push_back(v);
  return result;
}

/// The elements as JSON.
std::string json_array(const std::vector<scalar>& values, bool keep_nulls) {
  std::string result = "[";
  for (const auto& v : values)
    if (!v.is_null() || keep_nulls)
      result += (result.size() > 1 ? "," : "")
                + (v.is_null() ? "null" : to_string(v));
  return result + "]";
}

/// The value at `fraction` of numbers in order, between two in proportion.
std::string percentile(const std::vector<scalar>& sorted, double fraction) {
  auto place = static_cast<double>(sorted.size() - 1) * fraction;
  auto at = [&](double index) {
    return static_cast<double>(
        std::get<std::int64_t>(sorted[static_cast<std::size_t>(index)].value));
  };
  auto low = std::floor(place);
  auto high = std::ceil(place);
  auto value = low == high
                   ? at(low)
                   : (high - place) * at(low) + (place - low) * at(high);
  return to_string(scalar{data_type::of(kind::float64), value});
}

/// What `x` gives for a group of `values`, as a text.
std::string model(const aggregate_case& x, std::vector<scalar> values) {
  if (x.name == "ARRAY_AGG")
    return values.empty() ? "NULL"
                          : to_string(scalar{data_type::array(x.type), values});
  if (x.name == "JSON_ARRAYAGG")
    return json_array(values, to_string(x.more[0]->literal) == "NULL");
  std::erase_if(values, [](const scalar& v) { return v.is_null(); });
  auto less = [](const scalar& a, const scalar& b) { return order(a, b) < 0; };
  if (x.name == "APPROX_COUNT_DISTINCT")
    return std::to_string(without_repeats(values).size());
  if (x.name == "BITMAP_BUILD_CARDINALITY_AGG" && !values.empty())
    return std::to_string(without_repeats(values).size());
  if (x.name.ends_with("PERCENTILE") && !values.empty()) {
    std::sort(values.begin(), values.end(), less);
    return percentile(values, std::get<double>(x.more[0]->literal.value));
  }
  if (x.distinct) {
    std::set<scalar, decltype(less)> unique(values.begin(), values.end(), less);
    values.assign(unique.begin(), unique.end());
  }
  if (x.name == "LISTAGG" && !values.empty()) {
    std::string text;
    for (const auto& v : values)
      text += (text.empty() ? "" : ",") + to_string(v);
    return text;
  }
  if (x.name == "FIRST_VALUE" && !values.empty())
    return to_string(values.front());
  if (x.name == "LAST_VALUE" && !values.empty())
    return to_string(values.back());
  if (x.name == "COUNT")
    return std::to_string(values.size());
  if (x.name == "MIN" || x.name == "MAX") {
    if (values.empty())
      return "NULL";
    auto at = x.name == "MIN"
                  ? std::min_element(values.begin(), values.end(), less)
                  : std::max_element(values.begin(), values.end(), less);
    return to_string(*at);
  }
  if (values.empty() && x.name != "$SUM0")
    return "NULL";
  auto is_decimal = x.type.kind() == kind::decimal;
  int128 sum = 0;
  for (const auto& v : values)
    sum += is_decimal ? std::get<int128>(v.value)
                      : int128{std::get<std::int64_t>(v.value)};
  auto count = static_cast<int128>(values.size());
  if (!is_decimal) {
    auto result = x.name == "AVG" ? sum / count : sum;
    return to_string(scalar{
        x.type, static_cast<std::int64_t>(x.type.kind() == kind::tinyint
                                              ? static_cast<std::int8_t>(result)
                                              : result)});
  }
  if (x.name != "AVG")
    return to_string(scalar{data_type::decimal(38, x.type.scale()), sum});
  auto scaled = sum;
  for (int i = x.type.scale(); i < 6; ++i)
    scaled *= 10;
  auto half = scaled % count * 2;
  auto result = scaled / count;
  if (half >= count)
    ++result;
  else if (half <= -count)
    --result;
  return to_string(scalar{data_type::decimal(38, 6), result});
}

struct row {
  std::int32_t group;
  scalar value;
  bool taken_back; ///< added, and taken back later
};

class accumulator_property : public ::testing::TestWithParam<std::uint64_t> {
protected:
  /// Adds `rows` in batches; every batch a random one of `parts`.
  void add(const aggregate_case& x, const aggregate_call& call,
           const std::vector<row>& rows,
           const std::vector<std::int8_t>& changes,
           std::vector<std::unique_ptr<accumulator>>& parts) {
    for (std::size_t at = 0; at < rows.size();) {
      auto count = std::min<std::size_t>(1 + random_() % 20, rows.size() - at);
      auto builder = make_builder(x.type);
      std::vector<std::int32_t> groups;
      row_list chosen;
      std::vector<std::int8_t> change;
      auto use_list = random_() % 2 == 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (use_list && random_() % 3 == 0) { // a row that is not chosen
          builder->append(random_value(x.type, random_));
          change.push_back(0);
        }
        chosen.push_back(static_cast<std::int32_t>(builder->length()));
        builder->append(rows[at + i].value);
        change.push_back(changes[at + i]);
        groups.push_back(rows[at + i].group);
      }
      auto all_inserts = std::count(change.begin(), change.end(), 0)
                         == static_cast<std::ptrdiff_t>(change.size());
      auto index = x.ordered() ? at * parts.size() / rows.size()
                               : random_() % parts.size();
      auto& part = parts[index];
      batch input;
      input.rows = builder->length();
      input.columns = {builder->finish()};
      std::vector<column_ptr> args;
      for (const auto& arg : call.args)
        args.push_back(*evaluate_column(*arg, input, {}));
      auto status = part->add(args, use_list ? &chosen : nullptr, groups,
                              all_inserts ? nullptr : change.data());
      ASSERT_TRUE(status.ok()) << status;
      at += count;
    }
  }

  std::mt19937_64 random_{GetParam()};
};

constexpr int groups_used = 4;

TEST_P(accumulator_property, agrees_with_the_model_after_merging) {
  for (const auto& x : all_cases()) {
    for (auto retractable : {false, true}) {
      if (retractable && x.ordered())
        continue; // equal values may trade places
      std::vector<expr_ptr> args{make_column(0, x.type)};
      args.insert(args.end(), x.more.begin(), x.more.end());
      auto call = make_aggregate(x.name, args, x.distinct, nullptr, true);
      ASSERT_TRUE(call.ok()) << call.status();
      std::vector<row> rows;
      std::vector<std::int8_t> changes;
      for (int i = 0; i < 60; ++i) {
        auto group = static_cast<std::int32_t>(random_() % groups_used);
        rows.push_back({group, random_value(x.type, random_),
                        retractable && random_() % 3 == 0});
        changes.push_back(0);
      }
      std::map<std::int32_t, std::vector<scalar>> kept;
      for (std::size_t i = 0; i < 60; ++i) {
        if (!rows[i].taken_back) {
          kept[rows[i].group].push_back(rows[i].value);
          continue;
        }
        rows.push_back(rows[i]);
        changes.push_back(static_cast<std::int8_t>(change::remove));
      }
      std::vector<std::unique_ptr<accumulator>> parts;
      for (int i = 0; i < 3; ++i) {
        parts.push_back(make_accumulator(*call, retractable));
        parts.back()->resize(groups_used);
      }
      add(x, *call, rows, changes, parts);
      auto merged = make_accumulator(*call, retractable);
      merged->resize(groups_used + 1);
      std::vector<std::int32_t> from{3, 0, 2, 1};
      std::vector<std::int32_t> to{4, 1, 3, 2}; // one more each
      for (const auto& part : parts) {
        auto columns = part->partial(from);
        auto types = part->partial_types();
        ASSERT_EQ(columns.size(), types.size());
        for (std::size_t i = 0; i < types.size(); ++i) {
          EXPECT_EQ(columns[i]->length, 4);
          EXPECT_TRUE(columns[i]->type == types[i])
              << columns[i]->type.to_string();
        }
        merged->merge(columns, to);
      }
      auto result = merged->result(to);
      EXPECT_TRUE(result->type.same_kind(call->type));
      for (std::size_t i = 0; i < from.size(); ++i)
        EXPECT_EQ(to_string(value_at(*result, static_cast<std::int64_t>(i))),
                  model(x, kept[from[i]]))
            << to_string(*call) << " of " << x.type.to_string()
            << (retractable ? " with retractions" : "");
      merged->clear(to);
      EXPECT_EQ(to_string(value_at(*merged->result(to), 0)), model(x, {}));
      EXPECT_GT(merged->memory_bytes(), 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, accumulator_property,
                         ::testing::Range(std::uint64_t{1},
                                          1 + herald::testing::seed_count(20)));

} // namespace
} // namespace herald::test
