#include "engine/expr/select.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/expr/validity.hpp"

#include <utility>

namespace herald {

selection::selection(data_type type, std::int64_t rows)
    : type_(std::move(type)), rows_(rows),
      from_(static_cast<std::size_t>(rows), -1),
      slot_(static_cast<std::size_t>(rows), 0) {}

void selection::add(const vec& x, const row_list& at) {
  auto source = static_cast<std::int32_t>(sources_.size());
  sources_.push_back(x.column);
  for (auto row : at) {
    from_[static_cast<std::size_t>(row)] = source;
    slot_[static_cast<std::size_t>(row)]
        = static_cast<std::int32_t>(x.slot(row));
  }
}

void selection::add_dense(const vec& x, const row_list& at) {
  auto source = static_cast<std::int32_t>(sources_.size());
  sources_.push_back(x.column);
  for (std::size_t i = 0; i < at.size(); ++i) {
    auto row = static_cast<std::size_t>(at[i]);
    from_[row] = source;
    slot_[row]
        = static_cast<std::int32_t>(x.slot(static_cast<std::int64_t>(i)));
  }
}

void selection::add_slots(const column_ptr& x, const row_list& slots,
                          const row_list& at) {
  auto source = static_cast<std::int32_t>(sources_.size());
  sources_.push_back(x);
  for (std::size_t i = 0; i < at.size(); ++i) {
    auto row = static_cast<std::size_t>(at[i]);
    from_[row] = source;
    slot_[row] = slots[i];
  }
}

namespace {

/// Copies values of `Width` bytes, each from its source.
template <std::size_t Width>
buffer_ptr gather(const std::vector<column_ptr>& sources,
                  const std::vector<std::int32_t>& from,
                  const std::vector<std::int32_t>& slot) {
  auto result = allocate_zeros(static_cast<std::int64_t>(from.size() * Width));
  std::vector<const std::uint8_t*> data;
  for (const auto& x : sources)
    data.push_back(x->values == nullptr ? nullptr : x->values->data());
  auto* out = result->mutable_data();
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i] < 0 || data[static_cast<std::size_t>(from[i])] == nullptr)
      continue;
    std::memcpy(out + i * Width,
                data[static_cast<std::size_t>(from[i])]
                    + static_cast<std::size_t>(slot[i]) * Width,
                Width);
  }
  return result;
}

} // namespace

column_ptr selection::finish() {
  if (type_.is_nested() || type_.storage() == storage_kind::none) {
    auto builder = make_builder(type_);
    for (std::size_t i = 0; i < from_.size(); ++i) {
      if (from_[i] < 0)
        builder->append_null();
      else
        builder->append_from(*sources_[static_cast<std::size_t>(from_[i])],
                             slot_[i]);
    }
    return builder->finish();
  }
  auto result = std::make_shared<column>();
  result->type = type_;
  result->length = rows_;
  std::vector<std::int32_t> heap_base;
  auto has_nulls = false;
  for (const auto& x : sources_) {
    heap_base.push_back(static_cast<std::int32_t>(result->heaps.size()));
    result->heaps.insert(result->heaps.end(), x->heaps.begin(), x->heaps.end());
    has_nulls = has_nulls || x->null_count > 0;
  }
  auto source = [&](std::size_t i) -> const column& {
    return *sources_[static_cast<std::size_t>(from_[i])];
  };
  auto bits = fill_bits(rows_, [&](std::int64_t row) {
    auto i = static_cast<std::size_t>(row);
    return from_[i] >= 0 && (!has_nulls || !source(i).is_null(slot_[i]));
  });
  auto valid = count_validity(std::move(bits), rows_);
  if (type_.storage() == storage_kind::bit) {
    result->values = fill_bits(rows_, [&](std::int64_t row) {
      auto i = static_cast<std::size_t>(row);
      return valid.at(row) && source(i).bit(slot_[i]);
    });
  } else if (type_.storage() == storage_kind::text) {
    auto refs = std::static_pointer_cast<arrow::MutableBuffer>(
        gather<16>(sources_, from_, slot_));
    auto* out = reinterpret_cast<string_ref*>(refs->mutable_data());
    for_each_bit(valid.bits.get(), rows_, [&](std::int64_t row) {
      if (!out[row].is_inline())
        out[row].far.heap += heap_base[static_cast<std::size_t>(
            from_[static_cast<std::size_t>(row)])];
    });
    result->values = std::move(refs);
  } else {
    auto width = type_.width();
    result->values = width == 1   ? gather<1>(sources_, from_, slot_)
                     : width == 2 ? gather<2>(sources_, from_, slot_)
                     : width == 4 ? gather<4>(sources_, from_, slot_)
                     : width == 8 ? gather<8>(sources_, from_, slot_)
                                  : gather<16>(sources_, from_, slot_);
  }
  result->null_count = valid.null_count;
  result->validity = std::move(valid.bits);
  return result;
}

} // namespace herald
