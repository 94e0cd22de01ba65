#include "engine/columnar/civil.hpp"
#include "tests/engine/expr/support.hpp"

#include <charconv>
#include <fstream>

#include <gtest/gtest.h>

// Runs tests/engine/expr/cases.txt: calls as S-expressions, and what they
// give. The file says how to write them.

namespace herald::test {
namespace {

class case_reader {
public:
  explicit case_reader(std::string_view text) : text_(text) {}

  absl::StatusOr<expr_ptr> read() {
    skip_blanks();
    if (take('('))
      return read_call();
    if (text_[at_] == '\'')
      return read_text();
    return read_word();
  }

private:
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  std::string quoted() {
    std::string result;
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '\'' && text_[at_ + 1] != '\'')
        break;
      at_ += text_[at_] == '\'';
      result += text_[at_++];
    }
    ++at_;
    return result;
  }

  std::string word() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '\'')
      return quoted();
    auto end = text_.find_first_of(" )", at_);
    end = std::min(end, text_.size());
    std::string result(text_.substr(at_, end - at_));
    at_ = end;
    return result;
  }

  absl::StatusOr<expr_ptr> read_text() {
    auto text = quoted();
    auto characters = 0;
    for (auto c : text)
      characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return make_literal(
        {data_type::text(kind::character, std::max(characters, 1)), text});
  }

  absl::StatusOr<expr_ptr> read_word() {
    auto x = word();
    if (x == "NULL")
      return null_lit();
    if (x == "TRUE" || x == "FALSE")
      return lit(x == "TRUE");
    if (x.find('e') != x.npos)
      return dbl(std::stod(x));
    if (x.find('.') != x.npos)
      return dec(x);
    std::int64_t n = 0;
    auto end = std::from_chars(x.data(), x.data() + x.size(), n).ptr;
    EXPECT_EQ(end, x.data() + x.size()) << text_;
    if (n == static_cast<std::int32_t>(n))
      return lit(static_cast<int>(n));
    return big(n);
  }

  static data_type type_named(const std::string& name) {
    auto number
        = [&](std::size_t from) { return std::stoi(name.substr(from)); };
    static const std::pair<const char*, kind> plain[]
        = {{"INT", kind::integer},       {"TINYINT", kind::tinyint},
           {"SMALLINT", kind::smallint}, {"BIGINT", kind::bigint},
           {"FLOAT", kind::float32},     {"DOUBLE", kind::float64},
           {"STRING", kind::varchar},    {"BYTES", kind::varbinary},
           {"BOOLEAN", kind::boolean},   {"DATE", kind::date},
           {"TIME", kind::time},         {"MONTHS", kind::interval_month},
           {"MS", kind::interval_day}};
    for (const auto& [text, id] : plain)
      if (name == text)
        return data_type::of(id);
    if (name.starts_with("TIMESTAMP:"))
      return data_type::timestamp(number(10));
    if (name.starts_with("LTZ:"))
      return data_type::timestamp_ltz(number(4));
    if (name.starts_with("CHAR:"))
      return data_type::text(kind::character, number(5));
    if (name.starts_with("VARCHAR:"))
      return data_type::text(kind::varchar, number(8));
    if (name.starts_with("DECIMAL:"))
      return data_type::decimal(number(8), number(name.rfind(':') + 1));
    if (name.starts_with("ARRAY:"))
      return data_type::array(type_named(name.substr(6)));
    ADD_FAILURE() << "no type " << name;
    return {};
  }

  absl::StatusOr<expr_ptr> read_call() {
    auto name = word();
    if (name == "ms" || name == "months") {
      auto n = std::stoll(word());
      EXPECT_TRUE(take(')'));
      return make_literal({data_type::of(name == "ms" ? kind::interval_day
                                                      : kind::interval_month),
                           std::int64_t{n}});
    }
    if (name == "cast" || name == "try") {
      HERALD_ASSIGN(auto x, read());
      auto type = type_named(word());
      EXPECT_TRUE(take(')')) << text_;
      return make_cast(std::move(x), type, name == "try");
    }
    std::vector<expr_ptr> args;
    for (skip_blanks(); !take(')'); skip_blanks()) {
      if (at_ >= text_.size()) {
        ADD_FAILURE() << "no end: " << text_;
        return null_lit();
      }
      HERALD_ASSIGN(auto arg, read());
      args.push_back(std::move(arg));
    }
    return make_call(name, std::move(args));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct test_case {
  int line = 0;
  std::string zone;
  std::string call;
  std::string expected;
};

std::vector<test_case> read_cases(const std::string& path) {
  std::vector<test_case> result;
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::string line;
  std::string zone = "UTC";
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#')
      continue;
    if (line.starts_with("zone ")) {
      zone = line.substr(5);
      continue;
    }
    auto arrow = line.find(" => ");
    EXPECT_NE(arrow, line.npos) << number;
    result.push_back(
        {number, zone, line.substr(0, arrow), line.substr(arrow + 4)});
  }
  return result;
}

TEST(expr_cases, give_what_the_file_says) {
  auto cases = read_cases("tests/engine/expr/cases.txt");
  EXPECT_GT(cases.size(), 100u);
  for (const auto& x : cases) {
    eval_context context;
    context.time_zone = x.zone;
    context.now_ms = 1'583'000'000'123;
    auto call = case_reader(x.call).read();
    auto wanted = x.expected;
    std::string type;
    if (auto colon = wanted.find(" : "); colon != wanted.npos) {
      type = wanted.substr(colon + 3);
      wanted.resize(colon);
    }
    if (!call.ok()) {
      EXPECT_EQ("refused: " + std::string(message_of(call.status())), wanted)
          << "line " << x.line << ": " << x.call;
      continue;
    }
    EXPECT_EQ(value_of(*call, context), wanted)
        << "line " << x.line << ": " << x.call;
    EXPECT_EQ(value_of(fold_constants(*call), context), wanted)
        << "folded, line " << x.line << ": " << x.call;
    if (!type.empty()) {
      EXPECT_EQ((*call)->type.to_string(), type)
          << "line " << x.line << ": " << x.call;
    }
  }
}

} // namespace
} // namespace herald::test
