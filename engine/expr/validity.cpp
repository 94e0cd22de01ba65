#include "engine/expr/validity.hpp"

#include <utility>

namespace herald {

std::shared_ptr<arrow::MutableBuffer> allocate_bits(std::int64_t rows) {
  return allocate_zeros((rows + 63) / 64 * 8);
}

validity count_validity(buffer_ptr bits, std::int64_t rows) {
  auto nulls = count_nulls(bits.get(), rows);
  if (nulls == 0)
    return {};
  return {std::move(bits), nulls};
}

validity intersect(const std::vector<vec>& args, std::int64_t rows) {
  std::vector<const column*> with_nulls;
  for (const auto& arg : args) {
    if (arg.column->null_count == 0)
      continue;
    if (arg.constant)
      return {allocate_bits(rows), rows};
    with_nulls.push_back(arg.column.get());
  }
  if (with_nulls.empty())
    return {};
  if (with_nulls.size() == 1)
    return {with_nulls[0]->validity, with_nulls[0]->null_count};
  auto bits = allocate_bits(rows);
  auto* out = bits->mutable_data();
  for (std::int64_t i = 0; i * 64 < rows; ++i) {
    auto word = ~std::uint64_t{0};
    for (const auto* x : with_nulls)
      word &= bit_word(x->validity.get(), i, rows);
    std::memcpy(out + i * 8, &word, 8);
  }
  return count_validity(std::move(bits), rows);
}

column_ptr make_column_of(const data_type& type, std::int64_t rows,
                          buffer_ptr values, validity valid) {
  auto result = std::make_shared<column>();
  result->type = type;
  result->length = rows;
  result->null_count = valid.null_count;
  if (valid.null_count > 0)
    result->validity = std::move(valid.bits);
  result->values = std::move(values);
  return result;
}

} // namespace herald
