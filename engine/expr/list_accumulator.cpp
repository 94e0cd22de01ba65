#include "engine/columnar/builder.hpp"
#include "engine/expr/kept_values.hpp"
#include "engine/expr/value_state.hpp"

#include <unordered_map>

// Aggregates that keep their values, in order of arrival: ARRAY_AGG, LISTAGG,
// COLLECT, SINGLE_VALUE, and FIRST_VALUE and LAST_VALUE with retractions. A
// row that is taken back removes the first value that equals it.

namespace herald {

namespace {

enum class list_result : std::uint8_t {
  array,
  text,
  multiset,
  first,
  last,
  only,
};

class list_accumulator final : public accumulator {
public:
  list_accumulator(list_result what, const aggregate_call& call)
      : what_(what), element_(call.args[0]->type.with_nullable(true)),
        type_(call.type) {
    if (what == list_result::text && call.args.size() > 1)
      separator_ = to_string(call.args[1]->literal);
  }

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    const auto& x = *args[0];
    auto keep_nulls = what_ == list_result::array || what_ == list_result::only;
    for_each_added(keep_nulls ? nullptr : &x, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     auto value = value_at(x, static_cast<std::int64_t>(row));
                     value.type = element_;
                     if (sign > 0)
                       states_[group].add(std::move(value));
                     else
                       states_[group].remove(value);
                   });
    if (what_ != list_result::only)
      return absl::OkStatus();
    for (auto group : groups)
      if (states_[static_cast<std::size_t>(group)].size() > 1)
        return user_error("a subquery that is used as a value has more than "
                          "one row",
                          "ask for MAX or LIMIT 1 there, or say IN");
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    return {data_type::array(element_).with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    auto type = partial_types()[0];
    auto builder = make_builder(type);
    for (auto group : groups)
      builder->append({type, states_[static_cast<std::size_t>(group)].all()});
    return {builder->finish()};
  }

  /// What is merged came after what is here.
  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      auto list = value_at(*partials[0], static_cast<std::int64_t>(i));
      auto& to = states_[static_cast<std::size_t>(groups[i])];
      for (auto& value : std::get<std::vector<scalar>>(list.value))
        to.add(std::move(value));
    }
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    for (auto group : groups) {
      const auto& values = states_[static_cast<std::size_t>(group)];
      if (values.empty() && what_ != list_result::multiset)
        builder->append_null();
      else
        builder->append(result_of(values));
    }
    return builder->finish();
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    auto result
        = static_cast<std::int64_t>(states_.capacity() * sizeof(states_[0]));
    for (const auto& values : states_)
      result += values.memory_bytes();
    return result;
  }

private:
  using value_list = std::vector<scalar>;

  scalar result_of(const kept_values& list) const {
    switch (what_) {
    case list_result::array:
      return {type_, list.all()};
    case list_result::text:
      return {type_, joined(list.all())};
    case list_result::multiset:
      return {type_, counted(list.all())};
    case list_result::last:
      return {type_, list.back().value};
    default:
      return {type_, list.front().value};
    }
  }

  std::string joined(const value_list& list) const {
    std::string result;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0)
        result += separator_;
      result += std::get<std::string>(list[i].value);
    }
    return result;
  }

  /// Each value once, followed by how often it is there.
  value_list counted(const value_list& list) const {
    value_list result;
    auto count_type = type_.fields()[1].type;
    const auto hash = [](const scalar* x) { return hash_of(*x); };
    const auto same
        = [](const scalar* x, const scalar* y) { return same_value(*x, *y); };
    std::unordered_map<const scalar*, std::size_t, decltype(hash),
                       decltype(same)>
        places(list.size(), hash, same);
    for (const auto& value : list) {
      const auto [place, is_new] = places.emplace(&value, result.size());
      if (is_new) {
        result.push_back({type_.fields()[0].type, value.value});
        result.push_back({count_type, std::int64_t{0}});
      }
      ++std::get<std::int64_t>(result[place->second + 1].value);
    }
    return result;
  }

  list_result what_;
  data_type element_;
  data_type type_;
  std::string separator_ = ",";
  std::vector<kept_values> states_;
};

} // namespace

std::unique_ptr<accumulator> make_list(const aggregate_call& call, bool) {
  auto what = call.name == "ARRAY_AGG"      ? list_result::array
              : call.name == "LISTAGG"      ? list_result::text
              : call.name == "COLLECT"      ? list_result::multiset
              : call.name == "LAST_VALUE"   ? list_result::last
              : call.name == "SINGLE_VALUE" ? list_result::only
                                            : list_result::first;
  return std::make_unique<list_accumulator>(what, call);
}

} // namespace herald
