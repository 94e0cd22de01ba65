#include "engine/sql/grammar.hpp"

namespace herald::sql {

namespace {

/// What may stand between CREATE and the kind of object.
struct create_prefix {
  bool or_replace = false;
  bool temporary = false;
  bool system = false;
};

/// Reads [NOT] ENFORCED.
std::optional<bool> accept_enforcement(cursor& in) {
  if (in.accept("NOT", "ENFORCED"))
    return false;
  if (in.accept("ENFORCED"))
    return true;
  return std::nullopt;
}

/// Reads the constraint at a column, if there is one.
void accept_column_key(cursor& in, const identifier& column,
                       table_schema& into) {
  auto start = in.here();
  key_definition key;
  if (in.accept("CONSTRAINT"))
    key.name = in.read_name("a constraint");
  key.unique = in.accept("UNIQUE");
  if (!key.unique) {
    if (!key.name && !in.at("PRIMARY"))
      return;
    in.expect("PRIMARY", "KEY");
  }
  key.columns.push_back(column);
  key.enforced = accept_enforcement(in);
  key.where = in.since(start);
  into.keys.push_back(std::move(key));
}

void read_column(cursor& in, table_schema& into) {
  column_definition result;
  auto start = in.here();
  result.name = in.read_name("a column");
  if (in.accept("AS")) {
    result.computed = read_expression(in);
  } else {
    result.type = read_type(in, true);
    if (in.accept("METADATA")) {
      result.metadata.emplace();
      if (in.accept("FROM"))
        result.metadata->key = in.read_string("a key between single quotes");
      result.metadata->is_virtual = in.accept("VIRTUAL");
    }
    accept_column_key(in, result.name, into);
  }
  result.comment = accept_comment(in);
  result.where = in.since(start);
  into.columns.push_back(std::move(result));
}

void read_key(cursor& in, table_schema& into) {
  auto start = in.here();
  key_definition result;
  if (in.accept("CONSTRAINT"))
    result.name = in.read_name("a constraint");
  result.unique = in.accept("UNIQUE");
  if (!result.unique)
    in.expect("PRIMARY", "KEY");
  result.columns = in.read_names_in_brackets("a column");
  result.enforced = accept_enforcement(in);
  result.where = in.since(start);
  into.keys.push_back(std::move(result));
}

void read_watermark(cursor& in, table_schema& into) {
  auto start = in.here();
  watermark_definition result;
  in.expect("WATERMARK", "FOR");
  result.column = in.read_qualified_name("a column");
  in.expect("AS");
  result.value = read_expression(in);
  result.where = in.since(start);
  into.watermarks.push_back(std::move(result));
}

/// Reads `(…)` behind the name of a table.
void read_table_elements(cursor& in, create_table& into) {
  in.expect("(");
  if (in.at_name()
      && (in.peek(1).what == term(",") || in.peek(1).what == term(")"))) {
    do {
      into.column_order.push_back(in.read_name("a column"));
    } while (in.accept(","));
  } else {
    do {
      read_schema_element(in, into.schema);
    } while (in.accept(","));
  }
  in.expect(")");
}

table_distribution read_distribution(cursor& in) {
  table_distribution result;
  if (in.accept("BY")) {
    if (in.accept("HASH"))
      result.method = "HASH";
    else if (in.accept("RANGE"))
      result.method = "RANGE";
    result.columns = in.read_names_in_brackets("a column");
  }
  if (in.accept("INTO")) {
    result.buckets = in.read_number("a number of buckets");
    in.expect("BUCKETS");
  }
  if (result.columns.empty() && !result.buckets)
    in.fail_expected("BY or INTO");
  return result;
}

like_clause read_like_clause(cursor& in) {
  like_clause result;
  result.table = in.read_qualified_name("a table");
  if (!in.accept("("))
    return result;
  while (!in.at(")") && !in.at_end()) {
    like_clause::option_type option;
    if (!in.at_any("INCLUDING", "EXCLUDING", "OVERWRITING")) {
      in.fail_expected("INCLUDING, EXCLUDING or OVERWRITING");
      break;
    }
    option.rule = in.peek().what.text();
    in.skip();
    if (!in.at_any("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED")
        && !in.at_any("METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS")) {
      in.fail_expected("ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, "
                       "OPTIONS, PARTITIONS or WATERMARKS");
      break;
    }
    option.what = in.peek().what.text();
    in.skip();
    result.options.push_back(std::move(option));
  }
  in.expect(")");
  return result;
}

create_table read_create_table(cursor& in, const create_prefix& prefix) {
  create_table result;
  result.or_replace = prefix.or_replace;
  result.temporary = prefix.temporary;
  result.if_not_exists = in.accept("IF", "NOT", "EXISTS");
  result.name = in.read_qualified_name("a table");
  if (in.at("("))
    read_table_elements(in, result);
  else if (in.at_name())
    in.fail_expected("columns in brackets, WITH, LIKE or AS");
  result.comment = accept_comment(in);
  const auto distributed = in.here();
  if (in.accept("DISTRIBUTED")) {
    result.distribution = read_distribution(in);
    result.distribution->where = in.since(distributed);
  }
  if (in.accept("PARTITIONED")) {
    in.expect("BY");
    result.partitioned_by = in.read_names_in_brackets("a column");
  }
  if (in.accept("WITH"))
    result.options = read_options(in);
  if (in.accept("LIKE"))
    result.like = read_like_clause(in);
  else if (in.accept("AS"))
    result.query = read_query(in);
  return result;
}

create_view read_create_view(cursor& in, const create_prefix& prefix) {
  create_view result;
  result.or_replace = prefix.or_replace;
  result.temporary = prefix.temporary;
  result.if_not_exists = in.accept("IF", "NOT", "EXISTS");
  result.name = in.read_qualified_name("a view");
  if (in.accept("(")) {
    do {
      create_view::column_type column;
      column.name = in.read_name("a column");
      column.comment = accept_comment(in);
      result.columns.push_back(std::move(column));
    } while (in.accept(","));
    in.expect(")");
  }
  result.comment = accept_comment(in);
  in.expect("AS");
  result.query = read_query(in);
  return result;
}

/// Reads `(x INT, …) [RETURNS type] RETURN value` from its bracket on.
void read_function_in_sql(cursor& in, create_function& into) {
  in.expect("(");
  if (!in.at(")")) {
    do {
      create_function::parameter parameter;
      parameter.name = in.read_name("a parameter");
      parameter.type = read_type(in, true);
      into.parameters.push_back(std::move(parameter));
    } while (in.accept(","));
  }
  in.expect(")");
  if (in.accept("RETURNS"))
    into.returns = read_type(in, true);
  in.expect("RETURN");
  into.value = read_expression(in);
}

/// Reads `AS 'name' [LANGUAGE x] [USING LIBRARY 'file', …]`.
void read_function_in_file(cursor& in, create_function& into) {
  in.expect("AS");
  into.definition_where = in.here();
  into.definition = in.read_string("text between single quotes");
  if (in.accept("LANGUAGE")) {
    if (in.at_any("CPP", "JAVA", "SCALA", "PYTHON", "SQL")) {
      into.language = in.peek().what.text();
      in.skip();
    } else {
      in.fail_expected("CPP, JAVA, SCALA, PYTHON or SQL");
    }
  }
  if (in.accept("USING")) {
    do {
      create_function::file file;
      file.is_jar = in.accept("JAR");
      if (!file.is_jar)
        in.expect("LIBRARY");
      file.where = in.here();
      file.path = in.read_string("a path between single quotes");
      into.files.push_back(std::move(file));
    } while (in.accept(","));
  }
}

create_function read_create_function(cursor& in, const create_prefix& prefix) {
  create_function result;
  result.or_replace = prefix.or_replace;
  result.temporary = prefix.temporary;
  result.system = prefix.system;
  result.if_not_exists = in.accept("IF", "NOT", "EXISTS");
  result.name = in.read_qualified_name("a function");
  if (in.at("("))
    read_function_in_sql(in, result);
  else
    read_function_in_file(in, result);
  return result;
}

} // namespace

create_function read_alter_function(cursor& in) {
  create_function result;
  result.alter = true;
  result.temporary = in.accept("TEMPORARY");
  result.system = result.temporary && in.accept("SYSTEM");
  in.expect("FUNCTION");
  result.if_exists = in.accept("IF", "EXISTS");
  result.name = in.read_qualified_name("a function");
  if (in.at("("))
    read_function_in_sql(in, result);
  else
    read_function_in_file(in, result);
  return result;
}

namespace {

create_catalog read_create_catalog(cursor& in) {
  create_catalog result;
  result.if_not_exists = in.accept("IF", "NOT", "EXISTS");
  result.name = in.read_name("a catalog");
  result.comment = accept_comment(in);
  if (in.accept("WITH"))
    result.options = read_options(in);
  return result;
}

create_database read_create_database(cursor& in) {
  create_database result;
  result.if_not_exists = in.accept("IF", "NOT", "EXISTS");
  result.name = in.read_qualified_name("a database");
  result.comment = accept_comment(in);
  if (in.accept("WITH"))
    result.options = read_options(in);
  return result;
}

} // namespace

std::optional<std::string> accept_comment(cursor& in) {
  if (!in.accept("COMMENT"))
    return std::nullopt;
  return in.read_string("a comment between single quotes");
}

void read_schema_element(cursor& in, table_schema& into) {
  if (in.at("WATERMARK"))
    read_watermark(in, into);
  else if (in.at_any("CONSTRAINT", "PRIMARY", "UNIQUE"))
    read_key(in, into);
  else
    read_column(in, into);
}

void read_replace(cursor& in, statement& into) {
  create_prefix prefix;
  prefix.or_replace = true;
  in.expect("TABLE");
  auto table = read_create_table(in, prefix);
  if (!table.query)
    in.fail_expected("AS and a query");
  into.node = std::move(table);
}

void read_create(cursor& in, statement& into) {
  create_prefix prefix;
  prefix.or_replace = in.accept("OR", "REPLACE");
  prefix.temporary = in.accept("TEMPORARY");
  prefix.system = prefix.temporary && in.accept("SYSTEM");
  auto where = in.here();
  if (prefix.system && !in.at("FUNCTION"))
    in.fail_expected("FUNCTION");
  else if (in.accept("TABLE"))
    into.node = read_create_table(in, prefix);
  else if (in.accept("VIEW"))
    into.node = read_create_view(in, prefix);
  else if (in.accept("FUNCTION"))
    into.node = read_create_function(in, prefix);
  else if (in.at_any("MATERIALIZED", "MODEL"))
    in.fail(where, "this kind of object is not supported",
            "TABLE, VIEW, FUNCTION, CATALOG or DATABASE");
  else if (!prefix.temporary && !prefix.or_replace && in.accept("CATALOG"))
    into.node = read_create_catalog(in);
  else if (!prefix.temporary && !prefix.or_replace && in.accept("DATABASE"))
    into.node = read_create_database(in);
  else
    in.fail_expected("TABLE, VIEW, FUNCTION, CATALOG or DATABASE");
}

} // namespace herald::sql
