#include "engine/expr/user_scalar.hpp"

#include "engine/columnar/arrow_c_column.hpp"
#include "engine/expr/kernel.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace herald {

user_arguments::~user_arguments() {
  for (const auto& array : arrays_)
    if (array->release != nullptr)
      array->release(array.get());
}

absl::Status user_arguments::add(const column_ptr& x, bool constant) {
  auto array = std::make_unique<ArrowArray>();
  HERALD_TRY(export_column_c(x, array.get()));
  arguments_.push_back({array.get(), constant ? 1 : 0, 0});
  arrays_.push_back(std::move(array));
  return absl::OkStatus();
}

herald_batch user_arguments::batch(std::int64_t rows,
                                   const eval_context& context) {
  herald_batch result{};
  result.rows = rows;
  result.n_arguments = static_cast<std::int64_t>(arguments_.size());
  result.arguments = arguments_.data();
  result.time_zone = context.time_zone.c_str();
  result.now_ms = context.now_ms;
  return result;
}

absl::Status user_failure(const std::string& name, text_position where,
                          const herald_error& error) {
  const auto size = ::strnlen(error.message, HERALD_ERROR_SIZE);
  if (size == 0)
    return user_error(where, name + " failed and did not say why");
  return user_error(where, fmt::format("{}: {}", name,
                                       std::string_view(error.message, size)));
}

namespace {

class user_scalar final : public function {
public:
  explicit user_scalar(const herald_function& entry) : entry_(entry) {}

  bool deterministic() const override {
    return (entry_.flags & HERALD_VOLATILE) == 0;
  }

  bool varies_by_row() const override {
    return !deterministic();
  }

  bool can_fail(const expr&) const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    const auto strict = (entry_.flags & HERALD_TAKES_NULLS) == 0;
    if (rows == 0 || (strict && intersect(args, rows).null_count == rows))
      return vec{null_column(self.type, rows)};
    user_arguments columns;
    for (const auto& arg : args) {
      HERALD_TRY(columns.add(arg.column, arg.constant));
    }
    const auto batch = columns.batch(rows, context);
    ArrowArray array{};
    const auto status = call_user(self.name, self.where, [&](auto* error) {
      return entry_.call(entry_.self, &batch, &array, error);
    });
    if (!status.ok()) {
      if (array.release != nullptr)
        array.release(&array);
      return status;
    }
    auto result = import_column_c(&array, self.type, rows);
    if (!result.ok())
      return user_error(self.where,
                        fmt::format("{} gave a wrong result: {}", self.name,
                                    message_of(result.status())));
    return finish(self, args, *std::move(result), strict);
  }

private:
  /// The library's values, NULL where an argument is.
  static absl::StatusOr<vec> finish(const expr& self,
                                    const std::vector<vec>& args,
                                    column_ptr values, bool strict) {
    auto parts = strict ? args : std::vector<vec>{};
    parts.push_back({values, false});
    const auto rows = values->length;
    auto valid = intersect(parts, rows);
    if (valid.null_count > 0 && !self.type.nullable())
      return user_error(
          self.where,
          fmt::format("{} is declared NOT NULL and gave NULL", self.name));
    auto result = std::make_shared<column>(*values);
    result->type = self.type;
    result->null_count = valid.null_count;
    result->validity = valid.null_count > 0 ? valid.bits : nullptr;
    return vec{std::move(result)};
  }

  const herald_function& entry_;
};

} // namespace

const function* make_user_scalar(const herald_function& entry) {
  return keep(std::make_unique<user_scalar>(entry));
}

} // namespace herald
