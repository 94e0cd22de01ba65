#include "engine/sql/grammar.hpp"

#include <array>

namespace herald::sql {

namespace {

struct infix_word {
  term word;
  binding tightness;
  operator_kind op;
};

constexpr std::array<infix_word, 19> infix_words = {{
    {"AND", binding::conjunction, operator_kind::logical_and},
    {"OR", binding::disjunction, operator_kind::logical_or},
    {"=", binding::comparison, operator_kind::equal},
    {"<>", binding::comparison, operator_kind::not_equal},
    {"<", binding::comparison, operator_kind::less},
    {"<=", binding::comparison, operator_kind::less_or_equal},
    {">", binding::comparison, operator_kind::greater},
    {">=", binding::comparison, operator_kind::greater_or_equal},
    {"+", binding::sum, operator_kind::add},
    {"-", binding::sum, operator_kind::subtract},
    {"*", binding::product, operator_kind::multiply},
    {"/", binding::product, operator_kind::divide},
    {"%", binding::product, operator_kind::modulo},
    {"||", binding::product, operator_kind::concatenate},
    {"OVERLAPS", binding::comparison, operator_kind::overlaps},
    {"CONTAINS", binding::comparison, operator_kind::contains},
    {"EQUALS", binding::comparison, operator_kind::equals},
    {"PRECEDES", binding::comparison, operator_kind::precedes},
    {"SUCCEEDS", binding::comparison, operator_kind::succeeds},
}};

bool is_comparison(operator_kind op) {
  return op >= operator_kind::equal && op <= operator_kind::greater_or_equal;
}

/// True for operators that take any number of arguments in one node.
bool is_chain(operator_kind op) {
  return op <= operator_kind::logical_and
         || (op >= operator_kind::add && op <= operator_kind::concatenate);
}

bool is_function_name(const token& next) {
  return next.is_name() || next.what.kind() == word_class::callable;
}

/// Reads the operators behind the first operand. `left` is what was read so
/// far; each call of a member puts one operator around it.
class operator_reader {
public:
  operator_reader(cursor& in, binding loosest)
      : in_(in), loosest_(loosest), start_(in.here()) {}

  expression_ptr read() {
    left_ = read_operand();
    while (read_binary() || read_immediately() || read_is() || read_range()) {
      // each of them read one operator
    }
    return std::move(left_);
  }

private:
  bool allows(binding b) const {
    return b >= loosest_;
  }

  /// Puts an operator around what was read, with `args` behind it.
  void wrap(operator_kind op, bool negated, std::vector<expression_ptr> args) {
    args.insert(args.begin(), std::move(left_));
    left_ = make_expression(in_.since(start_),
                            operation{op, negated, {}, std::move(args)});
    in_.grow();
    chain_ = nullptr;
  }

  void wrap(operator_kind op, bool negated, expression_ptr arg) {
    std::vector<expression_ptr> args;
    args.push_back(std::move(arg));
    wrap(op, negated, std::move(args));
  }

  bool read_binary() {
    for (const auto& entry : infix_words) {
      if (!allows(entry.tightness) || !in_.accept(entry.word))
        continue;
      if (is_comparison(entry.op) && in_.at_any("ANY", "SOME", "ALL")) {
        read_quantified(entry.op);
        return true;
      }
      auto right = read_expression(in_, tighter_than(entry.tightness));
      if (chain_ && chain_->op == entry.op) {
        chain_->args.push_back(std::move(right));
        left_->where = in_.since(start_);
        return true;
      }
      wrap(entry.op, false, std::move(right));
      if (is_chain(entry.op))
        chain_ = std::get_if<operation>(&left_->node);
      return true;
    }
    return false;
  }

  void read_quantified(operator_kind op) {
    auto all = in_.accept("ALL");
    if (!all)
      in_.skip();
    auto start = in_.here();
    auto query = read_query_in_brackets(in_);
    wrap(op, false,
         make_expression(in_.since(start), subquery{std::move(query)}));
    std::get<operation>(left_->node).quantifier
        = all ? comparison_quantifier::all : comparison_quantifier::any;
  }

  bool read_immediately() {
    if (!allows(binding::comparison))
      return false;
    auto precedes = in_.accept("IMMEDIATELY", "PRECEDES");
    if (!precedes && !in_.accept("IMMEDIATELY", "SUCCEEDS"))
      return false;
    wrap(precedes ? operator_kind::immediately_precedes
                  : operator_kind::immediately_succeeds,
         false, read_expression(in_, binding::range));
    return true;
  }

  bool read_is() {
    if (!in_.at("IS"))
      return false;
    auto is_distinct
        = in_.at("IS", "DISTINCT") || in_.at("IS", "NOT", "DISTINCT");
    if (!allows(is_distinct ? binding::comparison : binding::is))
      return false;
    in_.skip();
    auto negated = in_.accept("NOT");
    if (in_.accept("NULL"))
      wrap(operator_kind::is_null, negated, std::vector<expression_ptr>());
    else if (in_.accept("TRUE"))
      wrap(operator_kind::is_true, negated, std::vector<expression_ptr>());
    else if (in_.accept("FALSE"))
      wrap(operator_kind::is_false, negated, std::vector<expression_ptr>());
    else if (in_.accept("UNKNOWN"))
      wrap(operator_kind::is_unknown, negated, std::vector<expression_ptr>());
    else if (in_.accept("JSON"))
      wrap(read_json_kind(), negated, std::vector<expression_ptr>());
    else if (in_.accept("DISTINCT", "FROM"))
      wrap(operator_kind::is_distinct_from, negated,
           read_expression(in_, binding::range));
    else
      in_.fail_expected("NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON");
    return true;
  }

  operator_kind read_json_kind() {
    if (in_.accept("OBJECT"))
      return operator_kind::is_json_object;
    if (in_.accept("ARRAY"))
      return operator_kind::is_json_array;
    if (in_.accept("SCALAR"))
      return operator_kind::is_json_scalar;
    in_.accept("VALUE");
    return operator_kind::is_json;
  }

  bool read_range() {
    if (!allows(binding::range))
      return false;
    auto negated = in_.at("NOT");
    auto word = in_.peek(negated ? 1 : 0).what;
    if (word == term("BETWEEN"))
      read_between(negated);
    else if (word == term("IN"))
      read_in(negated);
    else if (word == term("LIKE"))
      read_like(operator_kind::like, negated);
    else if (word == term("SIMILAR"))
      read_like(operator_kind::similar_to, negated);
    else
      return in_.at_any("BETWEEN", "LIKE", "SIMILAR");
    return true;
  }

  void read_between(bool negated) {
    in_.skip(negated ? 2 : 1);
    auto symmetric = in_.accept("SYMMETRIC");
    if (!symmetric)
      in_.accept("ASYMMETRIC");
    std::vector<expression_ptr> args;
    args.push_back(read_expression(in_, binding::sum));
    in_.expect("AND");
    args.push_back(read_expression(in_, binding::sum));
    wrap(symmetric ? operator_kind::between_symmetric : operator_kind::between,
         negated, std::move(args));
  }

  void read_in(bool negated) {
    in_.skip(negated ? 2 : 1);
    auto start = in_.here();
    in_.expect("(");
    std::vector<expression_ptr> args;
    if (at_query(in_)) {
      auto query = read_query(in_);
      in_.expect(")");
      args.push_back(
          make_expression(in_.since(start), subquery{std::move(query)}));
    } else {
      args = read_expressions(in_);
      if (args.size() == 1 && args[0]->as<subquery>()
          && at_query_continuation(in_)) {
        auto first = std::move(std::get<subquery>(args[0]->node).query);
        auto inner = first->where;
        args[0] = make_expression(
            inner, subquery{continue_query(in_, inner, std::move(first))});
      }
      in_.expect(")");
    }
    wrap(operator_kind::in, negated, std::move(args));
  }

  void read_like(operator_kind op, bool negated) {
    in_.skip(negated ? 2 : 1);
    if (op == operator_kind::similar_to)
      in_.expect("TO");
    std::vector<expression_ptr> args;
    args.push_back(read_expression(in_, binding::sum));
    if (in_.accept("ESCAPE"))
      args.push_back(read_expression(in_, binding::sum));
    wrap(op, negated, std::move(args));
  }

  /// Reads an operand with the operators in front of it.
  expression_ptr read_operand() {
    if (in_.accept("NOT"))
      return prefix(operator_kind::logical_not, binding::negation);
    if (in_.accept("-"))
      return prefix(operator_kind::minus, binding::sign);
    if (in_.accept("+"))
      return prefix(operator_kind::plus, binding::sign);
    if (in_.accept("RUNNING"))
      return prefix(operator_kind::match_running, binding::sign);
    if (in_.at("FINAL") && is_function_name(in_.peek(1))
        && in_.peek(2).what == term("(")) {
      in_.skip();
      return prefix(operator_kind::match_final, binding::sign);
    }
    if (in_.accept("EXISTS")) {
      auto start = in_.here();
      auto query = read_query_in_brackets(in_);
      std::vector<expression_ptr> args;
      args.push_back(
          make_expression(in_.since(start), subquery{std::move(query)}));
      return make_expression(
          in_.since(start_),
          operation{operator_kind::exists, false, {}, std::move(args)});
    }
    return read_primary(in_);
  }

  expression_ptr prefix(operator_kind op, binding tightness) {
    std::vector<expression_ptr> args;
    args.push_back(read_expression(in_, tightness));
    return make_expression(in_.since(start_),
                           operation{op, false, {}, std::move(args)});
  }

  cursor& in_;
  binding loosest_;
  text_position start_;
  expression_ptr left_;
  operation* chain_ = nullptr; // `left_`, if an operator was just put there
};

} // namespace

expression_ptr read_expression(cursor& in, binding loosest) {
  nesting_level level(in);
  return operator_reader(in, loosest).read();
}

std::vector<expression_ptr> read_expressions(cursor& in) {
  std::vector<expression_ptr> result;
  do {
    result.push_back(read_expression(in));
  } while (in.accept(","));
  return result;
}

} // namespace herald::sql
