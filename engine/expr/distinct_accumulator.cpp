#include "engine/expr/counted_map.hpp"

#include <functional>

#include <absl/container/flat_hash_map.h>

// DISTINCT for any aggregate: keeps how often each value is there, and tells
// the aggregate only when a value appears or goes away.

namespace herald {

namespace {

/// Hashes kept values and what they are read as alike.
struct value_hash {
  using is_transparent = void;

  template <class T>
  std::size_t operator()(const T& x) const {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      return std::hash<std::string_view>{}(x);
    } else if constexpr (std::is_same_v<T, int128>) {
      return mix(static_cast<std::uint64_t>(x)
                 ^ mix(static_cast<std::uint64_t>(x >> 64)));
    } else if constexpr (std::is_floating_point_v<T>) {
      return std::hash<T>{}(x);
    } else {
      return mix(static_cast<std::uint64_t>(x));
    }
  }

  static std::uint64_t mix(std::uint64_t x) {
    auto wide = static_cast<unsigned __int128>(x) * 0x9e3779b97f4a7c15ull;
    return static_cast<std::uint64_t>(wide)
           ^ static_cast<std::uint64_t>(wide >> 64);
  }
};

/// NaN is one value.
struct value_equal {
  using is_transparent = void;

  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    if constexpr (std::is_floating_point_v<A>)
      return a == b || (a != a && b != b);
    else
      return a == b;
  }
};

template <class T>
class distinct_accumulator final : public accumulator {
public:
  /// `keep_nulls`: NULL is a value, once.
  distinct_accumulator(data_type argument, std::unique_ptr<accumulator> inner,
                       bool keep_nulls)
      : argument_(std::move(argument)), inner_(std::move(inner)),
        keep_nulls_(keep_nulls) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
    if (keep_nulls_)
      resize_states(nulls_, groups);
    inner_->resize(groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    if (x.null_count == x.length && !keep_nulls_)
      return absl::OkStatus();
    value_reader<T> values(x);
    transitions step;
    for_each_added(keep_nulls_ ? nullptr : &x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     if (keep_nulls_
                         && x.is_null(static_cast<std::int64_t>(row)))
                       note(nulls_[group], sign, group, row, step);
                     else
                       count(group, values[row], sign, row, step);
                   });
    return pass_on(args, step);
  }

  std::vector<data_type> partial_types() const override {
    auto count = data_type::of(type_kind::bigint).with_nullable(false);
    std::vector<data_type> result{
        data_type::map(argument_.with_nullable(false), count)
            .with_nullable(false)};
    if (keep_nulls_)
      result.push_back(count);
    return result;
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    counted_map_builder<T> out(partial_types()[0], groups.size());
    for (auto group : groups) {
      for (const auto& [value, n] : states_[static_cast<std::size_t>(group)])
        out.push(value, n);
      out.close();
    }
    std::vector<column_ptr> result{out.finish()};
    if (keep_nulls_)
      result.push_back(counts_of_groups(groups, nulls_));
    return result;
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    transitions step;
    read_counted_map<T>(
        *partials[0], groups,
        [&](std::size_t group, T value, std::int64_t n, std::size_t entry) {
          count(group, value, n, entry, step);
        });
    const auto& keys = partials[0]->children[0]->children[0];
    // Adding values that were accepted before cannot fail.
    pass_on({keys}, step).IgnoreError();
    if (keep_nulls_)
      merge_nulls(*partials[1], groups);
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    return inner_->result(groups);
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
    if (keep_nulls_)
      for (auto group : groups)
        nulls_[static_cast<std::size_t>(group)] = 0;
    inner_->clear(groups);
  }

  std::int64_t memory_bytes() const override {
    auto result = inner_->memory_bytes()
                  + static_cast<std::int64_t>(states_.capacity()
                                              * sizeof(value_counts));
    for (const auto& group : states_) {
      result += static_cast<std::int64_t>(
          group.capacity() * (sizeof(typename value_counts::value_type) + 1));
      if constexpr (std::is_same_v<T, std::string_view>)
        for (const auto& [value, n] : group)
          result += far_bytes(value);
    }
    return result;
  }

private:
  using value_counts
      = absl::flat_hash_map<kept_t<T>, std::int64_t, value_hash, value_equal>;

  /// Values that appeared or went away in one call.
  struct transitions {
    row_list rows;
    std::vector<std::int32_t> groups;
    std::vector<std::int8_t> changes; ///< one a row of `rows`
    bool retracts = false;
  };

  void count(std::size_t group, T value, std::int64_t by, std::size_t row,
             transitions& to) {
    auto& counts = states_[group];
    auto at = counts.find(value);
    if (at == counts.end())
      at = counts.emplace(kept_t<T>(value), 0).first;
    note(at->second, by, group, row, to);
    if (at->second == 0)
      counts.erase(at);
  }

  /// Changes a count; notes if its value appears or goes away.
  static void note(std::int64_t& counted, std::int64_t by, std::size_t group,
                   std::size_t row, transitions& to) {
    auto before = counted > 0;
    counted += by;
    auto after = counted > 0;
    if (before == after)
      return;
    to.rows.push_back(static_cast<std::int32_t>(row));
    to.groups.push_back(static_cast<std::int32_t>(group));
    to.changes.push_back(
        static_cast<std::int8_t>(after ? change::insert : change::remove));
    to.retracts = to.retracts || !after;
  }

  void merge_nulls(const column& counts, std::span<const std::int32_t> groups) {
    transitions step;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      auto group = static_cast<std::size_t>(groups[i]);
      note(nulls_[group], counts.as<std::int64_t>()[i], group, 0, step);
    }
    pass_on({null_column(argument_.with_nullable(true), 1)}, step)
        .IgnoreError();
  }

  absl::Status pass_on(const std::vector<column_ptr>& args,
                       const transitions& step) {
    if (step.rows.empty())
      return absl::OkStatus();
    if (!step.retracts)
      return inner_->add(args, &step.rows, step.groups, nullptr);
    // The inner aggregate looks changes up by row, and a row can stand here
    // twice: gather the rows first.
    std::vector<column_ptr> gathered;
    for (const auto& arg : args)
      gathered.push_back(take(*arg, step.rows));
    return inner_->add(gathered, nullptr, step.groups, step.changes.data());
  }

  data_type argument_;
  std::unique_ptr<accumulator> inner_;
  bool keep_nulls_;
  std::vector<value_counts> states_;
  std::vector<std::int64_t> nulls_; ///< only if they are kept
};

} // namespace

std::unique_ptr<accumulator> make_distinct(const aggregate_call& call,
                                           std::unique_ptr<accumulator> inner) {
  const auto& type = call.args[0]->type;
  return with_storage(
      type.storage(), [&](auto example) -> std::unique_ptr<accumulator> {
        return std::make_unique<distinct_accumulator<decltype(example)>>(
            type, std::move(inner), call.name == "ARRAY_AGG");
      });
}

} // namespace herald
