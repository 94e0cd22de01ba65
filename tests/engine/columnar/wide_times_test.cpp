#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/arrow_c.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/columnar/ticks.hpp"
#include "tests/engine/columnar/model.hpp"

#include <limits>

#include <arrow/array.h>
#include <arrow/c/abi.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

// Timestamps in nanoseconds of 128 bits on the border to Arrow, which has 64.

namespace herald::testing {
namespace {

/// A batch of one TIMESTAMP(9) and, nested, one TIMESTAMP_LTZ(7).
batch_ptr wide_times(const std::vector<literal_row>& rows) {
  auto list = data_type::array(data_type::timestamp_ltz(7));
  return make_rows(make_schema({{"at", data_type::timestamp(9)}, {"l", list}}),
                   rows);
}

const char* const first_time = "0001-01-01 00:00:00";
const char* const last_time = "9999-12-31 23:59:59.999999999";

TEST(arrow_export_of_times, takes_nanoseconds_as_far_as_64_bits_reach) {
  const std::vector<literal_row> ends{
      {"1677-09-21 00:12:43.145224192", cell{null, "1677-09-22 00:00:00"}},
      {null, null},
      {"2262-04-11 23:47:16.854775807", cell{"2262-04-11 23:47:16.8547758"}}};
  auto x = wide_times(ends);
  auto rows = to_arrow(*x);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_TRUE((*rows)->ValidateFull().ok());
  EXPECT_EQ((*rows)->schema()->field(0)->type()->ToString(), "timestamp[ns]");
  const auto* ticks = (*rows)->column_data(0)->GetValues<std::int64_t>(1);
  EXPECT_EQ(ticks[0], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ticks[2], std::numeric_limits<std::int64_t>::max());
  auto back = from_arrow(**rows);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*(*back)->layout, *x->layout);
  EXPECT_TRUE(same_rows(*x, **back));
}

TEST(arrow_export_of_times, refuses_a_time_beyond_64_bits_of_nanoseconds) {
  for (const auto* far :
       {"1677-09-21 00:12:43.145224191", "2262-04-11 23:47:16.854775808",
        first_time, last_time}) {
    auto x = wide_times({{null, null}, {far, null}});
    auto rows = to_arrow(*x);
    EXPECT_EQ(rows.status().message(),
              to_string(value_at(*x->columns[0], 1))
                  .insert(0, "column at: ")
                  .append(" is beyond the nanoseconds of 64 bits that Arrow "
                          "and Parquet have, from 1677-09-21 to 2262-04-11 "
                          "(CAST it AS TIMESTAMP(6))"));
    ArrowArray array;
    EXPECT_FALSE(export_c(*x, &array, nullptr).ok());
  }
  auto nested = wide_times({{null, cell{null, last_time}}});
  EXPECT_FALSE(to_arrow(*nested).ok());
}

TEST(ipc_of_times, keeps_times_of_all_years) {
  auto x = wide_times({{first_time, cell{first_time, null, last_time}},
                       {null, null},
                       {last_time, cell{last_time}}});
  for (const auto& part : {x, slice(*x, 1, 2), take(*x, row_list{2, 0})}) {
    auto y = decode_ipc(encode_ipc(*part));
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_EQ(*(*y)->layout, *x->layout);
    EXPECT_TRUE(same_rows(*part, **y));
  }
}

TEST(ipc_of_times, reads_times_that_were_written_in_64_bits) {
  auto x = wide_times({{"2026-11-21 01:42:50.123456789", null}, {null, null}});
  auto old = from_arrow(**to_arrow(*x, arrow_form::common));
  ASSERT_TRUE(old.ok());
  EXPECT_EQ(*(*old)->layout, *x->layout);
  EXPECT_TRUE(same_rows(*x, **old));
}

TEST(ipc_of_times, refuses_times_beyond_what_can_be_computed) {
  auto layout = make_schema({{"at", data_type::timestamp(9)}});
  auto rows = [&](int128 ticks) {
    batch_builder builder{layout};
    builder.append({scalar{layout->fields[0].type, ticks}});
    return decode_ipc(encode_ipc(*builder.finish()));
  };
  EXPECT_TRUE(rows(wide_ticks_max).ok());
  EXPECT_TRUE(rows(-wide_ticks_max).ok());
  EXPECT_FALSE(rows(wide_ticks_max + 1).ok());
  EXPECT_FALSE(rows(-wide_ticks_max - 1).ok());
}

} // namespace
} // namespace herald::testing
