#include "engine/connectors/full_lookup.hpp"
#include "engine/connectors/mariadb/values.hpp"
#include "engine/connectors/read_all.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/connectors/threaded_lookup.hpp"
#include "tests/support/rows.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <unistd.h>

namespace herald::testing {
namespace {

using ::testing::HasSubstr;

data_type bigint() {
  return data_type::of(type_kind::bigint);
}

data_type string() {
  return data_type::of(type_kind::varchar);
}

std::shared_ptr<const table_definition>
table_of(const option_map& options, std::vector<std::string> key = {}) {
  auto result = std::make_shared<table_definition>();
  result->name = "d";
  result->columns = {{"id", bigint(), {}, false}, {"v", string(), {}, false}};
  result->primary_key = std::move(key);
  result->options = options;
  return result;
}

lookup_target target_of(std::shared_ptr<const table_definition> table) {
  return {std::move(table),
          {{"id"}, {"v"}},
          make_schema({{"id", bigint()}, {"v", string()}}),
          {0}};
}

lookup_request request_of(std::int64_t id,
                          const std::vector<literal_row>& keys) {
  return {id, make_rows(make_schema({{"id", bigint()}}), keys)};
}

/// Waits for the answer of one request.
lookup_answer ask(lookup_source& source, doorbell& bell, lookup_request x) {
  EXPECT_EQ(source.start(std::move(x)), absl::OkStatus());
  for (;;) {
    auto answers = source.poll();
    if (!answers.empty())
      return std::move(answers[0]);
    bell.wait();
  }
}

// -- whole tables
// ---------------------------------------------------------------

class full_lookup_of_files : public ::testing::Test {
protected:
  full_lookup_of_files()
      : path_(std::filesystem::temp_directory_path()
              / ("herald-lookup-" + std::to_string(::getpid()))) {}

  ~full_lookup_of_files() override {
    std::filesystem::remove(path_);
  }

  void write(const std::string& text) const {
    const auto next = path_.string() + ".new";
    std::ofstream(next) << text;
    std::filesystem::rename(next, path_);
  }

  std::unique_ptr<lookup_source> open(std::optional<std::int64_t> reload_ms) {
    const auto table = table_of({{"connector", "filesystem"},
                                 {"path", path_.string()},
                                 {"format", "csv"}});
    auto result = make_full_lookup(**find_connector(*table), target_of(table),
                                   reload_ms);
    EXPECT_EQ(result->open([this] { bell_.ring(); }), absl::OkStatus());
    return result;
  }

  std::filesystem::path path_;
  doorbell bell_; // outlives the source
};

TEST_F(full_lookup_of_files, finds_all_rows_of_each_key) {
  write("1,a\n2,b\n1,c\n,d\n");
  const auto source = open({});
  const auto found = ask(*source, bell_, request_of(7, {{2}, {3}, {1}}));
  EXPECT_EQ(found.id, 7);
  ASSERT_TRUE(found.rows);
  EXPECT_EQ(print_rows(*found.rows),
            (std::vector<std::string>{"(2, 'b')", "(1, 'a')", "(1, 'c')"}));
  EXPECT_EQ(found.key_of, (std::vector<std::int32_t>{0, 2, 2}));
  EXPECT_FALSE(ask(*source, bell_, request_of(8, {{9}})).rows);
}

TEST_F(full_lookup_of_files, reads_the_table_again) {
  write("1,a\n");
  const auto source = open(1);
  EXPECT_TRUE(ask(*source, bell_, request_of(1, {{1}})).rows);
  write("2,b\n");
  std::int64_t id = 2;
  while (!ask(*source, bell_, request_of(id++, {{2}})).rows)
    ;
  EXPECT_FALSE(ask(*source, bell_, request_of(id, {{1}})).rows);
}

TEST_F(full_lookup_of_files, keeps_the_copy_that_it_has) {
  write("1,a\n");
  const auto source = open(1);
  EXPECT_TRUE(ask(*source, bell_, request_of(1, {{1}})).rows);
  std::filesystem::remove(path_);
  for (std::int64_t id = 2; id < 1000; ++id)
    ASSERT_TRUE(ask(*source, bell_, request_of(id, {{1}})).rows);
}

TEST_F(full_lookup_of_files, says_what_is_wrong_with_the_table) {
  const auto source = open({});
  const auto found = ask(*source, bell_, request_of(1, {{1}}));
  EXPECT_THAT(std::string(found.status.message()), HasSubstr("does not exist"));
}

// -- clients that wait
// ------------------------------------------------------------

/// Answers when it may; says nothing of keys that are 0.
class slow_client final : public lookup_client {
public:
  explicit slow_client(doorbell& go) : go_(go) {}

  lookup_answer answer(const lookup_request& x) override {
    go_.wait();
    const auto table = table_of({});
    const auto rows
        = make_rows(make_schema({{"id", bigint()}, {"v", string()}}),
                    {{5, "five"}, {6, "six"}, {5, "cinq"}});
    return match_answer(target_of(table), x, rows);
  }

  void interrupt() override {
    go_.ring();
  }

private:
  doorbell& go_;
};

TEST(threaded_lookup, answers_with_the_rows_of_the_keys_that_were_asked_for) {
  doorbell go;
  doorbell bell;
  std::vector<std::unique_ptr<lookup_client>> clients;
  clients.push_back(std::make_unique<slow_client>(go));
  const auto source = make_threaded_lookup(std::move(clients), 10);
  ASSERT_EQ(source->open([&] { bell.ring(); }), absl::OkStatus());
  EXPECT_EQ(source->limits().requests_max, 2);
  EXPECT_TRUE(source->poll().empty());
  go.ring();
  const auto found = ask(*source, bell, request_of(1, {{4}, {5}}));
  EXPECT_EQ(print_rows(*found.rows),
            (std::vector<std::string>{"(5, 'five')", "(5, 'cinq')"}));
  EXPECT_EQ(found.key_of, (std::vector<std::int32_t>{1, 1}));
}

TEST(threaded_lookup, ends_while_clients_wait) {
  doorbell go;
  std::vector<std::unique_ptr<lookup_client>> clients;
  clients.push_back(std::make_unique<slow_client>(go));
  const auto source = make_threaded_lookup(std::move(clients), 10);
  ASSERT_EQ(source->open([] {}), absl::OkStatus());
  ASSERT_EQ(source->start(request_of(1, {{1}})), absl::OkStatus());
  ASSERT_EQ(source->start(request_of(2, {{2}})), absl::OkStatus());
}

// -- MariaDB's and Redis' declarations
// ----------------------------------------------

std::string error_of(const option_map& options,
                     const std::vector<std::string>& key = {}) {
  const auto table = table_of(options, key);
  const auto found = find_connector(*table);
  return std::string((*found)->check_lookup(*table, {"id"}).message());
}

TEST(mariadb_options, take_a_url_or_its_parts) {
  const auto read = [](const std::string& url) {
    return mariadb_options_of(
        *table_of({{"connector", "jdbc"}, {"url", url}, {"table-name", "t"}}));
  };
  const auto whole = read("jdbc:mysql://db.example:3307/shop?useSSL=false");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->host, "db.example");
  EXPECT_EQ(whole->port, 3307);
  EXPECT_EQ(whole->database, "shop");
  EXPECT_EQ(whole->table, "`t`");
  EXPECT_EQ(read("mariadb://h/d")->port, 3306);
  for (const auto* wrong : {"", "jdbc:postgresql://h/d", "jdbc:mysql:///d",
                            "mysql://h:0/d", "mysql://h:x/d"})
    EXPECT_FALSE(read(wrong).ok()) << wrong;
  EXPECT_FALSE(read("mysql://h").ok()); // no database
  const auto parts = mariadb_options_of(*table_of(
      {{"connector", "mariadb"}, {"host", "h"}, {"table-name", "a.b`c"}}));
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_EQ(parts->table, "`a`.`b``c`");
}

TEST(mariadb_options, say_what_is_wrong) {
  const option_map good = {{"connector", "mariadb"},
                           {"host", "h"},
                           {"database", "d"},
                           {"table-name", "t"}};
  EXPECT_EQ(error_of(good), "");
  const auto with = [&](const std::string& key, const std::string& value) {
    auto options = good;
    options[key] = value;
    return error_of(options);
  };
  EXPECT_THAT(with("lookup.cach", "FULL"), HasSubstr("lookup.cache"));
  EXPECT_THAT(with("port", "0"), HasSubstr("port"));
  EXPECT_THAT(with("scan.partition.num", "3"), HasSubstr("all options"));
}

TEST(redis_options, need_a_primary_key) {
  const option_map good = {{"connector", "redis"}, {"host", "h"}};
  EXPECT_EQ(error_of(good, {"id"}), "");
  EXPECT_THAT(error_of(good), HasSubstr("primary key of one column"));
  EXPECT_THAT(error_of(good, {"v"}), HasSubstr("primary key v"));
}

TEST(mariadb_literals, are_read_back_as_the_same_value) {
  const auto literal = [](const data_type& type, const cell& value) {
    std::string result;
    const auto rows = make_rows(make_schema({{"x", type}}), {{value}});
    if (!append_literal(*rows->columns[0], 0, result))
      return std::string("nothing");
    return result;
  };
  EXPECT_EQ(literal(string(), "it's \\ \"x\""), R"('it\'s \\ "x"')");
  EXPECT_EQ(literal(string(), std::string("a\0b", 3)), "'a\\0b'");
  EXPECT_EQ(literal(string(), null), "nothing");
  EXPECT_EQ(literal(bigint(), -5), "-5");
  EXPECT_EQ(literal(data_type::of(type_kind::boolean), true), "1");
  EXPECT_EQ(literal(data_type::decimal(20, 2), "18446744073709551.15"),
            "18446744073709551.15");
  EXPECT_EQ(literal(data_type::timestamp(6), "2026-11-21 01:02:03.000004"),
            "'2026-11-21 01:02:03.000004'");
  EXPECT_EQ(literal(data_type::timestamp(0), "2026-11-21 01:02:03"),
            "'2026-11-21 01:02:03'");
  EXPECT_EQ(literal(data_type::of(type_kind::float64),
                    std::numeric_limits<double>::quiet_NaN()),
            "nothing");
}

TEST(mariadb_rows, hold_what_the_server_writes) {
  const auto value = [](const data_type& type, std::string_view text,
                        bool is_bit = false) -> std::string {
    mariadb_rows rows(make_schema({{"x", type}}));
    const mariadb_value given[] = {{text, is_bit}};
    const auto status = rows.append(given);
    return status.ok() ? print_rows(*rows.finish())[0]
                       : std::string(status.message());
  };
  EXPECT_EQ(value(data_type::decimal(20, 0), "18446744073709551615"),
            "(18446744073709551615)");
  EXPECT_EQ(value(bigint(), "18446744073709551615"),
            "column x: '18446744073709551615' is no BIGINT (declare the type "
            "that the column has)");
  EXPECT_EQ(value(bigint(), std::string_view("\1\0", 2), true), "(256)");
  EXPECT_EQ(
      value(data_type::of(type_kind::boolean), std::string_view("\0", 1), true),
      "(FALSE)");
  EXPECT_EQ(value(data_type::of(type_kind::boolean), "1"), "(TRUE)");
  EXPECT_EQ(value(data_type::of(type_kind::date), "0000-00-00"), "(NULL)");
  EXPECT_EQ(value(data_type::timestamp(3), "0000-00-00 00:00:00"), "(NULL)");
}

} // namespace
} // namespace herald::testing
