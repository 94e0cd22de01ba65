#include "engine/operators/value_codes.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/columnar/hash.hpp"

#include <bit>
#include <limits>

namespace herald {

namespace {

/// True if values of `type` fit into the 64 bits of an entry.
bool is_short(const data_type& type) {
  switch (type.storage()) {
  case storage_kind::bit:
  case storage_kind::i8:
  case storage_kind::i16:
  case storage_kind::i32:
  case storage_kind::i64:
  case storage_kind::f32:
  case storage_kind::f64:
    return true;
  default:
    return false;
  }
}

/// The bits of a float; of equal ones the same.
template <class T>
std::int64_t float_code(T x) {
  if (x != x)
    x = std::numeric_limits<T>::quiet_NaN();
  if (x == T{0})
    x = T{0};
  using bits = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  return std::bit_cast<bits>(x);
}

template <class T>
void append_codes(const column& x, const row_list& rows,
                  std::vector<std::int64_t>& out) {
  auto values = x.as<T>();
  for (auto row : rows) {
    auto value = values[static_cast<std::size_t>(row)];
    if constexpr (std::is_floating_point_v<T>)
      out.push_back(float_code(value));
    else
      out.push_back(value);
  }
}

template <class T>
column_ptr column_of_codes(const data_type& type,
                           const std::vector<std::int64_t>& codes) {
  fixed_builder<T> out(type);
  for (auto code : codes) {
    if constexpr (std::is_same_v<T, float>)
      out.push(std::bit_cast<float>(static_cast<std::int32_t>(code)));
    else if constexpr (std::is_same_v<T, double>)
      out.push(std::bit_cast<double>(code));
    else
      out.push(static_cast<T>(code));
  }
  return out.finish();
}

constexpr int key_of_dictionary[] = {0};

} // namespace

value_codes::value_codes(data_type type) : type_(std::move(type)) {
  if (!is_short(type_))
    dictionary_.emplace(std::vector<data_type>{type_});
}

std::vector<std::int64_t> value_codes::codes_of(const column_ptr& values,
                                                const row_list& rows) {
  std::vector<std::int64_t> result;
  result.reserve(rows.size());
  switch (type_.storage()) {
  case storage_kind::bit:
    for (auto row : rows)
      result.push_back(values->bit(row));
    return result;
  case storage_kind::i8:
    append_codes<std::int8_t>(*values, rows, result);
    return result;
  case storage_kind::i16:
    append_codes<std::int16_t>(*values, rows, result);
    return result;
  case storage_kind::i32:
    append_codes<std::int32_t>(*values, rows, result);
    return result;
  case storage_kind::i64:
    append_codes<std::int64_t>(*values, rows, result);
    return result;
  case storage_kind::f32:
    append_codes<float>(*values, rows, result);
    return result;
  case storage_kind::f64:
    append_codes<double>(*values, rows, result);
    return result;
  default:
    break;
  }
  auto layout = std::make_shared<schema>(schema{{{"v", type_}}});
  auto x = make_batch(layout, {values}, values->length);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x->rows));
  hash_rows(*x, key_of_dictionary, hashes);
  std::vector<std::int32_t> numbers;
  dictionary_->find_or_insert(*x, key_of_dictionary, &rows, hashes, numbers);
  uses_.resize(static_cast<std::size_t>(dictionary_->capacity()), 0);
  result.assign(numbers.begin(), numbers.end());
  return result;
}

column_ptr
value_codes::column_of(const std::vector<std::int64_t>& codes) const {
  switch (type_.storage()) {
  case storage_kind::bit: {
    bool_builder out(type_);
    for (auto code : codes)
      out.push(code != 0);
    return out.finish();
  }
  case storage_kind::i8:
    return column_of_codes<std::int8_t>(type_, codes);
  case storage_kind::i16:
    return column_of_codes<std::int16_t>(type_, codes);
  case storage_kind::i32:
    return column_of_codes<std::int32_t>(type_, codes);
  case storage_kind::i64:
    return column_of_codes<std::int64_t>(type_, codes);
  case storage_kind::f32:
    return column_of_codes<float>(type_, codes);
  case storage_kind::f64:
    return column_of_codes<double>(type_, codes);
  default:
    break;
  }
  std::vector<std::int32_t> numbers(codes.begin(), codes.end());
  return dictionary_->keys(numbers)[0];
}

void value_codes::use(std::int64_t code) {
  if (dictionary_)
    ++uses_[static_cast<std::size_t>(code)];
}

void value_codes::release(std::int64_t code) {
  if (dictionary_ && --uses_[static_cast<std::size_t>(code)] == 0)
    dictionary_->erase(static_cast<std::int32_t>(code));
}

std::int64_t value_codes::memory_bytes() const {
  return static_cast<std::int64_t>(uses_.capacity() * 4)
         + (dictionary_ ? dictionary_->memory_bytes() : 0);
}

} // namespace herald
