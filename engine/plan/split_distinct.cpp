#include "engine/plan/split_distinct.hpp"

#include "engine/plan/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

// As Flink's SplitAggregateRule. Of several distinct values each row counts
// once for each, by grouping sets; calls without DISTINCT go with the first.

namespace herald {

namespace {

constexpr int buckets_default = 1024; ///< Flink's

/// How the results of the parts are put together.
struct parted_call {
  std::string_view name;
  std::string_view of_parts;
};

constexpr std::array<parted_call, 5> parted = {{{"COUNT", "$SUM0"},
                                                {"SUM", "SUM"},
                                                {"$SUM0", "$SUM0"},
                                                {"MIN", "MIN"},
                                                {"MAX", "MAX"}}};

constexpr std::string_view average = "AVG";

/// Of the DECIMAL that AVG takes a count for.
constexpr int count_digits = 20;

std::string_view name_over_parts(const aggregate_call& x) {
  const auto found
      = std::find_if(parted.begin(), parted.end(),
                     [&](const auto& y) { return y.name == x.name; });
  return found == parted.end() ? std::string_view() : found->of_parts;
}

/// True if it is NULL without rows.
bool gives_null(const aggregate_call& x) {
  return x.name != "COUNT" && x.name != "$SUM0";
}

/// What AVG adds up in.
data_type sum_type(const data_type& x) {
  if (x.kind() == type_kind::decimal)
    return x;
  const bool real
      = x.kind() == type_kind::float32 || x.kind() == type_kind::float64;
  return data_type::of(real ? type_kind::float64 : type_kind::bigint)
      .with_nullable(x.nullable());
}

std::size_t place_of(const std::vector<expr_ptr>& values, const expr& value) {
  const auto found
      = std::find_if(values.begin(), values.end(),
                     [&](const auto& x) { return equal(*x, value); });
  return static_cast<std::size_t>(found - values.begin());
}

class distinct_splitter {
public:
  distinct_splitter(std::vector<expr_ptr> values, bool grouped, int buckets)
      : values_(std::move(values)), grouped_(grouped), buckets_(buckets) {}

  absl::StatusOr<distinct_split>
  split(plan_ptr input, const std::vector<aggregate_call>& calls) {
    HERALD_TRY(add_buckets(std::move(input)));
    for (const auto& call : calls) {
      const auto place
          = call.distinct ? place_of(values_, *call.args[0]) : std::size_t{0};
      if (call.name == average) {
        HERALD_TRY(add_average(call, place));
        continue;
      }
      HERALD_ASSIGN(const int at, add(call, place));
      made_.results.emplace_back(at, -1);
    }
    return std::move(made_);
  }

private:
  /// Puts what rows are divided by behind their columns.
  absl::Status add_buckets(plan_ptr input) {
    auto columns = columns_of(input->columns);
    auto names = names_of(input->columns);
    const scalar count{data_type::of(type_kind::integer).with_nullable(false),
                       std::int64_t{buckets_}};
    expand_spec sets;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      HERALD_ASSIGN(auto bucket,
                    make_call("$BUCKET", {values_[i], make_literal(count)}));
      sets.keys.push_back(static_cast<int>(columns.size()));
      sets.sets.emplace_back(values_.size(), false);
      sets.sets.back()[i] = true;
      columns.push_back(std::move(bucket));
      names.push_back("$bucket");
    }
    made_.keys = sets.keys;
    made_.rows = make_project(std::move(input), std::move(columns), names);
    if (values_.size() == 1)
      return absl::OkStatus();
    for (auto& key : made_.keys)
      key += static_cast<int>(values_.size());
    made_.rows = make_expand(std::move(made_.rows), std::move(sets));
    made_.keys.push_back(static_cast<int>(made_.rows->columns.size()) - 1);
    set_ = column_of(made_.rows->columns, made_.keys.back());
    return absl::OkStatus();
  }

  /// The place of a call of the first aggregation, made if there is none. It
  /// sees the rows of the grouping set `place` alone.
  absl::StatusOr<int> add(aggregate_call call, std::size_t place) {
    if (set_) {
      const scalar number{set_->type, static_cast<std::int64_t>(place)};
      HERALD_ASSIGN(auto mine, make_call("=", {set_, make_literal(number)}));
      if (call.filter) {
        HERALD_ASSIGN(mine, make_call("AND", {std::move(mine), call.filter}));
      }
      call.filter = std::move(mine);
    }
    auto& calls = made_.calls;
    const auto found
        = std::find_if(calls.begin(), calls.end(),
                       [&](const auto& x) { return equal(x, call); });
    const auto at = found - calls.begin();
    if (found == calls.end())
      calls.push_back(std::move(call));
    return static_cast<int>(at);
  }

  absl::Status add_average(const aggregate_call& call, std::size_t place) {
    const auto& value = call.args[0];
    HERALD_ASSIGN(auto wide, make_cast(value, sum_type(value->type)));
    const auto add_call
        = [&](std::string_view name, expr_ptr arg) -> absl::StatusOr<int> {
      HERALD_ASSIGN(auto made,
                    make_aggregate(name, {std::move(arg)}, call.distinct,
                                   call.filter, grouped_));
      return add(std::move(made), place);
    };
    HERALD_ASSIGN(const int sum, add_call("SUM", std::move(wide)));
    HERALD_ASSIGN(const int count, add_call("COUNT", value));
    made_.results.emplace_back(sum, count);
    return absl::OkStatus();
  }

  std::vector<expr_ptr> values_;
  bool grouped_;
  int buckets_;
  expr_ptr set_; ///< number of the grouping set; null: there is but one value
  distinct_split made_;
};

/// `sum` / `count`, or NULL if nothing was counted.
absl::StatusOr<expr_ptr> quotient(expr_ptr sum, expr_ptr count,
                                  const data_type& type) {
  if (type.nullable()) {
    const scalar zero{count->type, std::int64_t{0}};
    HERALD_ASSIGN(count,
                  make_call("NULLIF", {std::move(count), make_literal(zero)}));
  }
  if (type.kind() == type_kind::decimal) {
    HERALD_ASSIGN(count, make_cast(std::move(count),
                                   data_type::decimal(count_digits, 0)));
  }
  HERALD_ASSIGN(auto result,
                make_call("/", {std::move(sum), std::move(count)}));
  return make_cast(std::move(result), type);
}

} // namespace

int distinct_buckets(const session_options& options) {
  const auto on = options.value(settings::split_key);
  if (!on || !settings::same_word(*on, "true"))
    return 0;
  int result = buckets_default;
  if (const auto number = options.value(settings::buckets_key))
    std::from_chars(number->data(), number->data() + number->size(), result);
  return result;
}

std::vector<expr_ptr>
distinct_values(const std::vector<aggregate_call>& calls) {
  std::vector<expr_ptr> result;
  for (const auto& call : calls)
    if (call.distinct && place_of(result, *call.args[0]) == result.size())
      result.push_back(call.args[0]);
  return result;
}

bool can_split(const std::vector<aggregate_call>& calls) {
  const bool several = distinct_values(calls).size() > 1;
  return std::all_of(calls.begin(), calls.end(), [&](const auto& x) {
    return !x.user && (x.name == average || !name_over_parts(x).empty())
           && (!x.distinct || x.args[0]->steady)
           && (!several || !gives_null(x) || x.type.nullable());
  });
}

absl::StatusOr<distinct_split>
split_distinct(plan_ptr input, const std::vector<aggregate_call>& calls,
               bool grouped, int buckets) {
  return distinct_splitter(distinct_values(calls), grouped, buckets)
      .split(std::move(input), calls);
}

absl::StatusOr<std::vector<aggregate_call>>
calls_over_parts(const distinct_split& split, const plan_node& parts,
                 const std::vector<int>& columns, bool grouped) {
  std::vector<aggregate_call> result;
  for (std::size_t i = 0; i < split.calls.size(); ++i) {
    const auto& call = split.calls[i];
    HERALD_ASSIGN(auto made,
                  make_aggregate(name_over_parts(call),
                                 {column_of(parts.columns, columns[i])}, false,
                                 nullptr, grouped));
    made.type = call.type;
    result.push_back(std::move(made));
  }
  return result;
}

absl::StatusOr<std::vector<expr_ptr>>
results_of_parts(const distinct_split& split,
                 const std::vector<aggregate_call>& calls,
                 const std::vector<expr_ptr>& given) {
  std::vector<expr_ptr> result;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto [first, count] = split.results[i];
    auto value = given[static_cast<std::size_t>(first)];
    if (count >= 0) {
      HERALD_ASSIGN(value, quotient(std::move(value),
                                    given[static_cast<std::size_t>(count)],
                                    calls[i].type));
    }
    result.push_back(std::move(value));
  }
  return result;
}

} // namespace herald
