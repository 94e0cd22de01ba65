#include "engine/expr/user_table.hpp"

#include "engine/columnar/arrow_c_column.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/user_scalar.hpp"

#include <utility>

#include <absl/strings/cord.h>
#include <fmt/format.h>

namespace herald {

namespace {

/// Marks the errors of `too_much`.
constexpr const char* too_much_url = "herald/too-much";

absl::Status too_much(const expr& self) {
  auto status = user_error(
      self.where,
      fmt::format("{} gives more than {} rows or {} MiB for one row", self.name,
                  table_rows_max, table_bytes_max >> 20));
  status.SetPayload(too_much_url, absl::Cord());
  return status;
}

absl::Status wrong_result(const expr& self, std::string_view why) {
  return user_error(self.where,
                    fmt::format("{} gave a wrong result: {}", self.name, why));
}

/// What the library gives: the number of an input row, then the columns.
data_type numbered(const data_type& row) {
  std::vector<field> fields
      = {{"row", data_type::of(type_kind::integer).with_nullable(false)}};
  const auto& columns = row.fields();
  fields.insert(fields.end(), columns.begin(), columns.end());
  return data_type::row(std::move(fields));
}

/// Where the rows of each of `rows` input rows begin.
absl::StatusOr<buffer_ptr> offsets_of(const expr& self, const column& numbers,
                                      std::int64_t rows) {
  auto result = allocate_buffer((rows + 1) * 4);
  auto* offsets = reinterpret_cast<std::int32_t*>(result->mutable_data());
  const auto of = numbers.as<std::int32_t>();
  std::int32_t last = -1;
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (of[i] < 0 || of[i] >= rows)
      return wrong_result(
          self, fmt::format("row {} is for row {} of {}", i, of[i], rows));
    if (of[i] < last)
      return wrong_result(self, fmt::format("row {} is for row {}, behind one "
                                            "for row {}",
                                            i, of[i], last));
    while (last < of[i])
      offsets[++last] = static_cast<std::int32_t>(i);
  }
  while (last < rows)
    offsets[++last] = static_cast<std::int32_t>(of.size());
  return buffer_ptr(std::move(result));
}

class user_table final : public function {
public:
  explicit user_table(const herald_function& entry) : entry_(entry) {}

  bool deterministic() const override {
    return (entry_.flags & HERALD_VOLATILE) == 0;
  }

  bool varies_by_row() const override {
    return !deterministic();
  }

  // What may be a million rows is not computed while planning.
  bool asks_context() const override {
    return true;
  }

  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    auto valid = (entry_.flags & HERALD_TAKES_NULLS) == 0
                     ? intersect(args, rows)
                     : validity{};
    if (rows == 0 || valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    HERALD_ASSIGN(auto given, ask(self, args, rows, context));
    HERALD_ASSIGN(auto offsets, offsets_of(self, *given->children[0], rows));
    auto elements = std::make_shared<column>(*given);
    elements->type = self.type.fields()[0].type;
    elements->children.erase(elements->children.begin());
    auto result = std::make_shared<column>();
    result->type = self.type;
    result->length = rows;
    result->values = std::move(offsets);
    result->children = {std::move(elements)};
    // The rows that are given for a row with a NULL are part of no list.
    result->null_count = valid.null_count;
    result->validity = valid.null_count > 0 ? valid.bits : nullptr;
    return vec{std::move(result)};
  }

private:
  /// The rows that the library gives, with their numbers.
  absl::StatusOr<column_ptr> ask(const expr& self, const std::vector<vec>& args,
                                 std::int64_t rows,
                                 const eval_context& context) const {
    user_arguments columns;
    for (const auto& arg : args) {
      HERALD_TRY(columns.add(arg.column, arg.constant));
    }
    auto batch = columns.batch(rows, context);
    batch.rows_max = table_rows_max;
    batch.bytes_max = table_bytes_max;
    ArrowArray array{};
    std::int32_t code = 0;
    const auto status = call_user(self.name, self.where, [&](auto* error) {
      code = entry_.call(entry_.self, &batch, &array, error);
      return code;
    });
    const auto count = array.length;
    const bool fits = count >= 0 && count <= table_rows_max;
    if (array.release != nullptr && !(status.ok() && fits))
      array.release(&array);
    if (code == HERALD_TOO_MANY || (status.ok() && count > table_rows_max))
      return too_much(self);
    HERALD_TRY(status);
    if (!fits)
      return wrong_result(self, fmt::format("{} rows", count));
    return import(self, array);
  }

  static absl::StatusOr<column_ptr> import(const expr& self,
                                           ArrowArray& array) {
    const auto type = numbered(self.type.fields()[0].type);
    const auto rows = array.length;
    auto result = import_column_c(&array, type, rows);
    if (!result.ok())
      return wrong_result(self, message_of(result.status()));
    const auto& given = **result;
    if (given.null_count > 0)
      return wrong_result(self, "rows that are NULL");
    if (memory_bytes(given) > table_bytes_max)
      return too_much(self);
    return result;
  }

  const herald_function& entry_;
};

} // namespace

const function* make_user_table(const herald_function& entry) {
  return keep(std::make_unique<user_table>(entry));
}

data_type table_type(const data_type& row) {
  return data_type::array(row.with_nullable(false));
}

bool gave_too_much(const absl::Status& status) {
  return status.GetPayload(too_much_url).has_value();
}

} // namespace herald
