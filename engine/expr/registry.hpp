#pragma once

#include "engine/expr/expr.hpp"
#include "engine/expr/signature.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// All scalar functions and operators by name: what each accepts, what it
// gives, and its code. Filled once, by the `register_*` functions of the
// theme files, before its first use; read-only after that and so safe on any
// thread. To add a function, add one `add` line to the file of its theme.
//
// Names by which the binder calls what has a syntax of its own. Words and
// units are literals of type CHAR in capitals.
//
//   a + b, a - b, a * b, a / b, a % b    "+" "-" "*" "/" "%" (a, b)
//   +a, -a                               "+" "-" (a)
//   a || b                               "||" (a, b, …)
//   a = b … a >= b, a <> b               "=" "<>" "<" "<=" ">" ">=" (a, b)
//   a AND b, a OR b, NOT a               "AND" "OR" (a, b, …), "NOT" (a)
//   a IS [NOT] NULL | TRUE | FALSE | UNKNOWN
//                                        "IS NULL", "IS NOT NULL", … (a)
//   a IS [NOT] DISTINCT FROM b           "IS [NOT] DISTINCT FROM" (a, b)
//   a [NOT] BETWEEN [SYMMETRIC] b AND c  "[NOT] BETWEEN [SYMMETRIC]" (a, b, c)
//   a [NOT] IN (b, c, …)                 "[NOT] IN" (a, b, c, …)
//   a [NOT] LIKE b [ESCAPE c]            "[NOT] LIKE" (a, b [, c])
//   a [NOT] SIMILAR TO b [ESCAPE c]      "[NOT] SIMILAR TO" (a, b [, c])
//   CASE WHEN c THEN v … [ELSE e] END    "CASE" (c, v, …, [e]); CASE x WHEN y
//                                        becomes the condition x = y
//   r.f, f(x).g                          "FIELD" (r, 'f')
//   a[i], m[k]                           "ITEM" (a, i)
//   ELEMENT(a)                           "ELEMENT" (a)
//   ARRAY[a, …], MAP[k, v, …], ROW(a, …) "ARRAY", "MAP", "ROW" (a, …)
//   EXTRACT(unit FROM x)                 "EXTRACT" ('UNIT', x)
//   FLOOR(x TO unit), CEIL(x TO unit)    "FLOOR", "CEIL" (x, 'UNIT')
//   TIMESTAMPADD(unit, n, x)             "TIMESTAMPADD" ('UNIT', n, x)
//   TIMESTAMPDIFF(unit, a, b)            "TIMESTAMPDIFF" ('UNIT', a, b)
//   INTERVAL x DAY (x no literal)        "INTERVAL" (x, 'DAY')
//   TRIM(BOTH c FROM x)                  "TRIM" ('BOTH', c, x) or (x)
//   POSITION(a IN x)                     "POSITION" (a, x)
//   SUBSTRING(x FROM a FOR b)            "SUBSTRING" (x, a [, b])
//   OVERLAY(x PLACING y FROM a FOR b)    "OVERLAY" (x, y, a [, b])
//   CURRENT_DATE and others without ()   by name, no arguments
//   x IS [NOT] JSON [VALUE|OBJECT|ARRAY|SCALAR]
//                                        "IS [NOT] JSON [VALUE|…]" (x)
//   JSON_VALUE(x, path RETURNING t …)    "JSON_VALUE" (x, path [, 'WORDS',
//                                        value, …]): see json.hpp
//
// INTERVAL, DATE and other typed literals are plain literals.

namespace herald {

/// What a special resolver gets: the arguments may be changed in place.
struct call_site {
  std::string_view name; ///< upper case
  std::vector<expr_ptr> args;
  text_position where;
};

/// One way to call a function.
struct overload {
  std::vector<param> params;
  result_rule result;
  nulls nullability = nulls::strict;
  const function* code = nullptr; ///< lives for ever
};

/// Finds the types of what no table of parameters can say: CASE, decimals.
using special_resolver = absl::StatusOr<expr_ptr> (*)(call_site&);

struct function_entry {
  std::vector<overload> overloads;    ///< tried in order
  special_resolver special = nullptr; ///< instead of `overloads`
  int min_args = 0;                   ///< of `special`
  int max_args = 0;
};

class registry {
public:
  /// The one registry, filled on first use.
  static const registry& instance();

  /// Adds an overload of `name` (upper case). `code` lives for ever.
  void add(std::string_view name, std::vector<param> params, result_rule result,
           const function* code, nulls nullability = nulls::strict);

  /// Adds a function that `resolve` binds; it has [min_args, max_args]
  /// arguments, `any_number` at most.
  void add_special(std::string_view name, int min_args, int max_args,
                   special_resolver resolve);

  /// Makes `alias` another name of `name`.
  void alias(std::string_view alias, std::string_view name);

  /// The entry of `name` (upper case), or null.
  const function_entry* find(std::string_view name) const;

  /// All names in order, but for internal ones, which start with '$'.
  std::vector<std::string> names() const;

  static constexpr int any_number = 1 << 16;

private:
  registry();

  std::map<std::string, function_entry, std::less<>> entries_;
};

/// Makes the call of `code` with its final arguments and type.
expr_ptr make_bound_call(std::string name, std::vector<expr_ptr> args,
                         const function* code, data_type type,
                         text_position where);

/// An error about the types of a call: "UPPER takes (text), not (INT)".
absl::Status type_error(const call_site& site, std::string_view accepted);

} // namespace herald
