#include "engine/columnar/builder.hpp"
#include "engine/expr/comparison.hpp"
#include "engine/expr/kernel.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

// x IN (list). A list of literals becomes a set when the call is made; any
// other list is a chain of ORs.

namespace herald {

namespace {

/// Below this, looking at all values beats hashing.
constexpr std::size_t scan_max = 8;

/// The values of a list: in a hash set if there are many.
template <class T>
struct value_set {
  std::vector<T> few;
  std::unordered_set<T> many;

  void add(T x) {
    few.push_back(x);
  }

  void finish() {
    if (few.size() > scan_max)
      many.insert(few.begin(), few.end());
  }

  bool contains(T x) const {
    if (!many.empty())
      return many.contains(x);
    for (const auto& value : few)
      if (value == x)
        return true;
    return false;
  }
};

/// Hashes of 128 bits for unordered_set.
struct wide {
  int128 value;

  friend bool operator==(wide, wide) = default;
};

} // namespace

} // namespace herald

template <>
struct std::hash<herald::wide> {
  std::size_t operator()(herald::wide x) const {
    auto low = static_cast<std::uint64_t>(x.value);
    auto high = static_cast<std::uint64_t>(x.value >> 64);
    return low * 0x9e3779b97f4a7c15ull ^ high;
  }
};

namespace herald {

namespace {

/// What `prepare` makes: the list without its NULLs.
struct prepared_list {
  column_ptr values; ///< keeps the texts
  bool has_null = false;
  value_set<std::int64_t> integers;
  value_set<double> floats;
  value_set<wide> decimals;
  value_set<std::string_view> texts;
};

template <class T, class Set, class Convert>
buffer_ptr probe(const vec& x, const validity& valid, std::int64_t rows,
                 const Set& set, Convert convert) {
  auto bits = allocate_bits(rows);
  auto* out = bits->mutable_data();
  detail::reader<T> in(x);
  for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
    auto found = set.contains(convert(in[row]));
    out[row >> 3] |= static_cast<std::uint8_t>(unsigned{found} << (row & 7));
  });
  return bits;
}

template <class T>
buffer_ptr probe_integers(const vec& x, const validity& valid,
                          std::int64_t rows, const prepared_list& list) {
  return probe<T>(x, valid, rows, list.integers,
                  [](T value) { return std::int64_t{value}; });
}

buffer_ptr probe_any(const vec& x, const validity& valid, std::int64_t rows,
                     const prepared_list& list) {
  auto same = [](auto value) { return value; };
  switch (x.column->type.storage()) {
  case storage_kind::bit:
    return probe_integers<bool>(x, valid, rows, list);
  case storage_kind::i8:
    return probe_integers<std::int8_t>(x, valid, rows, list);
  case storage_kind::i16:
    return probe_integers<std::int16_t>(x, valid, rows, list);
  case storage_kind::i32:
    return probe_integers<std::int32_t>(x, valid, rows, list);
  case storage_kind::i64:
    return probe_integers<std::int64_t>(x, valid, rows, list);
  case storage_kind::f32:
    return probe<float>(x, valid, rows, list.floats,
                        [](float value) { return double{value}; });
  case storage_kind::f64:
    return probe<double>(x, valid, rows, list.floats, same);
  case storage_kind::i128:
    return probe<int128>(x, valid, rows, list.decimals,
                         [](int128 value) { return wide{value}; });
  default:
    return probe<std::string_view>(x, valid, rows, list.texts, same);
  }
}

void add_value(prepared_list& list, const scalar& x) {
  switch (x.type.storage()) {
  case storage_kind::bit:
    return list.integers.add(std::get<bool>(x.value));
  case storage_kind::f32:
  case storage_kind::f64:
    return list.floats.add(std::get<double>(x.value));
  case storage_kind::i128:
    return list.decimals.add({std::get<int128>(x.value)});
  case storage_kind::text:
    return; // from the column, whose texts live as long as the list
  default:
    return list.integers.add(std::get<std::int64_t>(x.value));
  }
}

class in_list final : public function {
public:
  explicit in_list(bool negated) : negated_(negated) {}

  std::shared_ptr<const void> prepare(const expr& self) const override {
    auto result = std::make_shared<prepared_list>();
    auto builder = make_builder_for(self);
    for (std::size_t i = 1; i < self.args.size(); ++i) {
      const auto& x = self.args[i]->literal;
      if (x.is_null()) {
        result->has_null = true;
        continue;
      }
      add_value(*result, x);
      builder->append(x);
    }
    result->values = builder->finish();
    if (result->values->type.storage() == storage_kind::text)
      for (std::int64_t i = 0; i < result->values->length; ++i)
        result->texts.add(result->values->text(i));
    result->integers.finish();
    result->floats.finish();
    result->decimals.finish();
    result->texts.finish();
    return result;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    const auto& list = *static_cast<const prepared_list*>(self.prepared.get());
    auto valid = intersect({args[0]}, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto found = probe_any(args[0], valid, rows, list);
    if (!list.has_null && !negated_)
      return vec{make_column_of(self.type, rows, std::move(found), valid)};
    auto bits = allocate_bits(rows);
    auto known = allocate_bits(rows);
    for (std::int64_t i = 0; i * 64 < rows; ++i) {
      auto hit = bit_word(found.get(), i, rows);
      auto value = negated_ ? ~hit : hit;
      // Without a hit, a NULL in the list might have been one.
      auto sure = bit_word(valid.bits.get(), i, rows)
                  & (list.has_null ? hit : ~std::uint64_t{0});
      std::memcpy(bits->mutable_data() + i * 8, &value, 8);
      std::memcpy(known->mutable_data() + i * 8, &sure, 8);
    }
    return vec{make_column_of(self.type, rows, std::move(bits),
                              count_validity(std::move(known), rows))};
  }

private:
  static std::unique_ptr<column_builder> make_builder_for(const expr& self) {
    return make_builder(self.args[0]->type);
  }

  bool negated_;
};

absl::StatusOr<expr_ptr> resolve_chain(const call_site& site, bool negated) {
  std::vector<expr_ptr> tests;
  for (std::size_t i = 1; i < site.args.size(); ++i) {
    const auto& x = site.args[0];
    HERALD_ASSIGN(auto test, is_row_value(*x)
                                 ? equal_parts(site, x, site.args[i])
                                 : make_comparison(site, "=", x, site.args[i]));
    tests.push_back(std::move(test));
  }
  auto result = tests[0];
  if (tests.size() > 1) {
    HERALD_ASSIGN(result, make_call("OR", std::move(tests), site.where));
  }
  if (negated)
    return make_call("NOT", {result}, site.where);
  return result;
}

template <bool Negated>
absl::StatusOr<expr_ptr> resolve_in(call_site& site) {
  static const auto* code = keep(std::make_unique<in_list>(Negated));
  if (is_row_value(*site.args[0]))
    return resolve_chain(site, Negated);
  std::vector<data_type> types;
  for (const auto& arg : site.args)
    types.push_back(arg->type);
  auto type = comparison_type(types);
  const auto is_text = [](const data_type& x) { return x.is_text(); };
  if (!type
      || (type->is_bytes() && std::any_of(types.begin(), types.end(), is_text)))
    return type_error(site, "values of one type");
  // As in Flink: a FLOAT equals what rounds to it.
  if (types[0].kind() == type_kind::float32 && type->is_numeric())
    type = types[0];
  auto literals = !type->is_nested();
  auto nullable = false;
  for (std::size_t i = 0; i < site.args.size(); ++i) {
    auto& arg = site.args[i];
    // Texts of any length compare as they are.
    if (!arg->type.same_kind(*type)
        && !(arg->type.is_text() && type->is_text())) {
      HERALD_ASSIGN(arg,
                    make_cast(arg, type->with_nullable(arg->type.nullable()),
                              false, site.where));
    }
    arg = fold_constants(arg);
    nullable = nullable || arg->type.nullable();
    literals = literals && (i == 0 || arg->kind == expr_kind::literal);
  }
  if (!literals)
    return resolve_chain(site, Negated);
  return make_bound_call(
      std::string(site.name), std::move(site.args), code,
      data_type::of(type_kind::boolean).with_nullable(nullable), site.where);
}

} // namespace

void register_in_list(registry& to) {
  to.add_special("IN", 2, registry::any_number, resolve_in<false>);
  to.add_special("NOT IN", 2, registry::any_number, resolve_in<true>);
}

} // namespace herald
