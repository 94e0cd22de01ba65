#include "engine/sql/writer.hpp"

#include <fmt/format.h>

namespace herald::sql {

namespace {

void print_set(std::string& out, const statement_set& of) {
  out += "STATEMENT SET BEGIN ";
  for (const auto& insert : of.inserts) {
    print(out, insert);
    out += "; ";
  }
  out += "END";
}

/// By conflict_rule.
constexpr std::string_view conflict_words[]
    = {"", "DEDUPLICATE", "NOTHING", "ERROR"};

void print_partition(std::string& out,
                     const std::vector<named_expression>& of) {
  for (std::size_t i = 0; i < of.size(); ++i) {
    out += fmt::format("{}{} = ", i > 0 ? ", " : " PARTITION (",
                       quote_name(of[i].name.name));
    print(out, *of[i].value);
  }
  if (!of.empty())
    out += ")";
}

void print(std::string& out, const query_ptr& of) {
  print(out, *of);
}

void print(std::string& out, const statement_set& of) {
  out += "EXECUTE ";
  print_set(out, of);
}

void print(std::string& out, const explain_statement& of) {
  out += "EXPLAIN ";
  for (std::size_t i = 0; i < of.details.size(); ++i)
    out += of.details[i] + (i + 1 < of.details.size() ? ", " : " ");
  if (const auto* set = of.statement->as<statement_set>())
    print_set(out, *set);
  else
    print(out, *of.statement);
}

void print(std::string& out, const describe_statement& of) {
  out += "DESCRIBE ";
  if (of.kind != object_kind::table)
    out += fmt::format("{} ", to_text(of.kind));
  if (of.extended)
    out += "EXTENDED ";
  out += quote_name(of.name);
}

void print(std::string& out, const show_statement& of) {
  out += "SHOW " + of.what;
  auto is_object = of.what.starts_with("CREATE ") || of.what == "PARTITIONS";
  if (!of.name.empty())
    out += (is_object ? " " : " FROM ") + quote_name(of.name);
  print_partition(out, of.partition);
  if (of.like)
    out += fmt::format("{} {} {}", of.not_like ? " NOT" : "",
                       of.like_ignores_case ? "ILIKE" : "LIKE",
                       quote_text(*of.like));
}

void print(std::string& out, const use_statement& of) {
  out += of.catalog ? "USE CATALOG " : "USE ";
  out += quote_name(of.name);
}

void print(std::string& out, const set_statement& of) {
  out += "SET";
  if (of.option) {
    out += " ";
    print(out, *of.option);
  }
}

void print(std::string& out, const reset_statement& of) {
  out += "RESET";
  if (of.key)
    out += " " + quote_text(*of.key);
}

} // namespace

void print(std::string& out, const insert_statement& of) {
  out += of.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ";
  out += quote_name(of.table);
  print_clause(out, " /*+ ", of.hints, " */");
  print_partition(out, of.partition);
  print_clause(out, " (", of.columns, ")");
  out += " ";
  print(out, *of.query);
  if (of.on_conflict != conflict_rule::none)
    out += fmt::format(" ON CONFLICT DO {}",
                       conflict_words[static_cast<int>(of.on_conflict)]);
}

void print(std::string& out, const statement& of) {
  std::visit([&out](const auto& node) { print(out, node); }, of.node);
}

std::string to_sql(const statement& of) {
  std::string result;
  print(result, of);
  return result;
}

} // namespace herald::sql
