#include "engine/expr/json_path.hpp"
#include "engine/expr/json_text.hpp"
#include "tests/engine/expr/support.hpp"

#include <gtest/gtest.h>

// JSON documents and paths: limits, odd texts, and paths that the shared
// corpus does not reach.

namespace herald::test {
namespace {

bool is_json(std::string_view text) {
  json_document document;
  return document.parse(text);
}

/// What `path` leads to in `text`: JSON values in order, or why not.
std::string followed(std::string_view path, std::string_view text) {
  json_document document;
  if (!document.parse(text))
    return "no JSON";
  const auto* compiled = compile_json_path(path);
  if (compiled == nullptr)
    return "no path";
  auto found = follow(*compiled, document);
  if (found.missing)
    return "missing";
  if (found.number)
    return *found.number;
  std::string result = found.many ? "many:" : "";
  for (const auto& item : found.items) {
    result += result.empty() || result == "many:" ? "" : " ";
    append_json_item(result, document, item);
  }
  return result;
}

std::string repeated(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i)
    result += text;
  return result;
}

TEST(json_document, is_nested_no_deeper_than_its_limit) {
  auto nested = [](int depth) {
    return repeated("[", depth) + "1" + repeated("]", depth);
  };
  EXPECT_TRUE(is_json(nested(json_depth_max)));
  EXPECT_FALSE(is_json(nested(json_depth_max + 1)));
}

TEST(json_document, takes_what_jackson_takes) {
  for (const auto* good : {"1", " [ ] ", "{\"a\":{}}", "-0.5e+3", "\"\\u00e9\"",
                           "true ", "1 x", "[1]]", "\"a\"b", "null,"})
    EXPECT_TRUE(is_json(good)) << good;
  for (const auto* bad : {"",
                          " ",
                          "01",
                          "-",
                          "1.",
                          ".5",
                          "1e",
                          "+1",
                          "1x",
                          "truex",
                          "[1,]",
                          "{a:1}",
                          "{\"a\" 1}",
                          "{\"a\":1",
                          "\"\\x\"",
                          "\"\\u12g4\"",
                          "\"a\nb\"",
                          "\"",
                          "nul",
                          "NaN",
                          "1e1234567890",
                          "'a'"})
    EXPECT_FALSE(is_json(bad)) << bad;
}

TEST(json_document, replaces_half_of_a_surrogate_pair) {
  EXPECT_EQ(
      value_of(call("JSON_VALUE", {lit("[\"\\ud83d\\ude00\"]"), lit("$[0]")})),
      "😀");
  EXPECT_EQ(value_of(call("JSON_VALUE", {lit("[\"\\ud83dx\"]"), lit("$[0]")})),
            "?x");
}

TEST(json_document, counts_the_last_of_equal_keys_at_the_first_place) {
  EXPECT_EQ(followed("$.*", R"({"b":1,"a":2,"b":3})"), "many:3 2");
  EXPECT_EQ(followed("$", R"({"b":1,"a":2,"b":3})"), R"({"a":2,"b":3})");
  EXPECT_EQ(followed("$.b", R"({"b":1,"\u0062":4})"), "4");
}

TEST(json_path, follows_every_kind_of_step) {
  const auto* text = R"({"a":[{"b":1,"c":"x"},{"b":2},{"c":"y"}],"d":{"b":3}})";
  EXPECT_EQ(followed("$.a[1].b", text), "2");
  EXPECT_EQ(followed("$['a'][-1]['c']", text), "\"y\"");
  EXPECT_EQ(followed("a[0].b", text), "1");
  EXPECT_EQ(followed("$.a[0,2].c", text), "many:\"x\" \"y\"");
  EXPECT_EQ(followed("$.a[1:].b", text), "many:2");
  EXPECT_EQ(followed("$.a[:-1].b", text), "many:1 2");
  EXPECT_EQ(followed("$.a[-2:].b", text), "many:2");
  EXPECT_EQ(followed("$..b", text), "many:1 2 3");
  EXPECT_EQ(followed("$.d.*", text), "many:3");
  EXPECT_EQ(followed("$.a[0]['b','c']", text), R"({"b":1,"c":"x"})");
  EXPECT_EQ(followed("$.a.length()", text), "3");
  EXPECT_EQ(followed("$..b.length()", text), "");
  EXPECT_EQ(followed("$.a[7]", text), "");
  EXPECT_EQ(followed("$.a[7].b", text), "");
  EXPECT_EQ(followed("$.d[0]", text), "missing");
  EXPECT_EQ(followed("$.z.y", text), "missing");
}

TEST(json_path, filters) {
  const auto* text
      = R"([{"p":5,"t":"ab"},{"p":12,"t":"cd"},{"t":null},{"p":"5"}])";
  EXPECT_EQ(followed("$[?(@.p < 10)].p", text), "many:5");
  EXPECT_EQ(followed("$[?(@.p)].p", text), "many:5 12 \"5\"");
  EXPECT_EQ(followed("$[?(!(@.p))].t", text), "many:null");
  EXPECT_EQ(followed("$[?(@.t == null)]", text), "many:{\"t\":null}");
  EXPECT_EQ(followed("$[?(@.p >= 5 && @.t == 'cd')].p", text), "many:12");
  EXPECT_EQ(followed("$[?(@.p == 5 || @.t == \"cd\")].p", text), "many:5 12");
  EXPECT_EQ(followed("$[?(@.t =~ /A./i)].p", text), "many:5");
  EXPECT_EQ(followed("$[?(@.p in [12, 13])].t", text), "many:\"cd\"");
  EXPECT_EQ(followed("$[?(@.p nin [5, 12])].p", text), "many:\"5\"");
  EXPECT_EQ(followed("$[?(@.p == $[0].p)].t", text), "many:\"ab\"");
}

TEST(json_path, refuses_what_it_does_not_know) {
  for (const auto* bad :
       {"", "$.", "$..", "$.a[", "$.a]", "$[a]", "$.a b", "$['a'", "$[0 to 1]",
        "$.unknown()", "$[?(@.a ==)]", "$[?(1)]", "$[?(@.a == 1)", "$a"})
    EXPECT_EQ(compile_json_path(bad), nullptr) << bad;
}

TEST(json_path, is_bounded) {
  auto steps = [](std::size_t count) {
    return "$" + repeated(".a", static_cast<int>(count));
  };
  EXPECT_NE(compile_json_path(steps(json_steps_max)), nullptr);
  EXPECT_EQ(compile_json_path(steps(json_steps_max + 2)), nullptr);
  auto brackets = [](int depth) {
    return "$[?(" + repeated("(", depth) + "@.a" + repeated(")", depth) + ")]";
  };
  EXPECT_NE(compile_json_path(brackets(json_path_nesting_max - 1)), nullptr);
  EXPECT_EQ(compile_json_path(brackets(json_path_nesting_max)), nullptr);
}

TEST(json_path, is_compiled_anew_when_many_others_came_between) {
  const auto* text = R"({"a1":1,"a70":70})";
  for (int i = 0; i < 200; ++i) {
    auto name = std::to_string(i);
    auto wanted = i == 1 ? "1" : i == 70 ? "70" : "missing";
    EXPECT_EQ(followed("$.a" + name, text), wanted);
  }
  EXPECT_EQ(followed("$.a1", text), "1");
}

TEST(json_text, prints_numbers_as_big_decimals) {
  const std::pair<const char*, const char*> cases[]
      = {{"1.50", "1.50"},      {"1e3", "1E+3"},          {"-0", "0"},
         {"0.0000001", "1E-7"}, {"0.000001", "0.000001"}, {"0e-18", "0E-18"},
         {"1.0E10", "1.0E+10"}, {"123e-2", "1.23"},       {"-0.0", "0.0"},
         {"100", "100"},        {"12e-9", "1.2E-8"}};
  for (const auto& [from, wanted] : cases) {
    std::string got;
    append_big_decimal(got, from);
    EXPECT_EQ(got, wanted) << from;
  }
}

TEST(json_functions, see_paths_and_documents_row_by_row) {
  auto rows = make_rows({string_type(), string_type()},
                        {{std::string("{\"a\":1}"), std::string("$.a")},
                         {std::string("{\"a\":1}"), std::string("$.b")},
                         {{}, std::string("$.a")},
                         {std::string("[7]"), std::string("lax $[0]")},
                         {std::string("x"), {}}});
  EXPECT_EQ(values_of(call("JSON_VALUE", {col(rows, 0), col(rows, 1)}), rows),
            "1 NULL NULL 7 NULL");
  EXPECT_EQ(values_of(call("JSON_EXISTS", {col(rows, 0), col(rows, 1)}), rows),
            "TRUE FALSE NULL TRUE NULL");
  EXPECT_EQ(values_of(call("IS JSON ARRAY", {col(rows, 0)}), rows),
            "FALSE FALSE FALSE TRUE FALSE");
}

TEST(json_functions, name_what_they_cannot_read) {
  auto value = call("JSON_VALUE",
                    {lit("{}"), lit("$.a"), lit("ON ERROR"), lit("ERROR")});
  EXPECT_EQ(value_of(value),
            "error: JSON_VALUE of '$.a' in '{}': the path leads nowhere");
}

} // namespace
} // namespace herald::test
