#include "engine/formats/format.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/formats/type_text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Runs tests/cases/json/*.case. A case is
//
//   == what it shows
//   columns a INT, b ROW<c STRING>
//   option json.ignore-parse-errors = true
//   want b.c                 (without: the columns)
//   push a = 2
//   in {"a":1}               (a document; several are decoded together)
//   row {"a":1,"b":null}     (expected, in order)
//   bad 1 at byte 3: …       (expected: number of the document, reason)
//   ignored 1

namespace herald {
namespace {

struct decode_case {
  std::string name;
  decoder_spec spec;
  std::vector<std::string> in;
  std::vector<std::string> rows;
  std::vector<std::string> bad;
  std::int64_t ignored = 0;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> result;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) {
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    result.push_back(part);
  }
  return result;
}

void add_push(decode_case& x, const std::string& rest) {
  auto sides = split(rest, '=');
  pushed_condition pushed;
  pushed.path = split(sides[0], '.');
  pushed.value.type = test::type_at(x.spec.fields, pushed.path);
  if (sides[1].front() == '\'')
    pushed.value.value = sides[1].substr(1, sides[1].size() - 2);
  else
    pushed.value.value = std::int64_t{std::stoll(sides[1])};
  x.spec.pushed.push_back(std::move(pushed));
}

void add_line(decode_case& x, const std::string& line) {
  auto space = line.find(' ');
  auto verb = line.substr(0, space);
  auto rest = space == std::string::npos ? "" : line.substr(space + 1);
  if (verb == "columns") {
    x.spec.fields = test::fields_of(rest);
  } else if (verb == "option") {
    auto sides = split(rest, '=');
    x.spec.options[sides[0]] = sides[1];
  } else if (verb == "want") {
    for (const auto& path : split(rest, ','))
      x.spec.paths.push_back(split(path, '.'));
  } else if (verb == "push") {
    add_push(x, rest);
  } else if (verb == "in") {
    x.in.push_back(rest);
  } else if (verb == "row") {
    x.rows.push_back(rest);
  } else if (verb == "bad") {
    x.bad.push_back(rest);
  } else if (verb == "ignored") {
    x.ignored = std::stoll(rest);
  } else {
    FAIL() << x.name << ": unknown line: " << line;
  }
}

void complete(decode_case& x) {
  if (x.spec.paths.empty())
    for (const auto& field : x.spec.fields)
      x.spec.paths.push_back({field.name});
  schema layout;
  for (const auto& path : x.spec.paths)
    layout.fields.push_back({fmt::format("{}", fmt::join(path, ".")),
                             test::type_at(x.spec.fields, path)});
  x.spec.layout = std::make_shared<schema>(std::move(layout));
}

std::vector<decode_case> read_cases(const std::filesystem::path& path) {
  std::vector<decode_case> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== "))
      result.emplace_back().name = line.substr(3);
    else if (!line.empty() && line.front() != '#')
      add_line(result.back(), line);
  }
  for (auto& x : result)
    complete(x);
  return result;
}

struct seen {
  std::vector<std::string> rows;
  std::vector<std::string> bad;
  std::int64_t ignored = 0;
};

/// Decodes documents [first, last) in one go and adds what they give.
void decode(const decode_case& x, decoder& with, std::size_t first,
            std::size_t last, seen& out) {
  documents input;
  for (auto i = first; i < last; ++i)
    input.append(x.in[i]);
  auto got = with.decode(input);
  ASSERT_EQ(static_cast<std::size_t>(got.rows->rows), got.origin.size());
  ASSERT_TRUE(std::is_sorted(got.origin.begin(), got.origin.end()));
  for (std::int64_t row = 0; row < got.rows->rows; ++row)
    encode_json_row(*got.rows, row, out.rows.emplace_back());
  for (const auto& bad : got.bad)
    out.bad.push_back(fmt::format(
        "{} {}", first + static_cast<std::size_t>(bad.index) + 1, bad.reason));
  out.ignored += static_cast<std::int64_t>(got.ignored.size());
}

void expect(const decode_case& x, const seen& got) {
  EXPECT_EQ(got.rows, x.rows) << x.name;
  EXPECT_EQ(got.bad, x.bad) << x.name;
  EXPECT_EQ(got.ignored, x.ignored) << x.name;
}

class json_cases : public testing::TestWithParam<std::string> {};

TEST_P(json_cases, give_the_same_rows_together_and_one_by_one) {
  for (const auto& x : read_cases("tests/cases/json/" + GetParam())) {
    auto made = make_decoder("json", x.spec);
    ASSERT_TRUE(made.ok()) << x.name << ": " << made.status();
    seen together;
    decode(x, **made, 0, x.in.size(), together);
    expect(x, together);
    seen alone;
    for (std::size_t i = 0; i < x.in.size(); ++i)
      decode(x, **made, i, i + 1, alone);
    expect(x, alone);
  }
}

INSTANTIATE_TEST_SUITE_P(files, json_cases,
                         testing::Values("types.case", "nested.case",
                                         "malformed.case", "pushed.case",
                                         "options.case"),
                         [](const auto& x) {
                           return x.param.substr(0, x.param.find('.'));
                         });

} // namespace
} // namespace herald
