#include "engine/common/error.hpp"
#include "engine/state/state_stream.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/seeds.hpp"

#include <map>

#include <fmt/format.h>

namespace herald::testing {
namespace {

/// Lines of every table and key group.
using contents
    = std::map<std::pair<std::string, int>, std::vector<std::string>>;

byte_sink into(std::string& bytes) {
  return [&bytes](std::string_view part) {
    bytes += part;
    return absl::OkStatus();
  };
}

std::string small_stream() {
  std::string bytes;
  state_stream_writer writer(into(bytes));
  auto layout = make_schema({{"a", data_type::of(type_kind::bigint)}});
  EXPECT_TRUE(writer.put("0/left", 5, *make_rows(layout, {{1}, {2}})).ok());
  EXPECT_TRUE(writer.put("0/left", 127, *make_rows(layout, {{3}})).ok());
  EXPECT_TRUE(writer.put("1/panes", 5, *make_rows(layout, {{null}})).ok());
  EXPECT_TRUE(writer.finish().ok());
  return bytes;
}

contents read_all(const state_stream_reader& reader, key_group_range range) {
  contents result;
  for (const auto& table : reader.tables()) {
    auto status = reader.read(table, range, [&](int k, const batch_ptr& rows) {
      for (auto& line : print_rows(*rows))
        result[{table, k}].push_back(std::move(line));
      return absl::OkStatus();
    });
    EXPECT_EQ(status, absl::OkStatus());
  }
  return result;
}

TEST(state_stream, gives_back_what_several_subtasks_wrote) {
  for (std::uint64_t seed = 1; seed <= seed_count(10); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto layout = data.layout();
    contents expected;
    std::vector<std::string> streams;
    auto parallelism = static_cast<int>(data.number(1, 5));
    for (int subtask = 0; subtask < parallelism; ++subtask) {
      state_stream_writer writer(into(streams.emplace_back()));
      auto owned = range_of(subtask, parallelism);
      for (auto puts = data.number(0, 12); puts > 0; --puts) {
        std::string table = data.chance(0.5) ? "a" : "b";
        auto k = static_cast<int>(data.number(owned.begin, owned.end));
        auto rows = data.rows(layout, data.number(1, 20), data.chance(0.3));
        ASSERT_EQ(writer.put(table, k, *rows), absl::OkStatus());
        for (auto& line : print_rows(*rows))
          expected[{table, k}].push_back(std::move(line));
      }
      ASSERT_EQ(writer.finish(), absl::OkStatus());
    }
    auto reader = state_stream_reader::open(std::move(streams));
    ASSERT_EQ(reader.status(), absl::OkStatus());
    EXPECT_EQ(read_all(**reader, {}), expected);
    contents found; // in three parts
    for (int i = 0; i < 3; ++i)
      found.merge(read_all(**reader, range_of(i, 3)));
    EXPECT_EQ(found, expected);
  }
}

TEST(state_stream, of_nothing_has_no_tables) {
  std::string bytes;
  state_stream_writer writer(into(bytes));
  ASSERT_TRUE(writer.finish().ok());
  auto reader = state_stream_reader::open({bytes});
  ASSERT_EQ(reader.status(), absl::OkStatus());
  EXPECT_TRUE((*reader)->tables().empty());
  EXPECT_TRUE(state_stream_reader::open({}).ok());
}

TEST(state_stream, divides_rows_that_are_too_long_for_a_frame) {
  std::string bytes;
  constexpr std::size_t limit = 4096;
  state_stream_writer writer(into(bytes), limit);
  auto layout = make_schema({{"a", data_type::of(type_kind::varchar)}});
  std::vector<literal_row> rows;
  for (int i = 0; i < 40; ++i)
    rows.push_back({std::string(1'000, static_cast<char>('a' + i % 26))});
  auto all = make_rows(layout, rows);
  ASSERT_EQ(writer.put("t", 1, *all), absl::OkStatus());
  auto too_long
      = writer.put("t", 1, *make_rows(layout, {{std::string(limit, 'x')}}));
  EXPECT_EQ(too_long.code(), absl::StatusCode::kResourceExhausted);
  ASSERT_EQ(writer.finish(), absl::OkStatus());
  auto reader = state_stream_reader::open({bytes});
  ASSERT_EQ(reader.status(), absl::OkStatus());
  EXPECT_EQ((read_all(**reader, {})[{"t", 1}]), print_rows(*all));
}

TEST(state_stream, finds_every_flipped_bit_and_every_cut) {
  auto bytes = small_stream();
  ASSERT_TRUE(state_stream_reader::open({bytes}).ok());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(state_stream_reader::open({flipped}).ok()) << "byte " << i;
    EXPECT_FALSE(state_stream_reader::open({bytes.substr(0, i)}).ok());
  }
  EXPECT_FALSE(state_stream_reader::open({bytes + "x"}).ok());
}

TEST(state_stream, says_which_stream_is_damaged_and_how) {
  auto bytes = small_stream();
  auto other_version = bytes;
  other_version[8] = 9;
  auto status = state_stream_reader::open({bytes, other_version}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(message_of(status), "stream 1: state has version 9, this program "
                                "reads version 1");
  status = state_stream_reader::open({"hello"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST(state_stream, takes_no_more_streams_than_a_task_has_subtasks) {
  std::vector<std::string> streams(state_streams_max, small_stream());
  EXPECT_TRUE(state_stream_reader::open(streams).ok());
  streams.push_back(small_stream());
  EXPECT_FALSE(state_stream_reader::open(streams).ok());
}

TEST(state_stream, passes_on_errors_of_the_sink_and_the_visitor) {
  state_stream_writer writer(
      [](std::string_view) { return absl::DataLossError("disk is full"); });
  EXPECT_EQ(writer.finish().code(), absl::StatusCode::kDataLoss);
  auto reader = state_stream_reader::open({small_stream()});
  ASSERT_TRUE(reader.ok());
  auto status = (*reader)->read("0/left", {}, [](int, const batch_ptr&) {
    return absl::CancelledError();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

} // namespace
} // namespace herald::testing
