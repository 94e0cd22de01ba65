#include "engine/operators/key_codec.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

// Encoding of one value: a byte 0 for NULL, else 1 and the value: fixed width
// in memory order, texts as a 32-bit length and their bytes, lists as a
// 32-bit count and their elements, rows as their fields. -0.0 is written as
// 0.0, every NaN alike and the entries of a map in the order of their bytes, so
// that keys that compare equal are equal.

namespace herald {

namespace {

template <class T>
void put_raw(std::string& out, T x) {
  out.append(reinterpret_cast<const char*>(&x), sizeof(T));
}

/// A text that is not NULL.
void put_text(std::string_view x, std::string& out) {
  std::array<char, 1 + sizeof(std::uint32_t)> head{1};
  const auto size = static_cast<std::uint32_t>(x.size());
  std::memcpy(head.data() + 1, &size, sizeof size);
  out.append(head.data(), head.size());
  out.append(x);
}

template <class T>
T canonical(T x) {
  if (x != x)
    return std::numeric_limits<T>::quiet_NaN();
  return x == T{0} ? T{0} : x;
}

void encode_value(const column& x, std::int64_t row, std::string& out);

void encode_list(const column& x, std::int64_t row, std::string& out) {
  const auto offsets = x.offsets();
  const auto begin = offsets[static_cast<std::size_t>(row)];
  const auto end = offsets[static_cast<std::size_t>(row) + 1];
  put_raw(out, static_cast<std::uint32_t>(end - begin));
  if (!x.type.has_entries()) {
    for (auto i = begin; i < end; ++i)
      encode_value(*x.children[0], i, out);
    return;
  }
  std::vector<std::string> entries(static_cast<std::size_t>(end - begin));
  for (auto i = begin; i < end; ++i)
    encode_value(*x.children[0], i,
                 entries[static_cast<std::size_t>(i - begin)]);
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries)
    out += entry;
}

void encode_value(const column& x, std::int64_t row, std::string& out) {
  if (x.type.storage() == storage_kind::none || x.is_null(row)) {
    out.push_back(0);
    return;
  }
  if (x.type.storage() == storage_kind::text)
    return put_text(x.text(row), out);
  out.push_back(1);
  auto at = static_cast<std::size_t>(row);
  switch (x.type.storage()) {
  case storage_kind::none:
  case storage_kind::text:
    break;
  case storage_kind::bit:
    out.push_back(x.bit(row) ? 1 : 0);
    break;
  case storage_kind::f32:
    put_raw(out, canonical(x.as<float>()[at]));
    break;
  case storage_kind::f64:
    put_raw(out, canonical(x.as<double>()[at]));
    break;
  case storage_kind::list:
    encode_list(x, row, out);
    break;
  case storage_kind::fields:
    for (const auto& child : x.children)
      encode_value(*child, row, out);
    break;
  default: {
    auto width = static_cast<std::size_t>(x.type.width());
    out.append(reinterpret_cast<const char*>(x.values->data()) + at * width,
               width);
    break;
  }
  }
}

template <class T>
T take_raw(std::string_view& in) {
  T x;
  HERALD_CHECK_LE(sizeof(T), in.size());
  std::memcpy(&x, in.data(), sizeof(T));
  in.remove_prefix(sizeof(T));
  return x;
}

scalar decode_value(const data_type& type, std::string_view& in) {
  scalar result{type, {}};
  if (take_raw<char>(in) == 0)
    return result;
  switch (type.storage()) {
  case storage_kind::none:
    break;
  case storage_kind::bit:
    result.value = take_raw<char>(in) != 0;
    break;
  case storage_kind::i8:
    result.value = std::int64_t{take_raw<std::int8_t>(in)};
    break;
  case storage_kind::i16:
    result.value = std::int64_t{take_raw<std::int16_t>(in)};
    break;
  case storage_kind::i32:
    result.value = std::int64_t{take_raw<std::int32_t>(in)};
    break;
  case storage_kind::i64:
    result.value = take_raw<std::int64_t>(in);
    break;
  case storage_kind::f32:
    result.value = double{take_raw<float>(in)};
    break;
  case storage_kind::f64:
    result.value = take_raw<double>(in);
    break;
  case storage_kind::i128:
    result.value = take_raw<int128>(in);
    break;
  case storage_kind::text: {
    auto size = take_raw<std::uint32_t>(in);
    result.value = std::string(in.substr(0, size));
    in.remove_prefix(size);
    break;
  }
  case storage_kind::list:
  case storage_kind::fields: {
    std::vector<scalar> parts;
    if (type.kind() == type_kind::row) {
      for (const auto& field : type.fields())
        parts.push_back(decode_value(field.type, in));
    } else if (type.kind() == type_kind::array) {
      for (auto n = take_raw<std::uint32_t>(in); n > 0; --n)
        parts.push_back(decode_value(type.fields()[0].type, in));
    } else {
      // A map's child is a row of key and value; that row is never NULL.
      for (auto n = take_raw<std::uint32_t>(in); n > 0; --n) {
        take_raw<char>(in);
        parts.push_back(decode_value(type.fields()[0].type, in));
        parts.push_back(decode_value(type.fields()[1].type, in));
      }
    }
    result.value = std::move(parts);
    break;
  }
  }
  return result;
}

} // namespace

std::vector<data_type> types_of(const schema& layout,
                                const std::vector<int>& columns) {
  std::vector<data_type> result;
  for (auto i : columns)
    result.push_back(layout.fields[static_cast<std::size_t>(i)].type);
  return result;
}

key_codec::key_codec(std::vector<data_type> types) : types_(std::move(types)) {}

namespace {

/// True if a value is its bytes in memory, all of one width.
bool is_fixed(storage_kind x) {
  switch (x) {
  case storage_kind::i8:
  case storage_kind::i16:
  case storage_kind::i32:
  case storage_kind::i64:
  case storage_kind::i128:
    return true;
  default:
    return false;
  }
}

/// A key column, with what is asked of it for each row.
struct key_part {
  const column* values;
  storage_kind storage;
  bool fixed;
  std::size_t width; ///< if `fixed`

  explicit key_part(const column& x)
      : values(&x), storage(x.type.storage()), fixed(is_fixed(storage)),
        width(fixed ? static_cast<std::size_t>(x.type.width()) : 0) {}

  const char* bytes(std::int64_t row) const {
    return reinterpret_cast<const char*>(values->values->data())
           + static_cast<std::size_t>(row) * width;
  }

  void encode(std::int64_t row, std::string& out) const {
    if (values->null_count > 0 && values->is_null(row)) {
      out.push_back(0);
    } else if (fixed) {
      std::array<char, 1 + sizeof(int128)> value{1};
      std::memcpy(value.data() + 1, bytes(row), width);
      out.append(value.data(), 1 + width);
    } else if (storage == storage_kind::text) {
      put_text(values->text(row), out);
    } else {
      encode_value(*values, row, out);
    }
  }
};

/// Writes the values of `part` to `out` and every `stride` bytes behind it.
template <std::size_t Width>
void encode_fixed(const key_part& part, const row_list* rows,
                  std::int64_t count, char* out, std::size_t stride) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto row = rows ? (*rows)[static_cast<std::size_t>(i)] : i;
    *out = 1;
    std::memcpy(out + 1, part.bytes(0) + static_cast<std::size_t>(row) * Width,
                Width);
    out += stride;
  }
}

void encode_column(const key_part& part, const row_list* rows,
                   std::int64_t count, char* out, std::size_t stride) {
  switch (part.width) {
  case 1:
    return encode_fixed<1>(part, rows, count, out, stride);
  case 2:
    return encode_fixed<2>(part, rows, count, out, stride);
  case 4:
    return encode_fixed<4>(part, rows, count, out, stride);
  case 8:
    return encode_fixed<8>(part, rows, count, out, stride);
  default:
    return encode_fixed<sizeof(int128)>(part, rows, count, out, stride);
  }
}

} // namespace

void key_codec::encode(const batch& x, std::span<const int> keys,
                       const row_list* rows, std::string& bytes,
                       std::vector<std::uint32_t>& ends) const {
  const auto count = rows ? static_cast<std::int64_t>(rows->size()) : x.rows;
  std::vector<key_part> parts;
  for (const auto key : keys)
    parts.emplace_back(*x.columns[static_cast<std::size_t>(key)]);
  const bool plain
      = !parts.empty()
        && std::all_of(parts.begin(), parts.end(), [](const auto& part) {
             return part.fixed && part.values->null_count == 0;
           });
  if (!plain) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto row = rows ? (*rows)[static_cast<std::size_t>(i)] : i;
      for (const auto& part : parts)
        part.encode(row, bytes);
      ends.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
    return;
  }
  std::size_t stride = 0;
  for (const auto& part : parts)
    stride += 1 + part.width;
  auto end = bytes.size();
  bytes.resize(end + stride * static_cast<std::size_t>(count));
  auto* out = bytes.data() + end;
  for (const auto& part : parts) {
    encode_column(part, rows, count, out, stride);
    out += 1 + part.width;
  }
  for (std::int64_t i = 0; i < count; ++i)
    ends.push_back(static_cast<std::uint32_t>(end += stride));
}

namespace {

/// Takes the next value off each of `keys`.
template <class T>
column_ptr decode_fixed(const data_type& type,
                        std::span<std::string_view> keys) {
  fixed_builder<T> out(type);
  for (auto& key : keys) {
    if (take_raw<char>(key) == 0)
      out.append_null();
    else
      out.push(take_raw<T>(key));
  }
  return out.finish();
}

column_ptr decode_texts(const data_type& type,
                        std::span<std::string_view> keys) {
  text_builder out(type);
  for (auto& key : keys) {
    if (take_raw<char>(key) == 0) {
      out.append_null();
      continue;
    }
    const auto size = take_raw<std::uint32_t>(key);
    out.push(key.substr(0, size));
    key.remove_prefix(size);
  }
  return out.finish();
}

column_ptr decode_column(const data_type& type,
                         std::span<std::string_view> keys) {
  switch (type.storage()) {
  case storage_kind::i8:
    return decode_fixed<std::int8_t>(type, keys);
  case storage_kind::i16:
    return decode_fixed<std::int16_t>(type, keys);
  case storage_kind::i32:
    return decode_fixed<std::int32_t>(type, keys);
  case storage_kind::i64:
    return decode_fixed<std::int64_t>(type, keys);
  case storage_kind::i128:
    return decode_fixed<int128>(type, keys);
  case storage_kind::text:
    return decode_texts(type, keys);
  default:
    break;
  }
  const auto builder = make_builder(type);
  for (auto& key : keys)
    builder->append(decode_value(type, key));
  return builder->finish();
}

} // namespace

std::vector<column_ptr>
key_codec::decode(const std::vector<std::string_view>& keys) const {
  auto rest = keys;
  std::vector<column_ptr> result;
  for (const auto& type : types_)
    result.push_back(decode_column(type, rest));
  return result;
}

void byte_store::put(std::size_t number, std::string_view bytes) {
  if (number >= spans_.size())
    spans_.resize(number + 1);
  auto& x = spans_[number];
  if (bytes.size() <= x.size) {
    std::memcpy(bytes_.data() + x.begin, bytes.data(), bytes.size());
    wasted_ += x.size - bytes.size();
    x.size = static_cast<std::uint32_t>(bytes.size());
    return;
  }
  wasted_ += x.size;
  x = {bytes_.size(), static_cast<std::uint32_t>(bytes.size())};
  bytes_.append(bytes);
  if (wasted_ > bytes_.size() / 2 && wasted_ > 4096)
    reclaim();
}

void byte_store::reclaim() {
  std::string kept;
  kept.reserve(bytes_.size() - wasted_);
  for (auto& x : spans_) {
    auto begin = kept.size();
    kept.append(bytes_, x.begin, x.size);
    x.begin = begin;
  }
  bytes_ = std::move(kept);
  wasted_ = 0;
}

} // namespace herald
