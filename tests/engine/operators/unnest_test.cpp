#include "engine/operators/pipeline.hpp"
#include "tests/engine/operators/job_support.hpp"

#include <fmt/format.h>

// UNNEST of numbers: each row as often as a column says, in small batches.

namespace herald::testing {
namespace {

/// Keeps what it is given; has room for so many batches.
class narrow_output final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    batches.push_back(std::move(rows));
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }

  bool full() const override {
    return batches.size() >= room;
  }

  std::vector<batch_ptr> batches;
  std::size_t room = 1;
};

TEST(unnest, gives_rows_in_batches_and_waits_for_room) {
  unnest_spec spec;
  spec.kind = unnest_spec::kind_type::repeat;
  const auto value = static_cast<std::size_t>(value_column);
  spec.value
      = make_column(value_column, stream_layout()->fields[value].type, "value");
  spec.columns = {0, 1, 2, 3};
  auto made = make_operator(spec, {stream_layout()}, stream_layout());
  operator_context context;
  context.batch_rows = 10;
  ASSERT_EQ(made->open(context), absl::OkStatus());
  narrow_output out;
  const auto rows = make_rows(
      stream_layout(),
      {{1, "a", 3, 5}, {2, "b", 0, 5}, {3, "c", -4, 5}, {4, "d", 25, 5}});
  ASSERT_EQ(made->process(0, rows, out), absl::OkStatus());
  std::size_t steps = 1;
  while (made->busy()) {
    ASSERT_EQ(out.batches.size(), steps);
    ASSERT_LE(out.batches.back()->rows, 10);
    out.room = ++steps;
    ASSERT_EQ(made->resume(out), absl::OkStatus());
  }
  std::map<std::string, int> counts;
  for (const auto& line : print_rows(out.batches))
    ++counts[line.substr(1, 1)];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"1", 3}, {"4", 25}}));
}

} // namespace
} // namespace herald::testing
