#include "engine/columnar/builder.hpp"

#include "engine/columnar/bits.hpp"
#include "engine/columnar/nested_builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace herald {

namespace {

/// Heaps are big enough that a batch has few, and small enough that a text
/// which lives on keeps little else alive.
constexpr std::int64_t heap_first = 4 << 10;
constexpr std::int64_t heap_bytes_max = 1 << 20;

/// Copies `from` into a buffer of exactly its size, so that `from` keeps its
/// capacity for the next column.
template <class T>
buffer_ptr to_buffer(const std::vector<T>& from) {
  auto bytes = from.size() * sizeof(T);
  auto result = allocate_buffer(static_cast<std::int64_t>(bytes));
  if (bytes > 0)
    std::memcpy(result->mutable_data(), from.data(), bytes);
  return result;
}

template <class T>
T number_of(const scalar& x) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(std::get<double>(x.value));
  else if constexpr (std::is_same_v<T, int128>)
    return std::get<int128>(x.value);
  else
    return static_cast<T>(std::get<std::int64_t>(x.value));
}

/// The type of a bare NULL.
class null_builder final : public column_builder {
public:
  using column_builder::column_builder;

  void append_null() override {
    mark(false);
  }

  void append(const scalar& x) override {
    HERALD_CHECK(x.is_null(), "a value of type NULL");
    mark(false);
  }

  void append_from(const column&, std::int64_t) override {
    mark(false);
  }

  column_ptr finish() override {
    auto result = std::make_shared<column>();
    finish_validity(*result);
    return result;
  }
};

} // namespace

void column_builder::finish_validity(column& x) {
  x.type = type_;
  x.length = std::exchange(length_, 0);
  x.null_count = std::exchange(null_count_, 0);
  if (x.null_count > 0)
    x.validity = to_buffer(validity_);
  validity_.clear();
}

// -- fixed width -------------------------------------------------------------

template <class T>
void fixed_builder<T>::append(const scalar& x) {
  if (x.is_null())
    append_null();
  else
    push(number_of<T>(x));
}

template <class T>
void fixed_builder<T>::append_from(const column& source, std::int64_t row) {
  if (source.is_null(row))
    append_null();
  else
    push(source.as<T>()[static_cast<std::size_t>(row)]);
}

template <class T>
column_ptr fixed_builder<T>::finish() {
  auto result = std::make_shared<column>();
  finish_validity(*result);
  result->values = to_buffer(values_);
  values_.clear();
  return result;
}

template class fixed_builder<std::int8_t>;
template class fixed_builder<std::int16_t>;
template class fixed_builder<std::int32_t>;
template class fixed_builder<std::int64_t>;
template class fixed_builder<int128>;
template class fixed_builder<float>;
template class fixed_builder<double>;

// -- BOOLEAN -----------------------------------------------------------------

void bool_builder::push(bool x) {
  if ((length_ & 7) == 0)
    bits_.push_back(0);
  if (x)
    set_bit(bits_.data(), length_);
  mark(true);
}

void bool_builder::append_null() {
  if ((length_ & 7) == 0)
    bits_.push_back(0);
  mark(false);
}

void bool_builder::append(const scalar& x) {
  if (x.is_null())
    append_null();
  else
    push(std::get<bool>(x.value));
}

void bool_builder::append_from(const column& source, std::int64_t row) {
  if (source.is_null(row))
    append_null();
  else
    push(source.bit(row));
}

column_ptr bool_builder::finish() {
  auto result = std::make_shared<column>();
  finish_validity(*result);
  result->values = to_buffer(bits_);
  bits_.clear();
  return result;
}

// -- texts -------------------------------------------------------------------

void text_builder::append(const scalar& x) {
  if (x.is_null())
    append_null();
  else
    push(std::get<std::string>(x.value));
}

void text_builder::append_from(const column& source, std::int64_t row) {
  if (source.is_null(row))
    append_null();
  else
    push(source.text(row));
}

void text_builder::push_far(std::string_view x) {
  HERALD_CHECK_LE(x.size(), static_cast<std::size_t>(length_max));
  auto bytes = static_cast<std::int64_t>(x.size());
  if (heap_ == nullptr || used_ + bytes > heap_->size())
    reserve(bytes);
  std::memcpy(heap_->mutable_data() + used_, x.data(), x.size());
  refs_.push_back(make_ref(x, static_cast<std::int32_t>(full_.size()),
                           static_cast<std::int32_t>(used_)));
  used_ += bytes;
}

void text_builder::reserve(std::int64_t bytes) {
  if (used_ > 0 && used_ + bytes > heap_bytes_max) {
    full_.push_back(arrow::SliceBuffer(std::move(heap_), 0, used_));
    used_ = 0;
  }
  auto size = heap_ ? heap_->size() : heap_first;
  while (size < used_ + bytes)
    size = size < heap_bytes_max ? size * 2 : used_ + bytes;
  auto grown = allocate_buffer(size);
  if (used_ > 0)
    std::memcpy(grown->mutable_data(), heap_->data(),
                static_cast<std::size_t>(used_));
  heap_ = std::move(grown);
}

column_ptr text_builder::finish() {
  auto result = std::make_shared<column>();
  finish_validity(*result);
  result->values = to_buffer(refs_);
  refs_.clear();
  if (heap_)
    full_.push_back(arrow::SliceBuffer(std::move(heap_), 0, used_));
  heap_ = nullptr;
  used_ = 0;
  result->heaps = std::exchange(full_, {});
  return result;
}

// -- any type ----------------------------------------------------------------

std::unique_ptr<column_builder> make_builder(const data_type& type) {
  switch (type.storage()) {
  case storage_kind::none:
    return std::make_unique<null_builder>(type);
  case storage_kind::bit:
    return std::make_unique<bool_builder>(type);
  case storage_kind::i8:
    return std::make_unique<fixed_builder<std::int8_t>>(type);
  case storage_kind::i16:
    return std::make_unique<fixed_builder<std::int16_t>>(type);
  case storage_kind::i32:
    return std::make_unique<fixed_builder<std::int32_t>>(type);
  case storage_kind::i64:
    return std::make_unique<fixed_builder<std::int64_t>>(type);
  case storage_kind::i128:
    return std::make_unique<fixed_builder<int128>>(type);
  case storage_kind::f32:
    return std::make_unique<fixed_builder<float>>(type);
  case storage_kind::f64:
    return std::make_unique<fixed_builder<double>>(type);
  case storage_kind::text:
    return std::make_unique<text_builder>(type);
  case storage_kind::list:
    return std::make_unique<list_builder>(type);
  case storage_kind::fields:
    return std::make_unique<row_builder>(type);
  }
  return nullptr;
}

// -- batches -----------------------------------------------------------------

batch_builder::batch_builder(schema_ptr layout) : layout_(std::move(layout)) {
  for (const auto& part : layout_->fields)
    builders_.push_back(make_builder(part.type));
}

void batch_builder::append(const std::vector<scalar>& values, change kind) {
  HERALD_CHECK_EQ(values.size(), builders_.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    builders_[i]->append(values[i]);
  changes_.push_back(static_cast<std::int8_t>(kind));
  all_inserts_ = all_inserts_ && kind == change::insert;
  ++rows_;
}

void batch_builder::append_from(const batch& source, std::int64_t row) {
  HERALD_CHECK_EQ(source.columns.size(), builders_.size());
  for (std::size_t i = 0; i < builders_.size(); ++i)
    builders_[i]->append_from(*source.columns[i], row);
  auto kind = source.change_of(row);
  changes_.push_back(static_cast<std::int8_t>(kind));
  all_inserts_ = all_inserts_ && kind == change::insert;
  ++rows_;
}

batch_ptr batch_builder::finish() {
  std::vector<column_ptr> columns;
  for (auto& part : builders_)
    columns.push_back(part->finish());
  buffer_ptr changes;
  if (!all_inserts_)
    changes = to_buffer(changes_);
  changes_.clear();
  all_inserts_ = true;
  return make_batch(layout_, std::move(columns), std::exchange(rows_, 0),
                    std::move(changes));
}

} // namespace herald
