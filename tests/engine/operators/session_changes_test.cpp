#include "engine/columnar/builder.hpp"
#include "engine/operators/pipeline.hpp"
#include "engine/state/state_stream.hpp"
#include "tests/engine/operators/session_model.hpp"
#include "tests/engine/operators/window_model.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>

#include <fmt/format.h>

// Sessions that change: with rows that are taken back, results before the end
// and after it. Whatever was given on the way, what is left of it must be the
// sessions of the rows that are there.

namespace herald::testing {
namespace {

struct shape {
  emit_spec emit;
  std::vector<int> keys;
  int distinct_keys;
};

class changing_sessions : public ::testing::TestWithParam<shape> {
protected:
  static window_aggregate_spec spec(bool retracts) {
    auto result = session_spec(GetParam().keys);
    result.emit = GetParam().emit;
    result.input_retracts = retracts;
    return result;
  }

  static stream_options options() {
    stream_options result;
    result.keys = GetParam().distinct_keys;
    return result;
  }
};

TEST_P(changing_sessions, end_as_rows_cut_at_gaps_do) {
  for (std::uint64_t seed = 31; seed < 31 + seed_count(2); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto stream = options();
    stream.disorder_ms = seed % 2 == 0 ? 3'000 : 20'000;
    const auto events = random_stream(data, stream);
    expect_table(
        [&](int p) { return session_job(spec(false), p, stream.disorder_ms); },
        {{0, splits_of(stream_layout(), events, stream.splits)}},
        aggregate_sessions(values_of(events), GetParam().keys), data);
  }
}

TEST_P(changing_sessions, are_those_of_the_rows_that_are_left) {
  for (std::uint64_t seed = 41; seed < 41 + seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto stream = options();
    stream.retracted = 0.5;
    stream.disorder_ms = seed % 2 == 0 ? 3'000 : 20'000;
    const auto events = random_stream(data, stream);
    expect_table(
        [&](int p) { return session_job(spec(true), p, stream.disorder_ms); },
        {{0, splits_of(stream_layout(), events, stream.splits)}},
        aggregate_sessions(rows_left(events), GetParam().keys), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, changing_sessions,
    ::testing::Values(shape{{}, {key_column}, 10}, shape{{}, {key_column}, 40},
                      shape{{0, 0, 0}, {key_column}, 10},
                      shape{{20, 0, 0}, {text_column, key_column}, 4},
                      shape{{{}, 3'000, 0}, {key_column}, 40},
                      shape{{{}, 2'000, 30}, {}, 10},
                      shape{{30, 4'000, 10}, {key_column}, 10}));

// -- against a list of rows, step by step -------------------------------------

/// What an operator has to know, as lists that are searched.
class listed_rows {
public:
  explicit listed_rows(const emit_spec& emit) : emit_(emit) {}

  /// False if the row comes too late.
  bool add(const literal_values& row) {
    const bool meets
        = std::any_of(rows_.begin(), rows_.end(), [&](const literal_values& x) {
            return x[0] == row[0]
                   && std::abs(time_of(x) - time_of(row)) <= session_gap;
          });
    if (!meets && is_closed(time_of(row) + session_gap))
      return false;
    rows_.push_back(row);
    return true;
  }

  bool take_back(const literal_values& row) {
    const auto at = std::find(rows_.begin(), rows_.end(), row);
    if (at == rows_.end())
      return false;
    rows_.erase(at);
    return true;
  }

  void advance(event_time t) {
    watermark_ = t;
    std::vector<literal_values> kept;
    for (const auto& session : sessions_of(rows_, {key_column}))
      if (is_closed(end_of(session)))
        closed_.push_back(session_line(session, {key_column}));
      else
        kept.insert(kept.end(), session.begin(), session.end());
    rows_ = std::move(kept);
  }

  /// Lines of what must have been given and not taken back.
  std::vector<std::string> given() const {
    auto result = closed_;
    for (const auto& session : sessions_of(rows_, {key_column}))
      if (emit_.early_ms || end_of(session) <= watermark_)
        result.push_back(session_line(session, {key_column}));
    return result;
  }

  const std::vector<literal_values>& rows() const {
    return rows_;
  }

private:
  static event_time end_of(const row_group& session) {
    return time_of(session.back()) + session_gap;
  }

  bool is_closed(event_time end) const {
    return watermark_ != time_min && end <= watermark_ - emit_.lateness_ms;
  }

  emit_spec emit_;
  std::vector<literal_values> rows_;
  std::vector<std::string> closed_;
  event_time watermark_ = time_min;
};

literal_values random_row(random_data& data, event_time begin, event_time end) {
  return {scalar{bigint_type(), data.number(0, 3)},
          scalar{stream_layout()->fields[1].type,
                 fmt::format("t{}", data.number(0, 3))},
          scalar{bigint_type(), data.number(-20, 20)},
          scalar{time_type(), data.number(begin / 100, end / 100) * 100}};
}

/// An operator, and the list of rows that it is compared with.
class compared {
public:
  compared(const emit_spec& emit, bool retracts)
      : spec_(session_spec({key_column})), model_(emit) {
    spec_.emit = emit;
    spec_.input_retracts = retracts;
    open();
  }

  /// Random rows around `now`, late ones too; some are taken back, whatever
  /// their time.
  void process(random_data& data, event_time now) {
    batch_builder rows(stream_layout());
    const auto add = [&](const literal_values& row) {
      late_ += model_.add(row) ? 0 : 1;
      rows.append(row, change::insert);
    };
    for (auto i = data.number(0, 8); i > 0; --i) {
      const auto& there = model_.rows();
      if (!spec_.input_retracts || there.empty() || data.chance(0.5)) {
        add(random_row(data, now - 6'000, now + 4'000));
        continue;
      }
      const auto at = data.number(0, static_cast<std::int64_t>(there.size()));
      const auto row = there[static_cast<std::size_t>(at)];
      model_.take_back(row);
      rows.append(row, change::remove);
      if (data.chance(0.3))
        add(row);
    }
    clock_ += data.number(0, 20);
    work_->set_time(clock_);
    EXPECT_EQ(work_->process(0, rows.finish(), out_), absl::OkStatus());
  }

  void advance(event_time t) {
    model_.advance(t);
    EXPECT_EQ(work_->advance(t, out_), absl::OkStatus());
  }

  void flush() {
    EXPECT_EQ(work_->flush(out_), absl::OkStatus());
  }

  /// Goes on as another operator, with this one's state.
  void restart() {
    flush();
    std::string bytes;
    state_stream_writer writer([&bytes](std::string_view x) {
      bytes += x;
      return absl::OkStatus();
    });
    EXPECT_EQ(work_->write(writer), absl::OkStatus());
    EXPECT_EQ(writer.finish(), absl::OkStatus());
    late_before_ += work_->counters().rows_late;
    open();
    const auto reader = state_stream_reader::open({bytes});
    ASSERT_EQ(reader.status(), absl::OkStatus());
    EXPECT_EQ(work_->read(**reader), absl::OkStatus());
  }

  void expect_same() const {
    EXPECT_TRUE(same_bag(model_.given(), table_of(out_.all)));
    EXPECT_EQ(late_before_ + work_->counters().rows_late, late_);
  }

  std::int64_t state_bytes() const {
    return work_->state_bytes();
  }

private:
  void open() {
    work_
        = make_operator(spec_, {stream_layout()}, session_layout({key_column}));
    EXPECT_EQ(work_->open({}), absl::OkStatus());
  }

  window_aggregate_spec spec_;
  listed_rows model_;
  std::unique_ptr<stream_operator> work_;
  collected out_;
  std::int64_t clock_ = 1;
  std::int64_t late_ = 0;
  std::int64_t late_before_ = 0; ///< in operators before
};

void step_by_step(const emit_spec& emit, bool retracts, std::uint64_t seed) {
  random_data data(seed);
  compared x(emit, retracts);
  event_time now = 0;
  for (int step = 0; step < 150; ++step) {
    SCOPED_TRACE(fmt::format("step {}", step));
    x.process(data, now);
    if (emit.early_ms == 0)
      x.expect_same();
    if (data.chance(0.6)) {
      now += data.number(1, 1'200);
      x.advance(now);
      if (emit.early_ms.value_or(0) > 0 || emit.late_ms > 0)
        x.flush();
      x.expect_same();
    }
    if (data.chance(0.1))
      x.restart();
    if (::testing::Test::HasFailure())
      return;
  }
  x.advance(time_max);
  x.expect_same();
  if (retracts || emit.updates()) {
    EXPECT_EQ(x.state_bytes(), 0);
  }
}

TEST(session_changes, are_right_at_every_step) {
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed)
    for (const bool retracts : {false, true})
      for (const auto& emit :
           {emit_spec{}, emit_spec{0, 0, 0}, emit_spec{{}, 2'000, 0},
            emit_spec{0, 2'500, 0}, emit_spec{15, 2'000, 25}}) {
        SCOPED_TRACE(fmt::format("seed {}, takes back {}, early {}, late {}",
                                 seed, retracts, emit.early_ms.value_or(-1),
                                 emit.lateness_ms));
        step_by_step(emit, retracts, seed);
        if (::testing::Test::HasFailure())
          return;
      }
}

} // namespace
} // namespace herald::testing
