#include "tests/engine/columnar/model.hpp"

namespace herald::testing {

namespace {

void check_values(const column& x) {
  switch (x.type.storage()) {
  case storage_kind::none:
  case storage_kind::fields:
    EXPECT_EQ(x.values, nullptr);
    break;
  case storage_kind::bit:
    EXPECT_GE(x.values->size() * 8, x.length);
    break;
  case storage_kind::list:
    EXPECT_GE(x.values->size(), (x.length + 1) * 4);
    break;
  default:
    EXPECT_GE(x.values->size(), x.length * x.type.width());
  }
}

void check_list(const column& x) {
  ASSERT_EQ(x.children.size(), 1u);
  EXPECT_EQ(x.children[0]->type, x.type.element());
  auto offsets = x.offsets();
  EXPECT_GE(offsets.front(), 0);
  for (std::size_t i = 0; i + 1 < offsets.size(); ++i)
    EXPECT_LE(offsets[i], offsets[i + 1]);
  EXPECT_LE(offsets.back(), x.children[0]->length);
}

} // namespace

void check_layout(const column& x) {
  EXPECT_EQ(x.null_count > 0, x.validity != nullptr);
  EXPECT_EQ(count_nulls(x.validity.get(), x.length), x.null_count);
  check_values(x);
  if (x.type.storage() == storage_kind::list)
    check_list(x);
  if (x.type.storage() == storage_kind::fields) {
    ASSERT_EQ(x.children.size(), x.type.fields().size());
    for (std::size_t i = 0; i < x.children.size(); ++i) {
      EXPECT_EQ(x.children[i]->length, x.length);
      EXPECT_EQ(x.children[i]->type, x.type.fields()[i].type);
    }
  }
  for (const auto& child : x.children)
    check_layout(*child);
}

void check_layout(const batch& x) {
  ASSERT_EQ(x.columns.size(), x.layout->fields.size());
  for (std::size_t i = 0; i < x.columns.size(); ++i) {
    EXPECT_EQ(x.columns[i]->length, x.rows);
    EXPECT_EQ(x.columns[i]->type, x.layout->fields[i].type);
    check_layout(*x.columns[i]);
  }
}

std::vector<std::string> pick(const std::vector<std::string>& lines,
                              const row_list& rows) {
  std::vector<std::string> result;
  for (auto row : rows)
    result.push_back(lines[static_cast<std::size_t>(row)]);
  return result;
}

} // namespace herald::testing
