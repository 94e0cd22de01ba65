#include "engine/operators/key_codec.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
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
  out.push_back(1);
  auto at = static_cast<std::size_t>(row);
  switch (x.type.storage()) {
  case storage_kind::none:
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
  case storage_kind::text: {
    auto text = x.text(row);
    put_raw(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
    break;
  }
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

void key_codec::encode(const batch& x, std::span<const int> keys,
                       const row_list* rows, std::string& bytes,
                       std::vector<std::uint32_t>& ends) const {
  auto count = rows ? static_cast<std::int64_t>(rows->size()) : x.rows;
  for (std::int64_t i = 0; i < count; ++i) {
    auto row = rows ? (*rows)[static_cast<std::size_t>(i)] : i;
    for (auto key : keys)
      encode_value(*x.columns[static_cast<std::size_t>(key)], row, bytes);
    ends.push_back(static_cast<std::uint32_t>(bytes.size()));
  }
}

std::vector<column_ptr>
key_codec::decode(const std::vector<std::string_view>& keys) const {
  std::vector<std::unique_ptr<column_builder>> builders;
  for (const auto& type : types_)
    builders.push_back(make_builder(type));
  for (auto key : keys)
    for (std::size_t i = 0; i < types_.size(); ++i)
      builders[i]->append(decode_value(types_[i], key));
  std::vector<column_ptr> result;
  for (auto& builder : builders)
    result.push_back(builder->finish());
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
