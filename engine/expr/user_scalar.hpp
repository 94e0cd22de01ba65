#pragma once

#include "engine/expr/expr.hpp"
#include "schemas/herald_function.h"

// The code of scalar functions in shared libraries: a call of the library for
// each batch, its result checked. Made once when a function is declared, used
// from any thread; what a library may do wrong comes back as an error.

namespace herald {

/// Arguments of a call as the library gets them; releases them in the end.
class user_arguments {
public:
  user_arguments() = default;
  user_arguments(const user_arguments&) = delete;
  user_arguments& operator=(const user_arguments&) = delete;
  ~user_arguments();

  absl::Status add(const column_ptr& x, bool constant);

  /// Valid as long as this is, and nothing is added.
  herald_batch batch(std::int64_t rows, const eval_context& context);

private:
  std::vector<std::unique_ptr<ArrowArray>> arrays_;
  std::vector<herald_argument> arguments_;
};

/// Runs `call(error)`, a function of a library that returns 0 or writes an
/// error. Errors start with `name` and point at `where`.
template <class Call>
absl::Status call_user(const std::string& name, text_position where, Call call);

/// The code of `entry`, which lives for ever as this does.
const function* make_user_scalar(const herald_function& entry);

// -- implementation -----------------------------------------------------------

/// What `error` says, cut where a library forgot the final 0.
absl::Status user_failure(const std::string& name, text_position where,
                          const herald_error& error);

template <class Call>
absl::Status call_user(const std::string& name, text_position where,
                       Call call) {
  herald_error error{};
  try {
    if (call(&error) == 0)
      return absl::OkStatus();
  } catch (...) {
    return user_error(where, name + ": the library threw an exception");
  }
  return user_failure(name, where, error);
}

} // namespace herald
