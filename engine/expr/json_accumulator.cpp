#include "engine/columnar/builder.hpp"
#include "engine/expr/json_text.hpp"
#include "engine/expr/value_state.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

// JSON_ARRAYAGG and JSON_OBJECTAGG. Their values come as texts of JSON; the
// last argument is 'NULL' or 'ABSENT', for values that are NULL.

namespace herald {

namespace {

bool keeps_nulls(const aggregate_call& call) {
  return to_string(call.args.back()->literal) == "NULL";
}

/// The JSON of row `row`; nullopt for a NULL that is left out.
std::optional<std::string> json_of(const column& x, std::size_t row,
                                   bool keep_nulls) {
  auto at = static_cast<std::int64_t>(row);
  if (!x.is_null(at))
    return std::string(x.text(at));
  return keep_nulls ? std::optional<std::string>("null") : std::nullopt;
}

// -- JSON_ARRAYAGG ------------------------------------------------------------

/// Elements in order of arrival. A row that is taken back removes the first
/// that equals it.
class json_list_accumulator final : public accumulator {
public:
  explicit json_list_accumulator(const aggregate_call& call)
      : type_(call.type), keep_nulls_(keeps_nulls(call)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    for_each_added(nullptr, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     auto json = json_of(*args[0], row, keep_nulls_);
                     auto& list = states_[group];
                     if (!json)
                       return;
                     if (sign > 0) {
                       list.push_back(*std::move(json));
                       return;
                     }
                     auto at = std::find(list.begin(), list.end(), *json);
                     if (at != list.end())
                       list.erase(at);
                   });
    return absl::OkStatus();
  }

  std::vector<data_type> partial_types() const override {
    auto text = data_type::of(type_kind::varchar).with_nullable(false);
    return {data_type::array(text).with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    auto type = partial_types()[0];
    auto builder = make_builder(type);
    for (auto group : groups) {
      std::vector<scalar> list;
      for (const auto& json : states_[static_cast<std::size_t>(group)])
        list.push_back({type.fields()[0].type, json});
      builder->append({type, std::move(list)});
    }
    return {builder->finish()};
  }

  /// What is merged came after what is here.
  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    const auto& texts = *partials[0]->children[0];
    auto offsets = partials[0]->offsets();
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (auto at = offsets[i]; at < offsets[i + 1]; ++at)
        states_[static_cast<std::size_t>(groups[i])].emplace_back(
            texts.text(at));
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    for (auto group : groups) {
      std::string json = "[";
      for (const auto& element : states_[static_cast<std::size_t>(group)]) {
        if (json.size() > 1)
          json += ',';
        json += element;
      }
      json += ']';
      builder->append({type_, std::move(json)});
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
    for (const auto& list : states_) {
      result
          += static_cast<std::int64_t>(list.capacity() * sizeof(std::string));
      for (const auto& json : list)
        result += far_bytes(json);
    }
    return result;
  }

private:
  data_type type_;
  bool keep_nulls_;
  std::vector<std::vector<std::string>> states_;
};

// -- JSON_OBJECTAGG -----------------------------------------------------------

/// Members by key. A key that is there already is an error.
class json_object_accumulator final : public accumulator {
public:
  explicit json_object_accumulator(const aggregate_call& call)
      : type_(call.type), keep_nulls_(keeps_nulls(call)) {}

  void resize(std::int64_t groups) override {
    resize_states(states_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    absl::Status error;
    for_each_added(nullptr, rows, groups, changes,
                   [&](std::size_t row, std::size_t group, int sign) {
                     if (!error.ok())
                       return;
                     auto json = json_of(*args[1], row, keep_nulls_);
                     if (!json) // left out, whatever its key is
                       return;
                     const auto& keys = *args[0];
                     const auto at = static_cast<std::int64_t>(row);
                     error = keys.is_null(at)
                                 ? user_error("a key of JSON_OBJECTAGG is NULL")
                                 : change(states_[group],
                                          std::string(keys.text(at)),
                                          *std::move(json), sign);
                   });
    return error;
  }

  std::vector<data_type> partial_types() const override {
    auto text = data_type::of(type_kind::varchar).with_nullable(false);
    return {data_type::map(text, text).with_nullable(false)};
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    auto type = partial_types()[0];
    auto builder = make_builder(type);
    auto text = type.fields()[0].type;
    for (auto group : groups) {
      std::vector<scalar> entries;
      for (const auto& [key, json] : states_[static_cast<std::size_t>(group)]) {
        entries.push_back({text, key});
        entries.push_back({text, json});
      }
      builder->append({type, std::move(entries)});
    }
    return {builder->finish()};
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    const auto& entries = *partials[0]->children[0];
    auto offsets = partials[0]->offsets();
    for (std::size_t i = 0; i < groups.size(); ++i)
      for (auto at = offsets[i]; at < offsets[i + 1]; ++at)
        states_[static_cast<std::size_t>(groups[i])].emplace(
            entries.children[0]->text(at), entries.children[1]->text(at));
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    auto builder = make_builder(type_);
    for (auto group : groups) {
      std::string out = "{";
      for (const auto& [key, json] : states_[static_cast<std::size_t>(group)]) {
        if (out.size() > 1)
          out += ',';
        append_json_string(out, key);
        out += ':';
        out += json;
      }
      out += '}';
      builder->append({type_, std::move(out)});
    }
    return builder->finish();
  }

  void clear(std::span<const std::int32_t> groups) override {
    for (auto group : groups)
      states_[static_cast<std::size_t>(group)] = {};
  }

  std::int64_t memory_bytes() const override {
    constexpr std::int64_t node_bytes = 112; // of a red-black tree
    auto result
        = static_cast<std::int64_t>(states_.capacity() * sizeof(states_[0]));
    for (const auto& members : states_)
      for (const auto& [key, json] : members)
        result += node_bytes + far_bytes(key) + far_bytes(json);
    return result;
  }

private:
  using members_type = std::map<std::string, std::string>;

  static absl::Status change(members_type& members, std::string key,
                             std::string json, int sign) {
    if (sign > 0) {
      auto [at, is_new] = members.emplace(std::move(key), std::move(json));
      if (!is_new)
        return user_error(fmt::format(
            "key '{}' is there twice in JSON_OBJECTAGG", at->first));
    } else if (auto at = members.find(key);
               at != members.end() && at->second == json) {
      members.erase(at);
    }
    return absl::OkStatus();
  }

  data_type type_;
  bool keep_nulls_;
  std::vector<members_type> states_;
};

} // namespace

std::unique_ptr<accumulator> make_json_list(const aggregate_call& call, bool) {
  return std::make_unique<json_list_accumulator>(call);
}

std::unique_ptr<accumulator> make_json_object(const aggregate_call& call,
                                              bool) {
  return std::make_unique<json_object_accumulator>(call);
}

} // namespace herald
