#include "engine/operators/row_store.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/compare.hpp"

#include <algorithm>
#include <cstring>

namespace herald {

namespace {

/// Validity as one byte a row: cheap to append to and to gather.
class validity_store {
public:
  void append(const column& x, const row_list* rows) {
    if (x.null_count == 0 && valid_.empty()) {
      size_ += rows ? rows->size() : static_cast<std::size_t>(x.length);
      return;
    }
    valid_.resize(size_, 1);
    auto count = rows ? rows->size() : static_cast<std::size_t>(x.length);
    for (std::size_t i = 0; i < count; ++i)
      valid_.push_back(
          !x.is_null(rows ? (*rows)[i] : static_cast<std::int64_t>(i)));
    size_ += count;
  }

  void gather(std::span<const std::int32_t> rows, column& out) const {
    if (valid_.empty())
      return;
    std::int64_t nulls = 0;
    for (auto row : rows)
      nulls += !valid_[static_cast<std::size_t>(row)];
    if (nulls == 0)
      return;
    auto count = static_cast<std::int64_t>(rows.size());
    auto bits = allocate_zeros((count + 7) / 8);
    auto* to = bits->mutable_data();
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (valid_[static_cast<std::size_t>(rows[i])])
        to[i >> 3] |= static_cast<std::uint8_t>(1u << (i & 7));
    out.null_count = nulls;
    out.validity = std::move(bits);
  }

  bool is_null(std::int32_t row) const {
    return !valid_.empty() && !valid_[static_cast<std::size_t>(row)];
  }

  /// The order of two rows one of which is NULL; nullopt: neither is.
  std::optional<int> compare(std::int32_t a, std::int32_t b) const {
    const auto null_a = is_null(a);
    const auto null_b = is_null(b);
    if (!null_a && !null_b)
      return std::nullopt;
    return null_b - null_a;
  }

  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(valid_.capacity());
  }

private:
  std::vector<std::uint8_t> valid_; ///< empty while nothing is NULL
  std::size_t size_ = 0;
};

template <class T>
class fixed_store final : public column_store {
public:
  explicit fixed_store(data_type type) : type_(std::move(type)) {}

  void append(const column& x, const row_list* rows) override {
    validity_.append(x, rows);
    auto values = x.as<T>();
    if (!rows) {
      values_.insert(values_.end(), values.begin(), values.end());
      return;
    }
    for (auto row : *rows)
      values_.push_back(values[static_cast<std::size_t>(row)]);
  }

  column_ptr gather(std::span<const std::int32_t> rows) const override {
    auto result = std::make_shared<column>();
    result->type = type_;
    result->length = static_cast<std::int64_t>(rows.size());
    auto values
        = allocate_buffer(static_cast<std::int64_t>(rows.size() * sizeof(T)));
    auto* to = reinterpret_cast<T*>(values->mutable_data());
    for (std::size_t i = 0; i < rows.size(); ++i)
      to[i] = values_[static_cast<std::size_t>(rows[i])];
    result->values = std::move(values);
    validity_.gather(rows, *result);
    return result;
  }

  bool same(std::int32_t row, const column& x, std::int64_t at) const override {
    if (validity_.is_null(row) || x.is_null(at))
      return validity_.is_null(row) && x.is_null(at);
    return std::memcmp(&values_[static_cast<std::size_t>(row)],
                       &x.as<T>()[static_cast<std::size_t>(at)], sizeof(T))
           == 0;
  }

  int compare(std::int32_t a, std::int32_t b) const override {
    if (const auto nulls = validity_.compare(a, b))
      return *nulls;
    return compare_three_way(values_[static_cast<std::size_t>(a)],
                             values_[static_cast<std::size_t>(b)]);
  }

  bool is_null(std::int32_t row) const override {
    return validity_.is_null(row);
  }

  std::int64_t memory_bytes() const override {
    return static_cast<std::int64_t>(values_.capacity() * sizeof(T))
           + validity_.memory_bytes();
  }

private:
  data_type type_;
  std::vector<T> values_;
  validity_store validity_;
};

/// Texts: views into heaps of the store's own.
class text_store final : public column_store {
public:
  /// The first heap is small, for there may be many stores; each next one
  /// has twice the bytes, up to a limit.
  static constexpr std::size_t heap_bytes_min = 4 << 10;
  static constexpr std::size_t heap_bytes_max = 1 << 20;

  explicit text_store(data_type type) : type_(std::move(type)) {}

  void append(const column& x, const row_list* rows) override {
    validity_.append(x, rows);
    auto count = rows ? rows->size() : static_cast<std::size_t>(x.length);
    auto refs = x.as<string_ref>();
    for (std::size_t i = 0; i < count; ++i) {
      auto row = rows ? static_cast<std::size_t>((*rows)[i]) : i;
      if (x.is_null(static_cast<std::int64_t>(row)))
        refs_.push_back(make_ref({}, 0, 0));
      else if (refs[row].is_inline())
        refs_.push_back(refs[row]);
      else
        refs_.push_back(store(x.resolve(refs[row])));
    }
  }

  column_ptr gather(std::span<const std::int32_t> rows) const override {
    auto result = std::make_shared<column>();
    result->type = type_;
    result->length = static_cast<std::int64_t>(rows.size());
    auto values = allocate_buffer(result->length * 16);
    auto* to = reinterpret_cast<string_ref*>(values->mutable_data());
    for (std::size_t i = 0; i < rows.size(); ++i)
      to[i] = refs_[static_cast<std::size_t>(rows[i])];
    result->values = std::move(values);
    result->heaps = heaps_;
    validity_.gather(rows, *result);
    return result;
  }

  bool same(std::int32_t row, const column& x, std::int64_t at) const override {
    if (validity_.is_null(row) || x.is_null(at))
      return validity_.is_null(row) && x.is_null(at);
    return text(refs_[static_cast<std::size_t>(row)]) == x.text(at);
  }

  int compare(std::int32_t a, std::int32_t b) const override {
    if (const auto nulls = validity_.compare(a, b))
      return *nulls;
    return compare_three_way(text(refs_[static_cast<std::size_t>(a)]),
                             text(refs_[static_cast<std::size_t>(b)]));
  }

  bool is_null(std::int32_t row) const override {
    return validity_.is_null(row);
  }

  std::int64_t memory_bytes() const override {
    auto result = static_cast<std::int64_t>(refs_.capacity() * 16)
                  + validity_.memory_bytes();
    for (const auto& heap : heaps_)
      result += heap->size();
    return result;
  }

private:
  std::string_view text(const string_ref& ref) const {
    if (ref.is_inline())
      return {ref.inlined, static_cast<std::size_t>(ref.size)};
    const auto& heap = heaps_[static_cast<std::size_t>(ref.far.heap)];
    return {reinterpret_cast<const char*>(heap->data()) + ref.far.offset,
            static_cast<std::size_t>(ref.size)};
  }

  // Bytes behind `used_` of the last heap are written while columns made by
  // `gather` share it; those never look there.
  string_ref store(std::string_view x) {
    if (heaps_.empty() || used_ + x.size() > last_size_) {
      auto grown = std::clamp(last_size_ * 2, heap_bytes_min, heap_bytes_max);
      last_size_ = std::max(grown, x.size());
      auto heap = allocate_buffer(static_cast<std::int64_t>(last_size_));
      last_ = heap->mutable_data();
      heaps_.push_back(std::move(heap));
      used_ = 0;
    }
    std::memcpy(last_ + used_, x.data(), x.size());
    auto result = make_ref(x, static_cast<std::int32_t>(heaps_.size() - 1),
                           static_cast<std::int32_t>(used_));
    used_ += x.size();
    return result;
  }

  data_type type_;
  std::vector<string_ref> refs_;
  std::vector<buffer_ptr> heaps_;
  std::uint8_t* last_ = nullptr;
  std::size_t last_size_ = 0;
  std::size_t used_ = 0;
  validity_store validity_;
};

/// Everything else: batches of rows as they came, compacted.
class part_store final : public column_store {
public:
  explicit part_store(data_type type) : type_(std::move(type)) {}

  void append(const column& x, const row_list* rows) override {
    row_list all;
    if (!rows) {
      for (std::int64_t i = 0; i < x.length; ++i)
        all.push_back(static_cast<std::int32_t>(i));
      rows = &all;
    }
    auto part = compact(take(x, *rows));
    bytes_ += herald::memory_bytes(*part);
    for (std::int32_t i = 0; i < part->length; ++i)
      places_.push_back({static_cast<std::int32_t>(parts_.size()), i});
    parts_.push_back(std::move(part));
  }

  column_ptr gather(std::span<const std::int32_t> rows) const override {
    auto builder = make_builder(type_);
    for (auto row : rows) {
      auto [part, at] = places_[static_cast<std::size_t>(row)];
      builder->append_from(*parts_[static_cast<std::size_t>(part)], at);
    }
    return builder->finish();
  }

  bool same(std::int32_t row, const column& x, std::int64_t at) const override {
    auto [part, i] = places_[static_cast<std::size_t>(row)];
    return same_value(*parts_[static_cast<std::size_t>(part)], i, x, at);
  }

  int compare(std::int32_t a, std::int32_t b) const override {
    const auto [part_a, i] = places_[static_cast<std::size_t>(a)];
    const auto [part_b, j] = places_[static_cast<std::size_t>(b)];
    return compare_value(*parts_[static_cast<std::size_t>(part_a)], i,
                         *parts_[static_cast<std::size_t>(part_b)], j);
  }

  bool is_null(std::int32_t row) const override {
    const auto [part, i] = places_[static_cast<std::size_t>(row)];
    return parts_[static_cast<std::size_t>(part)]->is_null(i);
  }

  std::int64_t memory_bytes() const override {
    return bytes_ + static_cast<std::int64_t>(places_.capacity() * 8);
  }

private:
  data_type type_;
  std::vector<column_ptr> parts_;
  std::vector<std::pair<std::int32_t, std::int32_t>> places_;
  std::int64_t bytes_ = 0;
};

} // namespace

std::unique_ptr<column_store> make_column_store(const data_type& type) {
  switch (type.storage()) {
  case storage_kind::i8:
    return std::make_unique<fixed_store<std::int8_t>>(type);
  case storage_kind::i16:
    return std::make_unique<fixed_store<std::int16_t>>(type);
  case storage_kind::i32:
    return std::make_unique<fixed_store<std::int32_t>>(type);
  case storage_kind::i64:
    return std::make_unique<fixed_store<std::int64_t>>(type);
  case storage_kind::f32:
    return std::make_unique<fixed_store<float>>(type);
  case storage_kind::f64:
    return std::make_unique<fixed_store<double>>(type);
  case storage_kind::i128:
    return std::make_unique<fixed_store<int128>>(type);
  case storage_kind::text:
    return std::make_unique<text_store>(type);
  default:
    return std::make_unique<part_store>(type);
  }
}

row_store::row_store(schema_ptr layout) : layout_(std::move(layout)) {
  for (const auto& field : layout_->fields)
    columns_.push_back(make_column_store(field.type));
}

void row_store::append(const batch& x, const row_list* rows) {
  auto count = rows ? static_cast<std::int64_t>(rows->size()) : x.rows;
  HERALD_CHECK_LT(size_ + count, std::int64_t{0x7fffffff});
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i]->append(*x.columns[i], rows);
  size_ += static_cast<std::int32_t>(count);
}

row_store row_store::only(std::span<const std::int32_t> rows) const {
  row_store result(layout_);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    result.columns_[i]->append(*columns_[i]->gather(rows), nullptr);
  result.size_ = static_cast<std::int32_t>(rows.size());
  return result;
}

bool row_store::same(std::int32_t row, const batch& x, std::int64_t at) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (!columns_[i]->same(row, *x.columns[i], at))
      return false;
  return true;
}

batch_ptr row_store::gather(std::span<const std::int32_t> rows) const {
  std::vector<column_ptr> columns;
  for (const auto& x : columns_)
    columns.push_back(x->gather(rows));
  return make_batch(layout_, std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

std::int64_t row_store::memory_bytes() const {
  std::int64_t result = 0;
  for (const auto& x : columns_)
    result += x->memory_bytes();
  return result;
}

} // namespace herald
