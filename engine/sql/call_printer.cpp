#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

/// Prints the arguments with these words between them; the last word serves
/// for all that are left.
void print_args(std::string& out, const call& of,
                std::initializer_list<std::string_view> between) {
  const auto* word = between.begin();
  for (std::size_t i = 0; i < of.args.size(); ++i) {
    if (i > 0) {
      out += *word;
      word += word + 1 < between.end() ? 1 : 0;
    }
    print(out, *of.args[i]);
  }
}

/// Prints KEY k VALUE v, KEY k VALUE v.
void print_pairs(std::string& out, const call& of) {
  for (std::size_t i = 0; i + 1 < of.args.size(); i += 2) {
    out += i > 0 ? ", KEY " : "KEY ";
    print(out, *of.args[i]);
    out += " VALUE ";
    print(out, *of.args[i + 1]);
  }
}

void print_arguments(std::string& out, const call& of) {
  auto name = of.upper_name();
  auto is_last_word
      = !of.args.empty() && of.args.back()->as<keyword_argument>();
  if (of.distinct)
    out += "DISTINCT ";
  if (name == "EXTRACT") {
    print_args(out, of, {" FROM "});
  } else if (name == "TRIM" && of.args.size() == 3) {
    print_args(out, of, {" ", " FROM "});
  } else if (name == "OVERLAY") {
    print_args(out, of, {" PLACING ", " FROM ", " FOR "});
  } else if (name == "JSON_OBJECT" || name == "JSON_OBJECTAGG") {
    print_pairs(out, of);
  } else if (name == "POSITION") {
    print(out, *of.args[0], binding::sum);
    out += " IN ";
    print(out, *of.args[1]);
    if (of.args.size() > 2)
      print_clause(out, " FROM ", of.args[2]);
  } else if ((name == "FLOOR" || name == "CEIL" || name == "CEILING")
             && is_last_word) {
    print_args(out, of, {" TO "});
  } else {
    print_list(out, of.args);
  }
}

void print_bound(std::string& out, const frame_bound& of) {
  using kind = frame_bound::kind_type;
  switch (of.kind) {
  case kind::unbounded_preceding:
    out += "UNBOUNDED PRECEDING";
    return;
  case kind::unbounded_following:
    out += "UNBOUNDED FOLLOWING";
    return;
  case kind::current_row:
    out += "CURRENT ROW";
    return;
  case kind::preceding:
  case kind::following:
    print(out, *of.value, binding::sum);
    out += of.kind == kind::preceding ? " PRECEDING" : " FOLLOWING";
  }
}

void print_behaviour(std::string& out, const json_behaviour& of) {
  using kind = json_behaviour::kind_type;
  switch (of.kind) {
  case kind::null:
    out += " NULL";
    return;
  case kind::error:
    out += " ERROR";
    return;
  case kind::empty:
    out += " EMPTY";
    return;
  case kind::empty_array:
    out += " EMPTY ARRAY";
    return;
  case kind::empty_object:
    out += " EMPTY OBJECT";
    return;
  case kind::true_value:
    out += " TRUE";
    return;
  case kind::false_value:
    out += " FALSE";
    return;
  case kind::unknown:
    out += " UNKNOWN";
    return;
  case kind::value:
    print_clause(out, " DEFAULT ", of.value);
  }
}

/// Prints the name of a function, which may be a reserved word.
void print_name(std::string& out, const call& of) {
  if (of.function.size() > 1) {
    out += quote_name(of.function);
    return;
  }
  const auto& name = of.function[0].name;
  auto what = find_term(name);
  auto is_bare = !what.is_none()
                 && (what.kind() == word_class::callable
                     || what.kind() == word_class::other || of.niladic);
  out += is_bare ? name : quote_name(name);
}

} // namespace

void print(std::string& out, const call& of) {
  print_name(out, of);
  if (!of.niladic || !of.args.empty()) {
    out += "(";
    print_arguments(out, of);
    print_clause(out, " ORDER BY ", of.order_by);
    if (of.json) {
      std::string clauses;
      print(clauses, *of.json);
      out += of.args.empty() ? clauses.substr(1) : clauses;
    }
    out += ")";
  }
  print_clause(out, " WITHIN GROUP (ORDER BY ", of.within_group, ")");
  print_clause(out, " FILTER (WHERE ", of.filter, ")");
  if (of.nulls != null_treatment::none)
    out += of.nulls == null_treatment::ignore ? " IGNORE NULLS"
                                              : " RESPECT NULLS";
  if (of.over) {
    out += " OVER ";
    print(out, *of.over);
  }
}

void print(std::string& out, const json_clauses& of) {
  using wrapper = json_clauses::wrapper_type;
  if (of.returning) {
    out += " RETURNING ";
    print(out, *of.returning);
  }
  if (of.wrapper)
    out += *of.wrapper == wrapper::without       ? " WITHOUT ARRAY WRAPPER"
           : *of.wrapper == wrapper::conditional ? " WITH CONDITIONAL ARRAY "
                                                   "WRAPPER"
                                                 : " WITH UNCONDITIONAL ARRAY "
                                                   "WRAPPER";
  if (of.on_empty) {
    print_behaviour(out, *of.on_empty);
    out += " ON EMPTY";
  }
  if (of.on_error) {
    print_behaviour(out, *of.on_error);
    out += " ON ERROR";
  }
  if (of.on_null)
    out += *of.on_null == json_clauses::null_type::keep ? " NULL ON NULL"
                                                        : " ABSENT ON NULL";
}

void print(std::string& out, const window_specification& of) {
  if (of.is_reference) {
    print(out, *of.base);
    return;
  }
  std::string text;
  if (of.base)
    text += " " + quote_name(of.base->name);
  print_clause(text, " PARTITION BY ", of.partition_by);
  print_clause(text, " ORDER BY ", of.order_by);
  if (of.frame) {
    text += of.frame->rows ? " ROWS " : " RANGE ";
    if (of.frame->between)
      text += "BETWEEN ";
    print_bound(text, of.frame->start);
    if (of.frame->between) {
      text += " AND ";
      print_bound(text, of.frame->end);
    }
  }
  out += fmt::format("({})", text.empty() ? text : text.substr(1));
}

} // namespace herald::sql
