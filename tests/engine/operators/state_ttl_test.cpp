#include "engine/operators/group_ttl.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/state/state_stream.hpp"
#include "tests/engine/operators/job_support.hpp"

#include <functional>

// What operators forget by the clock, which the tests set. All of them are
// asked the same: a key that was written within the time to live is known, one
// that was not is as new, also after the state went through a stream of bytes,
// and what is forgotten takes no memory.

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

constexpr std::int64_t ttl = 10'000;
constexpr std::int64_t begin = 1'000'000; ///< of the clock

schema_ptr with_number() {
  auto result = std::make_shared<schema>(*stream_layout());
  result->fields.push_back(
      {"n", data_type::of(type_kind::bigint).with_nullable(false)});
  return result;
}

schema_ptr pair_layout() {
  auto result = std::make_shared<schema>(*stream_layout());
  for (const auto& field : stream_layout()->fields)
    result->fields.push_back(field);
  return result;
}

/// An operator that keeps something by key.
struct keeper {
  std::string name;
  operator_spec spec;
  schema_ptr layout;
  int inputs = 1;
};

void PrintTo(const keeper& x, std::ostream* out) {
  *out << x.name;
}

operator_spec deduplicated(bool last, bool by_clock) {
  deduplicate_spec result;
  result.keys = {key_column};
  result.time_column = time_column_index;
  result.keep_last = last;
  result.processing_time = by_clock;
  result.ttl_ms = ttl;
  return result;
}

operator_spec ranked(rank_kind kind, bool retracts) {
  top_n_spec result;
  result.keys = {key_column};
  result.order = {{value_column, true}};
  result.rank = kind;
  result.last = 1;
  result.rank_output = false;
  result.input_retracts = retracts;
  result.ttl_ms = ttl;
  return result;
}

operator_spec numbered(over_mode mode) {
  over_spec result;
  result.keys = {key_column};
  result.order
      = {{mode == over_mode::changing ? value_column : time_column_index}};
  over_function number;
  number.kind = over_function::kind_type::row_number;
  number.call.type = data_type::of(type_kind::bigint).with_nullable(false);
  result.calls = {number};
  result.mode = mode;
  result.ttl_ms = ttl;
  return result;
}

operator_spec joined(bool versions) {
  join_spec result;
  result.left_keys = {key_column};
  result.right_keys = {key_column};
  result.left_ttl_ms = ttl;
  result.right_ttl_ms = ttl;
  if (versions)
    result.versions = version_times{time_column_index, time_column_index};
  return result;
}

std::vector<keeper> keepers() {
  group_aggregate_spec distinct;
  distinct.keys = {key_column};
  distinct.ttl_ms = ttl;
  normalize_spec normalize;
  normalize.keys = {key_column};
  normalize.ttl_ms = ttl;
  const auto same = stream_layout();
  const auto number = with_number();
  return {
      {"distinct", distinct, make_schema({{"k", bigint_type()}})},
      {"normalize", normalize, same},
      {"first row by arrival", deduplicated(false, true), same},
      {"first row by time", deduplicated(false, false), same},
      {"last row by arrival", deduplicated(true, true), same},
      {"last row by time", deduplicated(true, false), same},
      {"top 1", ranked(rank_kind::row_number, false), same},
      {"top 1 of rows that change", ranked(rank_kind::row_number, true), same},
      {"top 1 by rank", ranked(rank_kind::dense_rank, false), same},
      {"over by arrival", numbered(over_mode::on_arrival), number},
      {"over by time", numbered(over_mode::with_watermark), number},
      {"over with changes", numbered(over_mode::changing), number},
      {"temporal join", joined(true), pair_layout(), 2},
      {"join", joined(false), pair_layout(), 2},
  };
}

class kept_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    rows_.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  lines take() {
    return print_rows(std::exchange(rows_, {}));
  }

private:
  std::vector<batch_ptr> rows_;
};

/// Rows come in order of event time: of the clock, then of their keys.
std::int64_t time_of(std::int64_t now_ms, std::int64_t key) {
  return now_ms * 1'000'000 + key;
}

class scene {
public:
  explicit scene(const keeper& x, const std::string& state = {}) : keeper_(x) {
    work = make_operator(
        x.spec,
        std::vector<schema_ptr>(static_cast<std::size_t>(x.inputs),
                                stream_layout()),
        x.layout);
    EXPECT_EQ(work->open({}), absl::OkStatus());
    if (state.empty())
      return;
    const auto reader = state_stream_reader::open({state});
    EXPECT_EQ(reader.status(), absl::OkStatus());
    EXPECT_EQ(work->read(**reader), absl::OkStatus());
  }

  /// What the row of a key changes.
  lines ask(std::int64_t now_ms, std::int64_t key) {
    return add(now_ms, 0, key, 1, 1);
  }

  /// The same, of a key that something is to be known of afterwards.
  void write(std::int64_t now_ms, std::int64_t key, std::int64_t keys = 1) {
    add(now_ms, keeper_.inputs - 1, key, 2, keys);
  }

  std::string state() const {
    std::string bytes;
    state_stream_writer writer([&bytes](std::string_view x) {
      bytes.append(x);
      return absl::OkStatus();
    });
    EXPECT_EQ(work->write(writer), absl::OkStatus());
    EXPECT_EQ(writer.finish(), absl::OkStatus());
    return bytes;
  }

  std::unique_ptr<stream_operator> work;
  kept_output out;

private:
  lines add(std::int64_t now_ms, int input, std::int64_t key,
            std::int64_t value, std::int64_t keys) {
    std::vector<literal_row> rows;
    for (std::int64_t i = 0; i < keys; ++i)
      rows.push_back({key + i, "a", value, time_of(now_ms, key + i)});
    work->set_time(now_ms);
    EXPECT_EQ(work->process(input, make_rows(stream_layout(), rows), out),
              absl::OkStatus());
    EXPECT_EQ(work->advance(time_of(now_ms, key + keys - 1), out),
              absl::OkStatus());
    return out.take();
  }

  const keeper& keeper_;
};

class state_ttl : public ::testing::TestWithParam<keeper> {
protected:
  /// What a row says to an operator that knows nothing.
  static lines said_of_new(std::int64_t now_ms, std::int64_t key) {
    return scene(GetParam()).ask(now_ms, key);
  }
};

TEST_P(state_ttl, knows_a_key_for_so_long_and_no_longer) {
  scene x(GetParam());
  x.write(begin, 1);
  x.write(begin, 2);
  x.write(begin + 4'000, 3);
  const auto soon = begin + ttl - 1;
  EXPECT_NE(x.ask(soon, 1), said_of_new(soon, 1));
  const auto late = begin + ttl + 1'000;
  EXPECT_EQ(x.ask(late, 2), said_of_new(late, 2));
  EXPECT_NE(x.ask(late, 3), said_of_new(late, 3));
}

TEST_P(state_ttl, begins_anew_with_a_key_that_comes_again) {
  scene x(GetParam());
  x.write(begin, 1);
  const auto again = begin + ttl + 1'000;
  x.write(again, 1);
  EXPECT_NE(x.ask(again + ttl / 2, 1), said_of_new(again + ttl / 2, 1));
}

TEST_P(state_ttl, keeps_the_time_that_is_left_through_a_restart) {
  scene before(GetParam());
  before.write(begin, 1);
  before.write(begin + 5'000, 2);
  const auto state = before.state();
  const auto later = begin + ttl + 1'000;
  scene x(GetParam(), state);
  EXPECT_EQ(x.ask(later, 1), said_of_new(later, 1));
  EXPECT_NE(x.ask(later, 2), said_of_new(later, 2));
  // As does the one that is never asked: nothing of it is left.
  scene silent(GetParam(), state);
  silent.work->set_time(begin + 6'000);
  EXPECT_EQ(silent.work->resume(silent.out), absl::OkStatus());
  EXPECT_TRUE(silent.work->due_ms());
}

TEST_P(state_ttl, frees_the_memory_of_keys_though_nothing_comes) {
  scene x(GetParam());
  for (int i = 0; i < 25; ++i)
    x.write(begin, 4'000 * i, 4'000);
  x.out.take();
  const auto full = x.work->state_bytes();
  x.write(begin + 8'000, 900'000);
  int calls = 0;
  while (const auto due = x.work->due_ms()) {
    if (*due > begin + 15'000)
      break;
    ASSERT_LT(++calls, 200);
    x.work->set_time(*due);
    EXPECT_EQ(x.work->resume(x.out), absl::OkStatus());
  }
  EXPECT_LT(x.work->state_bytes(), full / 10);
  EXPECT_EQ(x.out.take(), lines{}); // nothing is taken back
  const auto late = begin + 16'000;
  EXPECT_EQ(x.ask(late, 78), said_of_new(late, 78));
  EXPECT_NE(x.ask(late, 900'000), said_of_new(late, 900'000));
}

INSTANTIATE_TEST_SUITE_P(all, state_ttl, ::testing::ValuesIn(keepers()),
                         [](const auto& x) {
                           auto name = x.param.name;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

TEST(group_ttl_sweep, looks_at_a_bounded_number_of_groups_a_call) {
  group_ttl x(ttl);
  x.set_time(begin);
  for (std::int32_t i = 0; i < 200'000; ++i)
    x.touch(i);
  x.set_time(begin + ttl);
  std::vector<std::int64_t> forgotten;
  while (x.is_due()) {
    forgotten.push_back(0);
    x.sweep([&](std::int32_t) {
      ++forgotten.back();
      return true;
    });
  }
  EXPECT_EQ(forgotten,
            (std::vector<std::int64_t>{65'536, 65'536, 65'536, 3'392}));
  EXPECT_EQ(x.due_ms(), std::nullopt);
}

TEST(group_ttl_sweep, asks_again_for_a_group_that_must_stay_for_now) {
  group_ttl x(ttl);
  x.set_time(begin);
  x.touch(0);
  x.set_time(begin + ttl);
  EXPECT_FALSE(x.sweep([](std::int32_t) { return false; }));
  EXPECT_FALSE(x.is_due());
  x.set_time(*x.due_ms());
  EXPECT_TRUE(x.sweep([](std::int32_t) { return true; }));
}

TEST(state_ttl_of_over, does_not_end_while_a_row_waits_for_the_watermark) {
  const keeper over{"over", numbered(over_mode::with_watermark), with_number()};
  scene x(over);
  x.write(begin, 1);
  const auto row = [](std::int64_t behind) {
    return make_rows(stream_layout(),
                     {{1, "a", 1, time_of(begin, 1) + behind}});
  };
  x.work->set_time(begin + ttl / 2);
  EXPECT_EQ(x.work->process(0, row(1), x.out), absl::OkStatus());
  for (auto now = begin + ttl / 2; now < begin + 5 * ttl; now += 1'000) {
    x.work->set_time(now);
    EXPECT_EQ(x.work->resume(x.out), absl::OkStatus());
  }
  EXPECT_EQ(x.work->process(0, row(2), x.out), absl::OkStatus());
  x.out.take();
  EXPECT_EQ(x.work->advance(time_of(begin, 1) + 2, x.out), absl::OkStatus());
  const auto given = x.out.take();
  ASSERT_EQ(given.size(), 2U);
  EXPECT_NE(given[0].find(", 2)"), std::string::npos) << given[0];
  EXPECT_NE(given[1].find(", 3)"), std::string::npos) << given[1];
}

} // namespace
} // namespace herald::testing
