#pragma once

#include "engine/expr/aggregate.hpp"
#include "engine/plan/object_name.hpp"
#include "engine/sql/ast_statement.hpp"

#include <map>

// The functions that a script declared: written in SQL, and put in place of
// their calls when these are bound, or code of a shared library. Names are
// compared without case, as in Flink. Owned by the session, used by one thread
// at a time; bounded by the script. SHOW FUNCTIONS and DROP FUNCTION read and
// change it.

namespace herald {

/// With calls of calls, a short text can become an endless expression.
constexpr std::size_t function_nodes_max = 10'000;

enum class function_type : std::uint8_t { scalar, aggregate, table };

/// "scalar", "aggregate" or "table".
std::string_view to_string(function_type x);

/// One way to call a function of a library.
struct library_overload {
  function_type type = function_type::scalar;
  std::vector<data_type> parameters;
  data_type result;               ///< of a table function an ARRAY of its rows
  const function* code = nullptr; ///< lives for ever; null: an aggregate
  std::shared_ptr<const user_aggregate> aggregate;
};

struct user_function {
  std::string name;                                ///< as it was declared
  std::shared_ptr<const sql::statement> statement; ///< that declared it
  std::vector<field> parameters;
  expr_ptr body; ///< over the parameters, column i for parameter i
  std::vector<library_overload> overloads; ///< without a body; 1 or more

  function_type type() const {
    return overloads.empty() ? function_type::scalar : overloads[0].type;
  }
};

using user_function_ptr = std::shared_ptr<const user_function>;

/// How long a function lives, which also is the order in which they are
/// looked for: system functions hide built-in ones, which hide the others.
enum class function_life : std::uint8_t { system, temporary, permanent };

class function_catalog {
public:
  /// Adds or replaces. Errors: it is there already.
  absl::Status add(function_life life, const object_name& name,
                   user_function_ptr function, bool or_replace,
                   bool if_not_exists, text_position where);

  /// Removes; false if there is none.
  bool remove(function_life life, const object_name& name);

  /// The function that `name` means with this life, or null.
  user_function_ptr find(function_life life, const object_name& name) const;

  /// Names as declared, system ones and those of `database`, in order.
  std::vector<std::string> names(const database_name& database) const;

  /// Of those the table functions.
  std::vector<std::string> table_names(const database_name& database) const;

  /// Forgets the functions of a database that is dropped.
  void remove_database(const database_name& database);

private:
  using key_type = std::pair<function_life, object_name>;

  /// Names of the functions that are `wanted`, of a life or database as above.
  template <class Wanted>
  std::vector<std::string> names_of(const database_name& database,
                                    Wanted wanted) const;
  static key_type key_of(function_life life, const object_name& name);

  std::map<key_type, user_function_ptr> functions_;
};

} // namespace herald
