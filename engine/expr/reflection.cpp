#include "engine/expr/kernel.hpp"
#include "engine/expr/list_arg.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"

#include <algorithm>
#include <cmath>

// TYPEOF, and $KEY: bytes that stand for a value of any type, so that nested
// values can be counted once.

namespace herald {

namespace {

// -- TYPEOF -------------------------------------------------------------------

void replace_all(std::string& in, std::string_view from, std::string_view to) {
  for (auto at = in.find(from); at != in.npos; at = in.find(from, at))
    in.replace(at, from.size(), to);
}

/// TYPEOF(x [, TRUE]): known without evaluating x. With TRUE in the form that
/// can be read back.
absl::StatusOr<expr_ptr> resolve_typeof(call_site& site) {
  auto name = site.args[0]->type.to_string();
  auto exact = false;
  if (site.args.size() > 1) {
    const auto& flag = *site.args[1];
    if (flag.kind != expr_kind::literal || flag.literal.is_null()
        || flag.type.kind() != type_kind::boolean)
      return type_error(site, "(value [, TRUE or FALSE])");
    exact = std::get<bool>(flag.literal.value);
  }
  if (exact) { // TIMESTAMP_LTZ(3) in the words of the standard
    for (auto at = name.find("TIMESTAMP_LTZ("); at != name.npos;
         at = name.find("TIMESTAMP_LTZ(")) {
      name.insert(name.find(')', at) + 1, " WITH LOCAL TIME ZONE");
      name.erase(at + 9, 4);
    }
  } else {
    replace_all(name, "VARCHAR(2147483647)", "STRING");
    replace_all(name, "VARBINARY(2147483647)", "BYTES");
  }
  auto type = data_type::of(type_kind::varchar);
  auto result = std::make_shared<expr>(*make_literal({type, std::move(name)}));
  result->type = type;
  return expr_ptr(std::move(result));
}

// -- $KEY ---------------------------------------------------------------------

void append_size(std::string& to, std::size_t size) {
  for (auto i = 0; i < 4; ++i)
    to += static_cast<char>(size >> 8 * i);
}

template <class T>
void append_real(std::string& to, T x) {
  if (std::isnan(x))
    x = std::numeric_limits<T>::quiet_NaN();
  if (x == T{0})
    x = T{0}; // not -0.0
  to.append(reinterpret_cast<const char*>(&x), sizeof x);
}

void append_key(std::string& to, const column& x, std::int64_t row);

/// The entries of a map in the order of their bytes: that of the map says
/// nothing.
void append_keys(std::string& to, const column& list, std::int64_t row) {
  const auto begin = list.offsets()[static_cast<std::size_t>(row)];
  const auto end = list.offsets()[static_cast<std::size_t>(row) + 1];
  std::vector<std::string> keys(static_cast<std::size_t>(end - begin));
  for (auto i = begin; i < end; ++i)
    append_key(keys[static_cast<std::size_t>(i - begin)], *list.children[0], i);
  if (list.type.has_entries())
    std::sort(keys.begin(), keys.end());
  append_size(to, keys.size());
  for (const auto& key : keys)
    to += key;
}

/// Appends bytes that no other value of the type has.
void append_key(std::string& to, const column& x, std::int64_t row) {
  auto at = static_cast<std::size_t>(row);
  to += x.is_null(row) ? '\0' : '\1';
  if (x.is_null(row))
    return;
  switch (x.type.storage()) {
  case storage_kind::none:
    return;
  case storage_kind::bit:
    to += x.bit(row) ? '\1' : '\0';
    return;
  case storage_kind::f32:
    return append_real(to, x.as<float>()[at]);
  case storage_kind::f64:
    return append_real(to, x.as<double>()[at]);
  case storage_kind::text:
    append_size(to, x.text(row).size());
    to += x.text(row);
    return;
  case storage_kind::list:
    return append_keys(to, x, row);
  case storage_kind::fields:
    for (const auto& child : x.children)
      append_key(to, *child, row);
    return;
  default: {
    auto width = static_cast<std::size_t>(x.type.width());
    to.append(reinterpret_cast<const char*>(x.values->data()) + at * width,
              width);
  }
  }
}

class key_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    text_sink out(rows, nullptr);
    std::string key;
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      key.clear();
      append_key(key, *args[0].column, args[0].slot(row));
      out.set(row, key);
    });
    return vec{out.finish(self.type, std::move(valid))};
  }
};

} // namespace

void register_reflection(registry& to) {
  static const key_function key;
  to.add_special("TYPEOF", 1, 2, resolve_typeof);
  to.add("$KEY", {params::any}, results::of(type_kind::varbinary), &key);
}

} // namespace herald
