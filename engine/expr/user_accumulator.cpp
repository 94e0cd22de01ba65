#include "engine/expr/user_accumulator.hpp"

#include "engine/columnar/arrow_c_column.hpp"
#include "engine/expr/user_scalar.hpp"

#include <utility>

#include <fmt/format.h>

namespace herald {

namespace {

class user_accumulator final : public accumulator {
public:
  user_accumulator(const aggregate_call& call, const herald_function& entry,
                   const std::vector<data_type>& state)
      : name_(call.name), type_(call.type), entry_(entry),
        calls_(*entry.aggregate), state_(state), groups_(nullptr) {
    run([&](auto*) {
      groups_ = calls_.create(entry_.self);
      return 0;
    });
    if (groups_ == nullptr && status_.ok())
      status_ = user_error(name_ + ": the library has no memory");
  }

  user_accumulator(const user_accumulator&) = delete;
  user_accumulator& operator=(const user_accumulator&) = delete;

  ~user_accumulator() override {
    if (groups_ != nullptr)
      calls_.destroy(groups_);
  }

  void resize(std::int64_t groups) override {
    if (groups > size_)
      run([&](auto* error) { return calls_.resize(groups_, groups, error); });
    size_ = std::max(size_, groups);
  }

  absl::Status add(const std::vector<column_ptr>& args, const row_list* rows,
                   std::span<const std::int32_t> groups,
                   const std::int8_t* changes) override {
    HERALD_TRY(status_);
    row_list chosen;
    std::vector<std::int32_t> to;
    std::vector<std::int8_t> signs;
    const auto strict = (entry_.flags & HERALD_TAKES_NULLS) == 0;
    bool negative = false;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const auto row = rows ? (*rows)[i] : static_cast<std::int32_t>(i);
      if (strict && has_null(args, row))
        continue;
      chosen.push_back(row);
      to.push_back(groups[i]);
      const bool back = changes && retracts(static_cast<change>(changes[row]));
      signs.push_back(back ? -1 : 1);
      negative |= back;
    }
    if (chosen.empty())
      return absl::OkStatus();
    if (negative && (entry_.flags & HERALD_RETRACTS) == 0)
      return user_error(name_ + " cannot take rows back");
    user_arguments columns;
    for (const auto& arg : args)
      HERALD_TRY(
          columns.add(static_cast<std::int64_t>(chosen.size()) == arg->length
                          ? arg
                          : take(*arg, chosen),
                      false));
    const eval_context context;
    const auto batch
        = columns.batch(static_cast<std::int64_t>(chosen.size()), context);
    run([&](auto* error) {
      return calls_.add(groups_, &batch, to.data(),
                        negative ? signs.data() : nullptr, error);
    });
    return status_;
  }

  std::vector<data_type> partial_types() const override {
    return state_;
  }

  std::vector<column_ptr>
  partial(std::span<const std::int32_t> groups) const override {
    std::vector<ArrowArray> arrays(state_.size());
    run([&](auto* error) {
      return calls_.save(groups_, groups.data(), count(groups), arrays.data(),
                         error);
    });
    std::vector<column_ptr> result;
    for (std::size_t i = 0; i < arrays.size(); ++i)
      result.push_back(import(arrays[i], state_[i], groups));
    return result;
  }

  void merge(const std::vector<column_ptr>& partials,
             std::span<const std::int32_t> groups) override {
    user_arguments columns;
    for (const auto& x : partials)
      if (auto added = columns.add(x, false); !added.ok())
        return fail(std::move(added));
    const eval_context context;
    const auto batch = columns.batch(count(groups), context);
    run([&](auto* error) {
      return calls_.merge(groups_, &batch, groups.data(), error);
    });
  }

  column_ptr result(std::span<const std::int32_t> groups) const override {
    ArrowArray array{};
    run([&](auto* error) {
      return calls_.result(groups_, groups.data(), count(groups), &array,
                           error);
    });
    return import(array, type_, groups);
  }

  void clear(std::span<const std::int32_t> groups) override {
    run([&](auto* error) {
      return calls_.clear(groups_, groups.data(), count(groups), error);
    });
  }

  std::int64_t memory_bytes() const override {
    return groups_ == nullptr ? 0 : calls_.bytes(groups_);
  }

  absl::Status status() const override {
    return status_;
  }

private:
  static bool has_null(const std::vector<column_ptr>& args, std::int32_t row) {
    for (const auto& arg : args)
      if (arg->is_null(row))
        return true;
    return false;
  }

  static std::int64_t count(std::span<const std::int32_t> groups) {
    return static_cast<std::int64_t>(groups.size());
  }

  void fail(absl::Status status) const {
    if (status_.ok())
      status_ = std::move(status);
  }

  /// Calls the library unless it failed before.
  template <class Call>
  void run(Call call) const {
    if (status_.ok())
      fail(call_user(name_, {}, call));
  }

  /// What the library gave, or NULLs when it failed.
  column_ptr import(ArrowArray& array, const data_type& type,
                    std::span<const std::int32_t> groups) const {
    auto values = import_column_c(&array, type, count(groups));
    if (status_.ok() && !values.ok())
      fail(user_error(fmt::format("{} gave a wrong result: {}", name_,
                                  message_of(values.status()))));
    if (values.ok() && (*values)->null_count > 0 && !type.nullable())
      fail(user_error(name_ + " is declared NOT NULL and gave NULL"));
    if (!status_.ok())
      return null_column(type, count(groups));
    auto result = std::make_shared<column>(**values);
    result->type = type;
    return result;
  }

  std::string name_;
  data_type type_;
  const herald_function& entry_;
  const herald_aggregate& calls_;
  const std::vector<data_type>& state_;
  void* groups_;
  std::int64_t size_ = 0;
  mutable absl::Status status_; ///< the first error
};

} // namespace

std::unique_ptr<accumulator>
user_aggregate::make(const aggregate_call& call) const {
  return std::make_unique<user_accumulator>(call, entry_, state_);
}

} // namespace herald
