#include "tests/engine/operators/lookup_support.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

TEST(lookup_join, asks_for_each_key_of_a_batch_once_in_one_request) {
  lookup_fixture x;
  x.table->rows = {{1, {10}}, {2, {20, 21}}};
  x.put({{1, 0}, {2, 1}, {1, 2}, {3, 3}, {null, 4}, {2, 5}});
  ASSERT_EQ(x.table->requests.size(), 1u);
  EXPECT_EQ(x.table->requests[0], (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(x.join->pending());
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines,
            (lines{"(1, 0, 1, 10)", "(2, 1, 2, 20)", "(2, 1, 2, 21)",
                   "(1, 2, 1, 10)", "(2, 5, 2, 20)", "(2, 5, 2, 21)"}));
  EXPECT_FALSE(x.join->pending());
}

TEST(lookup_join, gives_rows_that_meet_nothing_with_nulls_in_a_left_join) {
  lookup_fixture x({}, true, true);
  x.table->rows = {{1, {10, 11}}};
  x.put({{1, 0}, {1, 1}, {2, 2}, {null, 3}});
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines,
            (lines{"(1, 0, 1, 11)", "(1, 1, 1, 10)", "(2, 2, NULL, NULL)",
                   "(NULL, 3, NULL, NULL)"}));
}

TEST(lookup_join, has_no_more_requests_and_keys_under_way_than_it_may) {
  lookup_fixture x;
  std::vector<literal_row> rows;
  for (std::int64_t i = 0; i < 13; ++i) {
    rows.push_back({i, i});
    x.table->rows[i] = {i};
  }
  x.put(rows);
  EXPECT_EQ(x.table->asked.size(), 2u); // of 4 keys each; the fake checks
  while (!x.table->asked.empty()) {
    x.table->answer(x.table->asked.size() - 1);
    x.resume();
  }
  EXPECT_EQ(x.table->requests.size(), 4u);
  EXPECT_EQ(x.out.lines.size(), 13u);
  EXPECT_FALSE(x.join->pending());
}

TEST(lookup_join, keeps_the_order_of_rows_and_watermarks) {
  lookup_fixture x;
  x.table->rows = {{1, {10}}, {2, {20}}};
  x.put({{1, 0}});
  x.advance(5);
  x.put({{2, 1}});
  x.table->answer(1);
  x.resume();
  EXPECT_EQ(x.out.lines, lines{});
  x.table->answer(0);
  x.resume();
  EXPECT_EQ(x.out.lines, (lines{"(1, 0, 1, 10)", "@5", "(2, 1, 2, 20)"}));
}

TEST(lookup_join, lets_rows_overtake_but_not_watermarks_when_it_may) {
  lookup_policy policy;
  policy.ordered = false;
  lookup_fixture x(policy, false, false, 4096, {4, 3});
  x.table->rows = {{1, {10}}, {2, {20}}, {3, {30}}};
  x.put({{1, 0}});
  x.put({{2, 1}});
  x.advance(5);
  x.table->answer(1);
  x.resume();
  EXPECT_EQ(x.out.lines, lines{"(2, 1, 2, 20)"});
  x.put({{3, 2}});
  x.table->answer(1);
  x.resume();
  EXPECT_EQ(x.out.lines.size(), 1u);
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines,
            (lines{"(2, 1, 2, 20)", "(1, 0, 1, 10)", "@5", "(3, 2, 3, 30)"}));
}

TEST(lookup_join, takes_nothing_more_once_so_many_rows_wait) {
  lookup_policy policy;
  policy.capacity_rows = 3;
  lookup_fixture x(policy);
  x.put({{1, 0}, {2, 1}});
  EXPECT_FALSE(x.join->busy());
  x.put({{3, 2}});
  EXPECT_TRUE(x.join->busy());
  x.table->answer_all();
  x.resume();
  EXPECT_FALSE(x.join->busy());
}

TEST(lookup_join, stops_while_there_is_no_room) {
  lookup_fixture x({}, true, false, 2);
  x.out.room = 1;
  x.put({{1, 0}, {2, 1}, {3, 2}});
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines.size(), 2u); // one piece
  EXPECT_TRUE(x.join->busy());
  x.out.room = 100;
  x.resume();
  EXPECT_EQ(x.out.lines.size(), 3u);
  EXPECT_FALSE(x.join->busy());
}

TEST(lookup_join, passes_on_what_rows_do) {
  lookup_fixture x({}, true);
  x.table->rows = {{1, {10}}};
  const auto rows
      = make_changes(lookup_input(), {{change::update_before, {1, 0}},
                                      {change::update_after, {2, 0}}});
  ASSERT_EQ(x.join->process(0, rows, x.out), absl::OkStatus());
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines, (lines{"-U (1, 0, 1, 10)", "+U (2, 0, NULL, NULL)"}));
}

// -- asking again -------------------------------------------------------------

TEST(lookup_join, asks_again_when_the_table_is_out_of_reach) {
  lookup_policy policy;
  policy.attempts_max = 2;
  policy.retry_delay_ms = 100;
  lookup_fixture x(policy);
  x.table->rows = {{1, {10}}};
  x.put({{1, 0}});
  x.table->answer(0, absl::UnavailableError("gone"));
  x.resume();
  EXPECT_EQ(x.join->due_ms(), 101);
  EXPECT_TRUE(x.table->asked.empty());
  x.set_time(101);
  x.resume();
  ASSERT_EQ(x.table->asked.size(), 1u);
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines, lines{"(1, 0, 1, 10)"});
}

TEST(lookup_join, fails_after_the_last_attempt) {
  lookup_policy policy;
  policy.attempts_max = 2;
  lookup_fixture x(policy);
  x.put({{1, 0}});
  x.table->answer(0, absl::UnavailableError("gone"));
  x.resume();
  x.set_time(2000);
  x.resume();
  x.table->answer(0, absl::UnavailableError("still gone"));
  EXPECT_EQ(x.join->resume(x.out).message(),
            "looking up rows of table 'd': still gone");
}

TEST(lookup_join, fails_at_once_when_asking_again_is_of_no_use) {
  lookup_fixture x;
  x.put({{1, 0}});
  x.table->answer(0, absl::InvalidArgumentError("no such column"));
  EXPECT_FALSE(x.join->resume(x.out).ok());
}

TEST(lookup_join, gives_a_late_request_up_and_asks_again) {
  lookup_policy policy;
  policy.timeout_ms = 50;
  policy.retry_delay_ms = 10;
  lookup_fixture x(policy);
  x.table->rows = {{1, {10}}};
  x.put({{1, 0}});
  EXPECT_EQ(x.join->due_ms(), 51);
  x.set_time(51);
  x.resume();
  x.set_time(61);
  x.resume();
  ASSERT_EQ(x.table->asked.size(), 2u);
  x.table->rows = {{1, {11}}};
  x.table->answer(0); // too late
  x.resume();
  EXPECT_EQ(x.out.lines, lines{});
  x.table->answer(0);
  x.resume();
  EXPECT_EQ(x.out.lines, lines{"(1, 0, 1, 11)"});
}

TEST(lookup_join, fails_when_no_request_is_ever_answered) {
  lookup_policy policy;
  policy.timeout_ms = 50;
  lookup_fixture x(policy);
  x.put({{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}});
  x.set_time(51);
  EXPECT_EQ(x.join->resume(x.out).message(),
            "looking up rows of table 'd': none of 2 requests was answered "
            "in 50 ms");
}

TEST(lookup_join, asks_again_for_keys_without_rows_only) {
  lookup_policy policy;
  policy.miss_attempts_max = 3;
  policy.miss_delay_ms = 10;
  lookup_fixture x(policy, true);
  x.table->rows = {{1, {10}}};
  x.put({{2, 0}, {1, 1}, {3, 2}});
  x.table->answer_all();
  x.resume();
  x.table->rows[2] = {20};
  x.set_time(11);
  x.resume();
  ASSERT_EQ(x.table->requests.size(), 2u);
  EXPECT_EQ(x.table->requests[1], (std::vector<std::int64_t>{2, 3}));
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines, (lines{"(2, 0, 2, 20)", "(1, 1, 1, 10)"}));
  x.set_time(21);
  x.resume();
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines.back(), "(3, 2, NULL, NULL)");
  EXPECT_EQ(x.table->requests.size(), 3u);
}

// -- the cache ----------------------------------------------------------------

TEST(lookup_join, asks_each_time_without_a_cache) {
  lookup_fixture x;
  x.table->rows = {{1, {10}}};
  x.put({{1, 0}});
  x.put({{1, 1}}); // the first may have been read before
  EXPECT_EQ(x.table->requests.size(), 2u);
}

TEST(lookup_join, remembers_rows_and_misses_until_they_are_too_old) {
  lookup_policy policy;
  policy.cache_rows_max = 10;
  policy.expire_after_write_ms = 100;
  policy.expire_after_access_ms = 60;
  lookup_fixture x(policy);
  x.table->rows = {{1, {10}}};
  const auto ask = [&](std::int64_t now_ms, std::int64_t key) {
    const auto before = x.table->requests.size();
    x.set_time(now_ms);
    x.put({{key, 0}});
    const auto asked = x.table->requests.size() > before;
    x.table->answer_all();
    x.resume();
    return asked;
  };
  EXPECT_TRUE(ask(1000, 1));
  EXPECT_TRUE(ask(1000, 2));
  EXPECT_FALSE(ask(1050, 1));
  EXPECT_FALSE(ask(1050, 2));
  EXPECT_FALSE(ask(1099, 1));
  EXPECT_TRUE(ask(1100, 1)); // written too long ago
  EXPECT_FALSE(ask(1159, 1));
  EXPECT_TRUE(ask(1220, 1)); // not asked for too long
}

TEST(lookup_join, shares_what_is_under_way_with_a_cache) {
  lookup_policy policy;
  policy.cache_rows_max = 10;
  lookup_fixture x(policy);
  x.table->rows = {{1, {10}}};
  x.put({{1, 0}});
  x.put({{1, 1}});
  EXPECT_EQ(x.table->requests.size(), 1u);
  x.table->answer_all();
  x.resume();
  EXPECT_EQ(x.out.lines.size(), 2u);
}

TEST(found_cache, forgets_what_was_not_asked_for_the_longest) {
  found_cache cache(4, {}, {});
  const auto rows = [](int count) {
    auto x = std::make_shared<lookup_found>();
    x->rows.resize(static_cast<std::size_t>(count));
    return x;
  };
  cache.put("a", rows(1), 0);
  cache.put("b", rows(0), 0);
  cache.put("c", rows(2), 0);
  EXPECT_EQ(cache.rows(), 4);
  EXPECT_TRUE(cache.get("a", 1));
  cache.put("d", rows(2), 1);
  EXPECT_TRUE(cache.get("a", 2));
  EXPECT_FALSE(cache.get("b", 2));
  EXPECT_FALSE(cache.get("c", 2));
  EXPECT_TRUE(cache.get("d", 2));
  cache.put("e", rows(5), 2); // more than there is room for
  EXPECT_FALSE(cache.get("e", 2));
  EXPECT_EQ(cache.rows(), 3);
}

TEST(found_store, keeps_only_what_is_needed) {
  const auto layout = make_schema({{"v", data_type::of(type_kind::bigint)}});
  found_store store(layout);
  std::deque<std::pair<std::int64_t, found_ptr>> kept;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    const auto row = store.append(*make_rows(layout, {{i}}));
    kept.emplace_back(i, store.keep({row}));
    if (kept.size() > 100)
      kept.pop_front();
    store.tidy();
    ASSERT_LE(store.rows().size(), 4096);
  }
  for (const auto& [value, found] : kept)
    EXPECT_EQ(print_rows(*store.rows().gather(found->rows))[0],
              fmt::format("({})", value));
}

} // namespace
} // namespace herald::testing
