#include "engine/columnar/builder.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/user_table.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/plan/function_library.hpp"
#include "schemas/herald_table.hpp"
#include "tests/engine/plan/plan_support.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Libraries of functions: the worked example, and one that does all it can to
// do harm. That a query calls them is shown in tests/system.

namespace herald::testing {
namespace {

constexpr const char* example = HERALD_EXAMPLE_FUNCTIONS;
constexpr const char* bad = HERALD_BAD_FUNCTIONS;
constexpr const char* old = HERALD_OLD_FUNCTIONS;

std::string create(const std::string& name, const char* library) {
  return fmt::format("CREATE FUNCTION {0} AS '{0}' LANGUAGE CPP USING LIBRARY "
                     "'{1}';\n",
                     name, library);
}

column_ptr texts(const std::vector<std::optional<std::string>>& values) {
  text_builder result(data_type::of(type_kind::varchar));
  for (const auto& x : values) {
    if (x)
      result.push(*x);
    else
      result.append_null();
  }
  return result.finish();
}

column_ptr bigints(const std::vector<std::int64_t>& values) {
  fixed_builder<std::int64_t> result(data_type::of(type_kind::bigint));
  for (auto x : values)
    result.push(x);
  return result.finish();
}

batch_ptr rows_of(std::vector<column_ptr> columns) {
  auto layout = std::make_shared<schema>();
  for (const auto& x : columns)
    layout->fields.push_back({"c", x->type});
  const auto rows = columns[0]->length;
  return make_batch(layout, std::move(columns), rows);
}

/// `name(c0, c1, …)` over the columns.
absl::StatusOr<column_ptr> call(const char* library, const std::string& name,
                                const batch_ptr& rows,
                                std::vector<expr_ptr> args = {}) {
  HERALD_ASSIGN(auto found, load_function(library, name, {}));
  for (std::size_t i = args.size(); i < rows->columns.size(); ++i)
    args.push_back(
        make_column(static_cast<int>(i), rows->columns[i]->type, "c"));
  const auto x = make_bound_call(name, std::move(args), found[0].code,
                                 found[0].result, {});
  return evaluate_column(*x, *rows, {});
}

std::string values_of(const absl::StatusOr<column_ptr>& x) {
  if (!x.ok())
    return std::string(message_of(x.status()));
  std::string result;
  for (std::int64_t i = 0; i < (*x)->length; ++i)
    result += to_string(value_at(**x, i)) + " ";
  return result;
}

TEST(function_library, calls_a_function_of_texts_and_skips_nulls) {
  const auto rows = rows_of({texts({"abcabc", std::nullopt,
                                    "a text that is longer than 12 bytes: c"}),
                             texts({"c", "c", std::nullopt})});
  EXPECT_EQ(values_of(call(example, "count_char", rows)), "2 NULL NULL ");
}

TEST(function_library, hands_over_constants_once) {
  const auto rows = rows_of({texts({"abcabc", "ccc"}), texts({"c", "c"})});
  auto text = make_literal(
      {data_type::of(type_kind::varchar).with_nullable(false), "c"});
  EXPECT_EQ(values_of(call(example, "count_char", rows,
                           {make_column(0, rows->columns[0]->type), text})),
            "2 3 ");
}

TEST(function_library, takes_texts_and_nulls_from_it) {
  const auto rows = rows_of({texts(
      {"https://example.org/a/b", "nothing", "http://h", std::nullopt})});
  EXPECT_EQ(values_of(call(example, "host_of", rows)),
            "example.org NULL h NULL ");
}

TEST(function_library, an_aggregate_keeps_its_state_as_columns) {
  const auto found = load_function(example, "geometric_mean", {});
  ASSERT_TRUE(found.ok()) << found.status();
  aggregate_call call;
  call.name = "GEOMETRIC_MEAN";
  call.type = (*found)[0].result;
  call.user = (*found)[0].aggregate;
  auto made = make_accumulator(call, true);
  made->resize(2);
  fixed_builder<double> numbers(data_type::of(type_kind::float64));
  for (double x : {2.0, 8.0, 5.0, 100.0})
    numbers.push(x);
  const std::vector<column_ptr> args = {numbers.finish()};
  const std::int32_t groups[] = {0, 0, 1, 0};
  const std::int8_t changes[] = {0, 0, 0, 0};
  const std::int32_t both[] = {0, 1};
  ASSERT_TRUE(made->add(args, nullptr, groups, changes).ok());
  const row_list last = {3};
  const std::int32_t first[] = {0};
  const std::int8_t back[] = {0, 0, 0, 3};
  ASSERT_TRUE(made->add(args, &last, first, back).ok());
  auto restored = make_accumulator(call, true);
  restored->resize(2);
  restored->merge(made->partial(both), both);
  made->clear(first);
  const auto result = restored->result(both);
  EXPECT_NEAR(result->as<double>()[0], 4.0, 1e-9);
  EXPECT_NEAR(result->as<double>()[1], 5.0, 1e-9);
  EXPECT_TRUE(made->result(both)->is_null(0));
  EXPECT_TRUE(made->status().ok());
}

TEST(function_library, what_a_bad_library_does_is_refused) {
  const std::pair<const char*, const char*> cases[] = {
      {"too_short", "too_short gave a wrong result: 1 values instead of 2"},
      {"nothing", "nothing gave a wrong result: there is no array"},
      {"gives_null", "gives_null is declared NOT NULL and gave NULL"},
      {"silent", "silent failed and did not say why"},
      {"throws", "throws: the library threw an exception"},
      {"no_type", "malformed: 'BIGINTEGER' is no type"},
      {"two_results", "malformed: it gives one result"},
      {"no_code", "malformed: kind 1 lacks its calls"},
      {"bad_offsets", "bad_offsets gave a wrong result"},
      {"wrong_layout", "wrong_layout gave a wrong result"},
  };
  const auto rows = rows_of({bigints({1, 2})});
  for (const auto& [name, message] : cases) {
    const auto text = values_of(call(bad, name, rows));
    EXPECT_NE(text.find(message), std::string::npos) << text;
  }
  EXPECT_EQ(values_of(call(bad, "endless", rows)).size(),
            HERALD_ERROR_SIZE + std::string("endless: ").size());
}

TEST(function_library, a_table_function_gives_rows_for_each_row) {
  const auto rows = rows_of({texts(
      {"to be", std::nullopt, "", "or a-word-that-is-longer-than-12-bytes"})});
  EXPECT_EQ(values_of(call(example, "words", rows)),
            "[(to, 1), (be, 2)] NULL [] "
            "[(or, 1), (a-word-that-is-longer-than-12-bytes, 2)] ");
  EXPECT_EQ(values_of(call(example, "series",
                           rows_of({bigints({1, 5}), bigints({2, 3})}))),
            "[(1), (2)] [] ");
}

TEST(function_library, what_a_bad_table_function_does_is_refused) {
  const std::pair<const char*, const char*> cases[] = {
      {"falling", "gave a wrong result: row 1 is for row 0, behind one for "
                  "row 1"},
      {"outside", "gave a wrong result: row 1 is for row 2 of 2"},
      {"negative", "gave a wrong result: row 0 is for row -1 of 2"},
      {"null_rows", "gave a wrong result: rows that are NULL"},
      {"no_numbers", "gave a wrong result: "},
      {"null_numbers", "field `row`: NULL in a field that is NOT NULL"},
      {"null_values", "field `x`: NULL in a field that is NOT NULL"},
      {"short_column", "gave a wrong result: "},
      {"no_children", "gave a wrong result: buffers or children are missing"},
      {"released_child", "gave a wrong result: "},
      {"less_than_none", "gave a wrong result: -3 rows"},
      {"million", "gives more than 1048576 rows or 256 MiB for one row"},
      {"never_fits", "gives more than 1048576 rows or 256 MiB for one row"},
      {"no_rows", "gave a wrong result: there is no array"},
      {"no_table", "malformed: a table function gives a ROW"},
      {"silent_rows", "silent_rows failed and did not say why"},
      {"throws_rows", "throws_rows: the library threw an exception"},
      {"nowhere", "malformed: kind 3 lacks its calls"},
      {"both", "'both' is a scalar function and a table function, too"},
      {"new_kind", "malformed: kind 99 lacks its calls"},
  };
  const auto rows = rows_of({bigints({1, 2})});
  for (const auto& [name, message] : cases) {
    const auto text = values_of(call(bad, name, rows));
    EXPECT_NE(text.find(message), std::string::npos) << name << ": " << text;
  }
}

// Libraries that were built before there were table functions have this.
TEST(function_library, the_interface_keeps_its_shape) {
  EXPECT_EQ(HERALD_FUNCTION_ABI, 1u);
  EXPECT_EQ(sizeof(herald_function), 56u);
  EXPECT_EQ(sizeof(herald_aggregate), 80u);
  EXPECT_EQ(offsetof(herald_batch, rows_max), 40u);
}

using text_rows = udf::rows<std::string_view, std::optional<double>>;

void repeat(text_rows& to, std::string_view text, std::int32_t times) {
  for (std::int32_t i = 0; i < times; ++i)
    to.add(text, i % 2 == 0 ? std::optional(i / 2.0) : std::nullopt);
}

/// What repeating "hello" `times` times says with these limits.
std::int32_t repeat_within(std::int32_t times, std::int64_t rows_max,
                           std::int64_t bytes_max) {
  static const auto entry = udf::table<repeat>("repeat", {"text", "half"});
  EXPECT_STREQ(entry.result, "ROW<`text` STRING, `half` DOUBLE>");
  EXPECT_STREQ(entry.arguments, "STRING, INT");
  std::int32_t view[4] = {5};
  std::memcpy(&view[1], "hello", 5);
  const void* text_buffers[] = {nullptr, view};
  const void* number_buffers[] = {nullptr, &times};
  ArrowArray text{};
  text.length = 1;
  text.buffers = text_buffers;
  ArrowArray number = text;
  number.buffers = number_buffers;
  const herald_argument arguments[] = {{&text, 1, 0}, {&number, 1, 0}};
  const herald_batch batch{1, 2, arguments, "UTC", 0, rows_max, bytes_max};
  ArrowArray out{};
  herald_error error{};
  const auto code = entry.call(nullptr, &batch, &out, &error);
  EXPECT_EQ(code == 0, out.release != nullptr);
  if (out.release != nullptr)
    out.release(&out);
  return code;
}

TEST(function_library, a_library_stops_at_the_limits_that_it_is_told) {
  EXPECT_EQ(repeat_within(10, 10, 1000), 0);
  EXPECT_EQ(repeat_within(11, 10, 1000), HERALD_TOO_MANY);
  // A row: 4 for its number, 5 + 4 for the text, 8 for the other column.
  EXPECT_EQ(repeat_within(10, 10, 210), 0);
  EXPECT_EQ(repeat_within(10, 10, 209), HERALD_TOO_MANY);
}

/// Counts rows by their first column; has room for one batch.
class counting_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    EXPECT_LE(rows->rows, 4096);
    full_ = true;
    for (std::int64_t i = 0; i < rows->rows; ++i)
      ++counts[rows->columns[0]
                   ->as<std::int64_t>()[static_cast<std::size_t>(i)]];
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  bool full() const override {
    return std::exchange(full_, false);
  }

  std::map<std::int64_t, std::int64_t> counts;

private:
  mutable bool full_ = false;
};

/// Lays series(c0, c1) out over `rows`.
absl::Status lay_out(const batch_ptr& rows, counting_output& out) {
  HERALD_ASSIGN(auto found, load_function(example, "series", {}));
  unnest_spec spec;
  spec.kind = unnest_spec::kind_type::table;
  spec.columns = {0, 1};
  const auto type = data_type::of(type_kind::bigint);
  spec.value
      = make_bound_call("series", {make_column(0, type), make_column(1, type)},
                        found[0].code, found[0].result, {});
  auto layout = std::make_shared<schema>(*rows->layout);
  layout->fields.push_back({"x", spec.value->type.element()});
  auto made = make_operator(spec, {rows->layout}, layout);
  HERALD_TRY(made->open({}));
  HERALD_TRY(made->process(0, rows, out));
  while (made->busy())
    HERALD_TRY(made->resume(out));
  return absl::OkStatus();
}

TEST(function_library, a_batch_is_cut_until_a_call_gives_few_enough_rows) {
  counting_output out;
  EXPECT_EQ(lay_out(rows_of({bigints({1, 2, 3, 4, 5, 6}),
                             bigints({700'000, 700'000, 2, 600'000, 400'000,
                                      table_rows_max + 5})}),
                    out),
            absl::OkStatus());
  EXPECT_EQ(out.counts,
            (std::map<std::int64_t, std::int64_t>{{1, 700'000},
                                                  {2, 699'999},
                                                  {4, 599'997},
                                                  {5, 399'996},
                                                  {6, table_rows_max}}));
  counting_output none;
  const auto status = lay_out(
      rows_of({bigints({1, 1}), bigints({3, table_rows_max + 1})}), none);
  EXPECT_NE(message_of(status).find("more than 1048576 rows"),
            std::string::npos);
  EXPECT_EQ(none.counts, (std::map<std::int64_t, std::int64_t>{{1, 3}}));
}

TEST(function_library, another_version_or_another_file_is_refused) {
  const auto message = [](const char* path, const char* name) {
    return std::string(
        message_of(load_function(path, name, text_position{}).status()));
  };
  EXPECT_NE(message(old, "nothing").find("was built for version 7"),
            std::string::npos);
  EXPECT_NE(message("/nowhere/lib.so", "f").find("No such file"),
            std::string::npos);
  EXPECT_NE(message("README.md", "f").find("library 'README.md': "),
            std::string::npos);
  EXPECT_NE(message(example, "count_chars").find("did you mean 'count_char'?"),
            std::string::npos);
}

TEST(function_library, statements_bind_its_functions) {
  const fake_connectors connectors;
  sql_session session(connectors);
  const auto script = create("count_char", example)
                      + create("geometric_mean", example)
                      + "CREATE TABLE t (id BIGINT, name STRING) "
                        "WITH ('connector' = 'kafka');\n";
  ASSERT_TRUE(run_script(script, session).ok());
  EXPECT_EQ(run_to_text("SELECT count_char(name, 'a') AS n FROM t", "optimised",
                        session),
            "select\n  project count_char(name, 'a') AS n\n    scan t: name\n");
  const auto plan
      = run_to_text("SELECT name, geometric_mean(id) FROM t GROUP BY name",
                    "optimised", session);
  EXPECT_NE(plan.find("geometric_mean(CAST(id AS DOUBLE))"), std::string::npos)
      << plan;
  EXPECT_NE(run_to_text("SELECT count_char(id) FROM t", "optimised", session)
                .find("count_char takes (STRING, STRING), not (BIGINT)"),
            std::string::npos);
}

TEST(function_library, statements_bind_table_functions) {
  const fake_connectors connectors;
  sql_session session(connectors);
  const auto script = create("words", example) + create("series", example)
                      + "CREATE TABLE t (id BIGINT, name STRING, note STRING) "
                        "WITH ('connector' = 'kafka');\n";
  ASSERT_TRUE(run_script(script, session).ok());
  EXPECT_EQ(run_to_text("SELECT id, word FROM t LEFT JOIN LATERAL "
                        "TABLE(words(LOWER(name))) ON TRUE WHERE id > 3",
                        "optimised", session),
            "select\n"
            "  project id, words.word AS word\n"
            "    left table function words(LOWER(name))\n"
            "      filter (id > 3)\n"
            "        scan t: id, name\n");
  EXPECT_EQ(run_to_text("SELECT x FROM TABLE(series(1, 3)) WHERE x > 2",
                        "optimised", session),
            "select\n"
            "  project series.x AS x\n"
            "    filter (series.x > 2)\n"
            "      table function series(1, 3)\n"
            "        scan one row: row\n");
  EXPECT_EQ(run_to_text("DESCRIBE FUNCTION words", "", session),
            "info name | info value\nname | words\nkind | table\n"
            "language | CPP\n");
}

TEST(function_library, what_varies_cannot_be_taken_back) {
  const fake_connectors connectors;
  sql_session session(connectors);
  const auto script = create("varies", bad)
                      + "CREATE TABLE t (id BIGINT) "
                        "WITH ('connector' = 'kafka');\n";
  ASSERT_TRUE(run_script(script, session).ok());
  const auto counts = run_to_text("SELECT x FROM (SELECT COUNT(*) AS n FROM t) "
                                  "AS c, LATERAL TABLE(varies(n))",
                                  "optimised", session);
  EXPECT_NE(counts.find("line 1, column 65: varies gives other rows each time"),
            std::string::npos)
      << counts;
}

TEST(function_library, a_node_loads_only_from_its_folder) {
  restrict_libraries("");
  EXPECT_FALSE(load_function(example, "count_char", {}).ok());
  restrict_libraries(std::filesystem::path(bad).parent_path());
  EXPECT_FALSE(load_function(example, "count_char", {}).ok());
  restrict_libraries(std::filesystem::path(example).parent_path());
  EXPECT_TRUE(load_function(example, "count_char", {}).ok());
}

} // namespace
} // namespace herald::testing
