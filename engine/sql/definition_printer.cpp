#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

void print_comment(std::string& out, const std::optional<std::string>& of) {
  if (of)
    out += " COMMENT " + quote_text(*of);
}

std::string_view if_words(bool of, std::string_view words) {
  return of ? words : std::string_view();
}

/// Prints CREATE with what may stand before the kind of object, and IF NOT
/// EXISTS behind it.
template <class Object>
void print_create(std::string& out, const Object& of, std::string_view kind) {
  out += fmt::format("CREATE {}{}{} {}", if_words(of.or_replace, "OR REPLACE "),
                     if_words(of.temporary, "TEMPORARY "), kind,
                     if_words(of.if_not_exists, "IF NOT EXISTS "));
  out += quote_name(of.name);
}

void print(std::string& out, const watermark_definition& of) {
  out += fmt::format("WATERMARK FOR {} AS ", quote_name(of.column));
  print(out, *of.value);
}

void print(std::string& out, const key_definition& of) {
  if (of.name)
    out += fmt::format("CONSTRAINT {} ", quote_name(of.name->name));
  print_clause(out, of.unique ? "UNIQUE (" : "PRIMARY KEY (", of.columns, ")");
  if (of.enforced)
    out += *of.enforced ? " ENFORCED" : " NOT ENFORCED";
}

/// What stands around the elements of a schema and between them.
struct schema_marks {
  std::string_view open = "(";
  std::string_view between = ", ";
  std::string_view close = ")";
};

/// Prints the elements; `after_column` prints what follows the nth column.
template <class AfterColumn>
void print_schema(std::string& out, const table_schema& of,
                  AfterColumn after_column, const schema_marks& marks = {}) {
  auto before = marks.open;
  const auto next = [&] {
    out += before;
    before = marks.between;
  };
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    next();
    print(out, of.columns[i]);
    after_column(i);
  }
  for (const auto& watermark : of.watermarks) {
    next();
    print(out, watermark);
  }
  for (const auto& key : of.keys) {
    next();
    print(out, key);
  }
  if (before == marks.between)
    out += marks.close;
}

void print(std::string& out, const table_distribution& of) {
  out += " DISTRIBUTED";
  if (!of.columns.empty())
    out += fmt::format(" BY {}", of.method.value_or(""));
  print_clause(out, of.method ? " (" : "(", of.columns, ")");
  if (of.buckets)
    out += fmt::format(" INTO {} BUCKETS", *of.buckets);
}

void print(std::string& out, const like_clause& of) {
  out += " LIKE " + quote_name(of.table);
  std::string_view between = " (";
  for (const auto& option : of.options) {
    out += fmt::format("{}{} {}", between, option.rule, option.what);
    between = " ";
  }
  if (!of.options.empty())
    out += ")";
}

void print(std::string& out, const rename_object& of) {
  out += " RENAME TO " + quote_name(of.to);
}

void print(std::string& out, const set_options& of) {
  print_clause(out, " SET (", of.options, ")");
}

void print(std::string& out, const reset_options& of) {
  std::string_view comma = " RESET (";
  for (const auto& key : of.keys) {
    out += comma;
    out += quote_text(key);
    comma = ", ";
  }
  out += ")";
}

void print(std::string& out, const add_or_modify_schema& of) {
  out += of.modify ? " MODIFY " : " ADD ";
  print_schema(out, of.schema, [&](std::size_t i) {
    if (of.places[i].first)
      out += " FIRST";
    if (of.places[i].after)
      out += " AFTER " + quote_name(of.places[i].after->name);
  });
}

void print(std::string& out, const drop_columns& of) {
  print_clause(out, " DROP (", of.columns, ")");
}

void print(std::string& out, const drop_table_part& of) {
  using kind = drop_table_part::kind_type;
  switch (of.kind) {
  case kind::watermark:
    out += " DROP WATERMARK";
    return;
  case kind::primary_key:
    out += " DROP PRIMARY KEY";
    return;
  case kind::distribution:
    out += " DROP DISTRIBUTION";
    return;
  case kind::constraint:
    out += " DROP CONSTRAINT " + quote_name(of.name->name);
  }
}

void print(std::string& out, const rename_column& of) {
  out += fmt::format(" RENAME {} TO {}", quote_name(of.from.name),
                     quote_name(of.to.name));
}

void print(std::string& out, const query_ptr& of) {
  out += " AS ";
  print(out, *of);
}

} // namespace

void print(std::string& out, const table_option& of) {
  out += fmt::format("{} = {}", quote_text(of.key), quote_text(of.value));
}

void print(std::string& out, const column_definition& of) {
  print(out, of.name);
  if (of.type) {
    out += " ";
    print(out, *of.type);
  }
  if (of.metadata) {
    out += " METADATA";
    if (of.metadata->key)
      out += " FROM " + quote_text(*of.metadata->key);
    if (of.metadata->is_virtual)
      out += " VIRTUAL";
  }
  print_clause(out, " AS ", of.computed);
  print_comment(out, of.comment);
}

void print(std::string& out, const create_view::column_type& of) {
  print(out, of.name);
  print_comment(out, of.comment);
}

void print(std::string& out, const create_table& of) {
  print_create(out, of, "TABLE");
  std::string schema;
  print_schema(schema, of.schema, [](std::size_t) {});
  if (!schema.empty())
    out += " " + schema;
  print_clause(out, " (", of.column_order, ")");
  print_comment(out, of.comment);
  if (of.distribution)
    print(out, *of.distribution);
  print_clause(out, " PARTITIONED BY (", of.partitioned_by, ")");
  print_clause(out, " WITH (", of.options, ")");
  if (of.like)
    print(out, *of.like);
  if (of.query)
    print(out, of.query);
}

void print(std::string& out, const create_view& of) {
  print_create(out, of, "VIEW");
  print_clause(out, " (", of.columns, ")");
  print_comment(out, of.comment);
  print(out, of.query);
}

void print(std::string& out, const create_function& of) {
  const std::string_view kind = of.system ? "SYSTEM FUNCTION" : "FUNCTION";
  if (of.alter)
    out += fmt::format("ALTER {}{} {}{}", if_words(of.temporary, "TEMPORARY "),
                       kind, if_words(of.if_exists, "IF EXISTS "),
                       quote_name(of.name));
  else
    print_create(out, of, kind);
  if (of.value) {
    std::string_view comma = " (";
    for (const auto& parameter : of.parameters) {
      out += comma;
      print(out, parameter.name);
      out += " ";
      print(out, parameter.type);
      comma = ", ";
    }
    out += of.parameters.empty() ? " ()" : ")";
    if (of.returns) {
      out += " RETURNS ";
      print(out, *of.returns);
    }
    out += " RETURN ";
    print(out, *of.value);
    return;
  }
  out += " AS " + quote_text(of.definition);
  if (of.language)
    out += " LANGUAGE " + *of.language;
  std::string_view comma = " USING ";
  for (const auto& file : of.files) {
    out += comma;
    out += file.is_jar ? "JAR " : "LIBRARY ";
    out += quote_text(file.path);
    comma = ", ";
  }
}

void print(std::string& out, const create_catalog& of) {
  out += fmt::format("CREATE CATALOG {}",
                     if_words(of.if_not_exists, "IF NOT EXISTS "));
  print(out, of.name);
  print_comment(out, of.comment);
  print_clause(out, " WITH (", of.options, ")");
}

void print(std::string& out, const create_database& of) {
  out += fmt::format("CREATE DATABASE {}",
                     if_words(of.if_not_exists, "IF NOT EXISTS "));
  out += quote_name(of.name);
  print_comment(out, of.comment);
  print_clause(out, " WITH (", of.options, ")");
}

void print(std::string& out, const drop_statement& of) {
  out += fmt::format("DROP {}{}{} {}{}{}", if_words(of.temporary, "TEMPORARY "),
                     if_words(of.system, "SYSTEM "), to_text(of.kind),
                     if_words(of.if_exists, "IF EXISTS "), quote_name(of.name),
                     if_words(of.cascade, " CASCADE"));
}

void print(std::string& out, const alter_table& of) {
  out += fmt::format("ALTER TABLE {}{}", if_words(of.if_exists, "IF EXISTS "),
                     quote_name(of.name));
  std::visit([&out](const auto& action) { print(out, action); }, of.action);
}

void print(std::string& out, const object_comment& of) {
  out += " COMMENT " + quote_text(of.text);
}

void print(std::string& out, const alter_object& of) {
  out += fmt::format("ALTER {} {}{}", to_text(of.kind),
                     if_words(of.if_exists, "IF EXISTS "), quote_name(of.name));
  std::visit([&out](const auto& action) { print(out, action); }, of.action);
}

std::string to_lines(const create_table& of) {
  std::string result;
  print_create(result, of, "TABLE");
  result += " ";
  print_schema(result, of.schema, [](std::size_t) {},
               {"(\n  ", ",\n  ", "\n)"});
  const auto clause = [&result](auto&& write) {
    std::string text;
    write(text);
    if (!text.empty())
      result += "\n" + text.substr(1);
  };
  clause([&](auto& out) { print_comment(out, of.comment); });
  clause([&](auto& out) {
    if (of.distribution)
      print(out, *of.distribution);
  });
  clause([&](auto& out) {
    print_clause(out, " PARTITIONED BY (", of.partitioned_by, ")");
  });
  std::string_view before = "\nWITH (\n  ";
  for (const auto& option : of.options) {
    result += before;
    print(result, option);
    before = ",\n  ";
  }
  if (!of.options.empty())
    result += "\n)";
  return result;
}

} // namespace herald::sql
