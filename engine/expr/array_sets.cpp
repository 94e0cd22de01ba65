#include "engine/expr/comparison.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"

#include <unordered_map>

// Arrays as sets: elements in order of their first appearance, NULL an element
// like others. Elements are hashed a column at a time, so that a row costs
// what its elements are, not their square.

namespace herald {

namespace {

/// Elements of one row, of several columns.
class element_set {
public:
  void clear() {
    places_.clear();
  }

  bool contains(const column& from, std::int32_t at, std::uint64_t hash) const {
    auto [begin, end] = places_.equal_range(hash);
    for (auto i = begin; i != end; ++i)
      if (equal_rows(*i->second.from, i->second.at, from, at))
        return true;
    return false;
  }

  /// False if it was there.
  bool add(const column& from, std::int32_t at, std::uint64_t hash) {
    if (contains(from, at, hash))
      return false;
    places_.emplace(hash, place{&from, at});
    return true;
  }

private:
  struct place {
    const column* from;
    std::int32_t at;
  };

  std::unordered_multimap<std::uint64_t, place> places_;
};

/// An array with its elements' hashes.
struct hashed_list {
  explicit hashed_list(const vec& x)
      : list(x), hashes(hash_elements(list.elements())) {}

  /// Calls f(element, hash) for the elements of row `row`.
  template <class F>
  void each(std::int64_t row, F f) const {
    auto [begin, end] = list.range(row);
    for (auto i = begin; i < end; ++i)
      f(i, hashes[static_cast<std::size_t>(i)]);
  }

  list_arg list;
  std::vector<std::uint64_t> hashes;
};

enum class set_operation : std::uint8_t { distinct, unite, intersect, except };

template <set_operation Op>
class array_set final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    if (intersect(args, rows).null_count == rows)
      return vec{null_column(self.type, rows)};
    hashed_list a(args[0]);
    hashed_list b(args.back());
    element_set seen;
    element_set others;
    return build_lists(
        self, args, rows, [&](std::int64_t row, column_builder& out) {
          seen.clear();
          others.clear();
          constexpr auto uses_others
              = Op == set_operation::intersect || Op == set_operation::except;
          if (uses_others)
            b.each(row, [&](std::int32_t at, std::uint64_t hash) {
              others.add(b.list.elements(), at, hash);
            });
          auto take = [&](const hashed_list& from) {
            const auto& elements = from.list.elements();
            from.each(row, [&](std::int32_t at, std::uint64_t hash) {
              if (uses_others
                  && others.contains(elements, at, hash)
                         != (Op == set_operation::intersect))
                return;
              if (seen.add(elements, at, hash))
                append_element(out, elements, at);
            });
          };
          take(a);
          if (Op == set_operation::unite)
            take(b);
        });
  }
};

template <set_operation Op>
absl::StatusOr<expr_ptr> resolve_set(call_site& site) {
  static const array_set<Op> code;
  HERALD_ASSIGN(auto type, unify_lists(site, type_kind::array));
  auto nullable = any_nullable(site.args);
  return make_bound_call(std::string(site.name), std::move(site.args), &code,
                         type.with_nullable(nullable), site.where);
}

// -- CONTAINS, POSITION -------------------------------------------------------

/// The place (from 1) of an element in row `row`, or 0.
std::int32_t find(const list_arg& array, const vec& element, std::int64_t row) {
  auto [begin, end] = array.range(row);
  for (auto i = begin; i < end; ++i)
    if (equal_rows(array.elements(), i, *element.column, element.slot(row)))
      return i - begin + 1;
  return 0;
}

/// NULL is found where it is an element.
class array_contains final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect({args[0]}, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    list_arg array(args[0]);
    auto bits = fill_bits(rows, [&](std::int64_t row) -> bool {
      return valid.at(row) && find(array, args[1], row) > 0;
    });
    return vec{
        make_column_of(self.type, rows, std::move(bits), std::move(valid))};
  }
};

/// NULL has no place.
class array_position final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    list_arg array(args[0]);
    auto values
        = detail::fill_values<std::int32_t>(rows, [&](std::int64_t row) {
            return valid.at(row) ? find(array, args[1], row) : 0;
          });
    return vec{
        make_column_of(self.type, rows, std::move(values), std::move(valid))};
  }
};

/// (array, element) to a type that is NULL where the array is and, if
/// `Strict`, where the element is.
template <class Function, type_kind Result, bool Strict>
absl::StatusOr<expr_ptr> resolve_search(call_site& site) {
  static const Function code;
  const auto array = site.args[0]->type;
  if (array.kind() != type_kind::array
      || !widens(site.args[1]->type, array.fields()[0].type))
    return type_error(site, "an array and a value of its elements' type");
  auto& element = site.args[1];
  auto wanted = array.fields()[0].type;
  if (element->type.kind() == type_kind::null)
    element = make_literal({wanted.with_nullable(true), {}}, element->where);
  // A longer text is in no array of shorter ones, but must not be cut.
  if (wanted.is_text() || wanted.is_bytes())
    wanted = wanted.is_text() ? data_type::of(type_kind::varchar)
                              : data_type::of(type_kind::varbinary);
  HERALD_TRY(cast_argument(element, wanted, site.where));
  auto nullable = array.nullable() || (Strict && element->type.nullable());
  return make_bound_call(std::string(site.name), std::move(site.args), &code,
                         data_type::of(Result).with_nullable(nullable),
                         site.where);
}

} // namespace

void register_array_sets(registry& to) {
  using op = set_operation;
  to.add_special("ARRAY_DISTINCT", 1, 1, resolve_set<op::distinct>);
  to.add_special("ARRAY_UNION", 2, 2, resolve_set<op::unite>);
  to.add_special("ARRAY_INTERSECT", 2, 2, resolve_set<op::intersect>);
  to.add_special("ARRAY_EXCEPT", 2, 2, resolve_set<op::except>);
  to.add_special("ARRAY_CONTAINS", 2, 2,
                 resolve_search<array_contains, type_kind::boolean, false>);
  to.add_special("ARRAY_POSITION", 2, 2,
                 resolve_search<array_position, type_kind::integer, true>);
}

} // namespace herald
