#pragma once

#include "engine/expr/user_accumulator.hpp"
#include "engine/plan/function_catalog.hpp"

// Loads shared libraries with functions of users and checks what they say of
// themselves (schemas/herald_function.h). A library is loaded once and stays
// for the life of the process, as the expressions that call it may. Safe on
// any thread.

namespace herald {

/// A library with more functions than that has filled its table with noise.
constexpr std::size_t library_functions_max = 4096;

/// Which libraries may be loaded: those below `folder`; none if it is empty.
/// Until this is called any may, as in a process that only its user's scripts
/// run in. Call it before anything is planned.
void restrict_libraries(std::string folder);

/// The overloads that the library at `path` has of function `name`, at least
/// one; all of one type. Errors, at `where`: a file that
/// cannot be loaded or is no library of functions, another version of the
/// interface, types that are none, no such function (with the nearest name).
absl::StatusOr<std::vector<library_overload>>
load_function(const std::string& path, const std::string& name,
              text_position where);

} // namespace herald
