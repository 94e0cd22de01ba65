#include "tests/actors/running_task.hpp"
#include "tests/engine/connectors/kafka_fixture.hpp"

#include <filesystem>
#include <fstream>

// Dead letters of a task whose input ends while its broker is slow.

namespace herald {
namespace {

class dead_letters : public test::kafka, protected test::running_task {};

INSTANTIATE_TEST_SUITE_P(mock, dead_letters, testing::Values(false));

TEST_P(dead_letters, are_out_when_the_task_has_finished) {
  auto topic = make_topic(1);
  auto path = std::filesystem::temp_directory_path() / fresh_name();
  std::ofstream(path) << "{\"id\":1}\n{\"id\":\n";
  rd_kafka_mock_broker_set_rtt(cluster(), 1, 100);
  auto compiled = compile_task(
      "t",
      fmt::format(
          "CREATE TABLE bad (`raw` BYTES, reason STRING, split STRING, "
          "`position` BIGINT) WITH ('connector' = 'kafka', 'topic' = '{}', "
          "'properties.bootstrap.servers' = '{}', 'format' = 'json');"
          "CREATE TABLE input (id INT) WITH ('connector' = 'filesystem', "
          "'path' = '{}', 'format' = 'json', 'dead-letter' = 'bad');"
          "CREATE TABLE output (id INT) WITH ('connector' = 'blackhole');"
          "INSERT INTO output SELECT id FROM input;",
          topic, servers(), path.string()),
      {{"parallelism", "1"}});
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  run(**compiled);
  wait_for(task_state::finished);
  std::filesystem::remove(path);
  test::open_reader reader(
      test::context_of(test::scan_of(bounded(topic, {}, "reason STRING"))));
  EXPECT_EQ(reader.read(test::to_the_end).rows().size(), 1u);
}

} // namespace
} // namespace herald
