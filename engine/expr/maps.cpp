#include "engine/expr/comparison.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/themes.hpp"

#include <unordered_map>

#include <fmt/format.h>

// Functions over MAPs. A MAP that a function makes has each key once, at the
// place of its first entry, with the value of its last.

namespace herald {

namespace {

// -- KEYS, VALUES, ENTRIES ----------------------------------------------------

/// A part of the entries as an array; nothing is copied.
class map_part final : public function {
public:
  enum class part_type : std::uint8_t { keys, values, entries };

  explicit map_part(part_type part) : part_(part) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& map = *args[0].column;
    if (map.null_count == map.length)
      return vec{null_column(self.type, rows), false};
    auto result = std::make_shared<column>(map);
    result->type = self.type;
    const auto& entries = map.children[0];
    if (part_ == part_type::entries) {
      auto row = std::make_shared<column>(*entries);
      row->type = self.type.fields()[0].type;
      result->children = {std::move(row)};
    } else {
      result->children = {entries->children[part_ == part_type::keys ? 0 : 1]};
    }
    return vec{std::move(result), args[0].constant};
  }

private:
  part_type part_;
};

std::optional<data_type> keys_type(std::span<const data_type> types) {
  return data_type::array(types[0].fields()[0].type);
}

std::optional<data_type> values_type(std::span<const data_type> types) {
  return data_type::array(types[0].fields()[1].type);
}

std::optional<data_type> entries_type(std::span<const data_type> types) {
  return data_type::array(data_type::row(types[0].fields()));
}

// -- building -----------------------------------------------------------------

/// The entries of one row until they are written.
class entry_list {
public:
  struct entry {
    const column* keys;
    std::int32_t key;
    const column* values;
    std::int32_t value;
  };

  void clear() {
    entries_.clear();
    places_.clear();
  }

  void set(std::uint64_t hash, const entry& x) {
    auto [begin, end] = places_.equal_range(hash);
    for (auto i = begin; i != end; ++i) {
      auto& old = entries_[i->second];
      if (equal_rows(*old.keys, old.key, *x.keys, x.key)) {
        old.values = x.values;
        old.value = x.value;
        return;
      }
    }
    places_.emplace(hash, entries_.size());
    entries_.push_back(x);
  }

  void write(column_builder& to) const {
    auto& out = static_cast<row_builder&>(to);
    for (const auto& x : entries_) {
      append_element(out.child(0), *x.keys, x.key);
      append_element(out.child(1), *x.values, x.value);
      out.close();
    }
  }

private:
  std::vector<entry> entries_;
  std::unordered_multimap<std::uint64_t, std::size_t> places_;
};

/// MAP[key, value, …].
class map_constructor final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    std::vector<std::vector<std::uint64_t>> hashes;
    for (std::size_t i = 0; i < args.size(); i += 2)
      hashes.push_back(hash_elements(*args[i].column));
    entry_list entries;
    return build_lists(
        self, {}, rows, [&](std::int64_t row, column_builder& out) {
          entries.clear();
          for (std::size_t i = 0; i < args.size(); i += 2) {
            auto key = args[i].slot(row);
            entries.set(hashes[i / 2][static_cast<std::size_t>(key)],
                        {args[i].column.get(), static_cast<std::int32_t>(key),
                         args[i + 1].column.get(),
                         static_cast<std::int32_t>(args[i + 1].slot(row))});
          }
          entries.write(out);
        });
  }
};

absl::StatusOr<expr_ptr> resolve_map(call_site& site) {
  static const map_constructor code;
  if (site.args.size() % 2 != 0)
    return type_error(site, "(key, value, …)");
  HERALD_ASSIGN(auto key, unify_every(site, 0, 2));
  HERALD_ASSIGN(auto value, unify_every(site, 1, 2));
  return make_bound_call("MAP", std::move(site.args), &code,
                         data_type::map(key, value).with_nullable(false),
                         site.where);
}

class map_from_arrays final : public function {
public:
  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    if (intersect(args, rows).null_count == rows)
      return vec{null_column(self.type, rows)};
    list_arg keys(args[0]);
    list_arg values(args[1]);
    auto hashes = hash_elements(keys.elements());
    entry_list entries;
    absl::Status error;
    auto result = build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          auto [key, end] = keys.range(row);
          auto [value, values_end] = values.range(row);
          if (end - key != values_end - value && error.ok())
            error = user_error(self.where,
                               fmt::format("MAP_FROM_ARRAYS of {} keys and {} "
                                           "values",
                                           end - key, values_end - value));
          if (!error.ok())
            return;
          entries.clear();
          for (; key < end; ++key, ++value)
            entries.set(hashes[static_cast<std::size_t>(key)],
                        {&keys.elements(), key, &values.elements(), value});
          entries.write(out);
        });
    if (!error.ok())
      return error;
    return result;
  }
};

class map_union final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    if (intersect(args, rows).null_count == rows)
      return vec{null_column(self.type, rows)};
    std::vector<list_arg> maps(args.begin(), args.end());
    std::vector<std::vector<std::uint64_t>> hashes;
    for (const auto& map : maps)
      hashes.push_back(hash_elements(map.keys()));
    entry_list entries;
    return build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          entries.clear();
          for (std::size_t i = 0; i < maps.size(); ++i) {
            auto [at, end] = maps[i].range(row);
            for (; at < end; ++at)
              entries.set(hashes[i][static_cast<std::size_t>(at)],
                          {&maps[i].keys(), at, &maps[i].values(), at});
          }
          entries.write(out);
        });
  }
};

absl::StatusOr<expr_ptr> resolve_union(call_site& site) {
  static const map_union code;
  HERALD_ASSIGN(auto type, unify_lists(site, type_kind::map));
  auto nullable = any_nullable(site.args);
  return make_bound_call("MAP_UNION", std::move(site.args), &code,
                         type.with_nullable(nullable), site.where);
}

} // namespace

void register_maps(registry& to) {
  using part = map_part::part_type;
  static const map_part keys(part::keys);
  static const map_part values(part::values);
  static const map_part entries(part::entries);
  static const map_from_arrays made;
  param map{accept::map};
  param array{accept::array};
  to.add_special("MAP", 2, registry::any_number, resolve_map);
  to.add("MAP_KEYS", {map}, keys_type, &keys);
  to.add("MAP_VALUES", {map}, values_type, &values);
  to.add("MAP_ENTRIES", {map}, entries_type, &entries);
  to.add(
      "MAP_FROM_ARRAYS", {array, array},
      [](std::span<const data_type> types) {
        return std::optional(data_type::map(types[0].fields()[0].type,
                                            types[1].fields()[0].type));
      },
      &made);
  to.add_special("MAP_UNION", 1, registry::any_number, resolve_union);
}

} // namespace herald
