#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

/// Reads RESET's `('a', 'b')`.
reset_options read_keys(cursor& in) {
  reset_options result;
  in.expect("(");
  do {
    result.keys.push_back(in.read_string("an option between single quotes"));
  } while (in.accept(","));
  in.expect(")");
  return result;
}

set_options read_changed_options(cursor& in) {
  set_options result;
  auto start = in.here();
  result.options = read_options(in);
  if (result.options.empty())
    in.fail(in.since(start), "there is no option to set");
  return result;
}

/// Reads an element of ADD or MODIFY; a column may say its place.
void read_placed_element(cursor& in, add_or_modify_schema& into) {
  auto columns = into.schema.columns.size();
  read_schema_element(in, into.schema);
  if (into.schema.columns.size() == columns)
    return;
  column_place place;
  place.first = in.accept("FIRST");
  if (!place.first && in.accept("AFTER"))
    place.after = in.read_name("a column");
  into.places.push_back(std::move(place));
}

add_or_modify_schema read_schema_change(cursor& in, bool modify) {
  add_or_modify_schema result;
  result.modify = modify;
  const auto& next = in.peek(1).what;
  if (in.at("DISTRIBUTION") && (next == term("BY") || next == term("INTO")))
    in.fail(in.here(), "no connector here divides a table into buckets",
            "PARTITIONED BY divides files by the values of columns");
  auto has_brackets = in.accept("(");
  do {
    read_placed_element(in, result);
  } while (has_brackets && in.accept(","));
  if (has_brackets)
    in.expect(")");
  return result;
}

void read_drop_part(cursor& in, alter_table& into) {
  using kind = drop_table_part::kind_type;
  if (in.accept("WATERMARK")) {
    into.action = drop_table_part{kind::watermark, {}};
  } else if (in.accept("PRIMARY", "KEY")) {
    into.action = drop_table_part{kind::primary_key, {}};
  } else if (in.accept("DISTRIBUTION")) {
    into.action = drop_table_part{kind::distribution, {}};
  } else if (in.accept("CONSTRAINT")) {
    into.action
        = drop_table_part{kind::constraint, in.read_name("a constraint")};
  } else if (in.at("(")) {
    into.action = drop_columns{in.read_names_in_brackets("a column")};
  } else {
    drop_columns columns;
    columns.columns.push_back(in.read_name("a column"));
    into.action = std::move(columns);
  }
}

alter_table read_alter_table(cursor& in) {
  alter_table result;
  result.if_exists = in.accept("IF", "EXISTS");
  result.name = in.read_qualified_name("a table");
  if (in.accept("RENAME", "TO")) {
    result.action = rename_object{in.read_qualified_name("a table")};
  } else if (in.accept("RENAME")) {
    rename_column rename;
    rename.from = in.read_name("a column");
    in.expect("TO");
    rename.to = in.read_name("a column");
    result.action = std::move(rename);
  } else if (in.accept("SET")) {
    result.action = read_changed_options(in);
  } else if (in.accept("RESET")) {
    result.action = read_keys(in);
  } else if (in.accept("ADD")) {
    result.action = read_schema_change(in, false);
  } else if (in.accept("MODIFY")) {
    result.action = read_schema_change(in, true);
  } else if (in.accept("DROP")) {
    read_drop_part(in, result);
  } else {
    in.fail_expected("RENAME, SET, RESET, ADD, MODIFY or DROP");
  }
  return result;
}

alter_object read_alter_object(cursor& in, object_kind kind) {
  alter_object result;
  result.kind = kind;
  result.if_exists = in.accept("IF", "EXISTS");
  result.name = in.read_qualified_name("a name");
  if (kind == object_kind::view && in.accept("RENAME", "TO"))
    result.action = rename_object{in.read_qualified_name("a view")};
  else if (kind == object_kind::view && in.accept("AS"))
    result.action = read_query(in);
  else if (kind == object_kind::view)
    in.fail_expected("RENAME TO or AS");
  else if (in.accept("SET"))
    result.action = read_changed_options(in);
  else if (kind == object_kind::catalog && in.accept("RESET"))
    result.action = read_keys(in);
  else if (kind == object_kind::catalog && in.accept("COMMENT"))
    result.action
        = object_comment{in.read_string("a comment between single quotes")};
  else
    in.fail_expected(kind == object_kind::catalog ? "SET, RESET or COMMENT"
                                                  : "SET");
  return result;
}

} // namespace

void read_alter(cursor& in, statement& into) {
  if (in.accept("TABLE"))
    into.node = read_alter_table(in);
  else if (in.accept("VIEW"))
    into.node = read_alter_object(in, object_kind::view);
  else if (in.accept("DATABASE"))
    into.node = read_alter_object(in, object_kind::database);
  else if (in.accept("CATALOG"))
    into.node = read_alter_object(in, object_kind::catalog);
  else if (in.at_any("FUNCTION", "TEMPORARY"))
    into.node = read_alter_function(in);
  else
    in.fail_expected("TABLE, VIEW, FUNCTION, DATABASE or CATALOG");
}

void read_drop(cursor& in, statement& into) {
  drop_statement result;
  result.temporary = in.accept("TEMPORARY");
  result.system = result.temporary && in.accept("SYSTEM");
  if (result.system && !in.at("FUNCTION"))
    in.fail_expected("FUNCTION");
  else if (in.accept("TABLE"))
    result.kind = object_kind::table;
  else if (in.accept("VIEW"))
    result.kind = object_kind::view;
  else if (in.accept("FUNCTION"))
    result.kind = object_kind::function;
  else if (!result.temporary && in.accept("CATALOG"))
    result.kind = object_kind::catalog;
  else if (!result.temporary && in.accept("DATABASE"))
    result.kind = object_kind::database;
  else
    in.fail_expected("TABLE, VIEW, FUNCTION, CATALOG or DATABASE");
  result.if_exists = in.accept("IF", "EXISTS");
  result.name = in.read_qualified_name("a name");
  result.cascade = in.accept("CASCADE");
  if (!result.cascade)
    in.accept("RESTRICT");
  into.node = std::move(result);
}

} // namespace herald::sql
