#include "engine/columnar/nested_builder.hpp"

#include "engine/common/check.hpp"

#include <cstring>
#include <utility>

namespace herald {

// -- ARRAY and MAP -----------------------------------------------------------

list_builder::list_builder(data_type type)
    : column_builder(std::move(type)),
      elements_(make_builder(type_.element())) {}

void list_builder::end_row(bool valid) {
  HERALD_CHECK_LE(elements_->length(), column::rows_max);
  offsets_.push_back(static_cast<std::int32_t>(elements_->length()));
  mark(valid);
}

void list_builder::close() {
  end_row(true);
}

void list_builder::append_null() {
  end_row(false);
}

void list_builder::append(const scalar& x) {
  if (x.is_null())
    return append_null();
  const auto& values = std::get<std::vector<scalar>>(x.value);
  if (type_.has_entries()) {
    HERALD_CHECK_EQ(values.size() % 2, 0u);
    auto& entries = static_cast<row_builder&>(*elements_);
    for (std::size_t i = 0; i < values.size(); i += 2) {
      entries.child(0).append(values[i]);
      entries.child(1).append(values[i + 1]);
      entries.close();
    }
  } else {
    for (const auto& value : values)
      elements_->append(value);
  }
  close();
}

void list_builder::append_from(const column& source, std::int64_t row) {
  if (source.is_null(row))
    return append_null();
  auto at = static_cast<std::size_t>(row);
  for (auto i = source.offsets()[at]; i < source.offsets()[at + 1]; ++i)
    elements_->append_from(*source.children[0], i);
  close();
}

column_ptr list_builder::finish() {
  auto result = std::make_shared<column>();
  finish_validity(*result);
  auto bytes = offsets_.size() * sizeof(std::int32_t);
  auto values = allocate_buffer(static_cast<std::int64_t>(bytes));
  std::memcpy(values->mutable_data(), offsets_.data(), bytes);
  result->values = std::move(values);
  result->children = {elements_->finish()};
  offsets_.assign(1, 0);
  return result;
}

// -- ROW ---------------------------------------------------------------------

row_builder::row_builder(data_type type) : column_builder(std::move(type)) {
  for (const auto& part : type_.fields())
    children_.push_back(make_builder(part.type));
}

void row_builder::append_null() {
  for (auto& child : children_)
    child->append_null();
  mark(false);
}

void row_builder::append(const scalar& x) {
  if (x.is_null())
    return append_null();
  const auto& values = std::get<std::vector<scalar>>(x.value);
  HERALD_CHECK_EQ(values.size(), children_.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    children_[i]->append(values[i]);
  mark(true);
}

void row_builder::append_from(const column& source, std::int64_t row) {
  if (source.is_null(row))
    return append_null();
  for (std::size_t i = 0; i < children_.size(); ++i)
    children_[i]->append_from(*source.children[i], row);
  mark(true);
}

column_ptr row_builder::finish() {
  auto result = std::make_shared<column>();
  finish_validity(*result);
  for (auto& child : children_)
    result->children.push_back(child->finish());
  return result;
}

} // namespace herald
