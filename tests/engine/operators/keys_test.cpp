#include "engine/columnar/hash.hpp"
#include "engine/operators/compare.hpp"
#include "engine/operators/group_index.hpp"
#include "tests/engine/operators/job_support.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

// Keys: as bytes, as group ids, and the store of the bytes.

namespace herald::testing {
namespace {

std::vector<int> all_columns(const batch& x) {
  std::vector<int> result;
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    result.push_back(static_cast<int>(i));
  return result;
}

std::vector<data_type> types_of(const schema& layout) {
  std::vector<data_type> result;
  for (const auto& x : layout.fields)
    result.push_back(x.type);
  return result;
}

std::vector<std::uint64_t> hashes_of(const batch& x) {
  std::vector<std::uint64_t> result(static_cast<std::size_t>(x.rows));
  hash_rows(x, all_columns(x), result);
  return result;
}

std::vector<std::string> encode(const batch& x, const row_list* rows) {
  key_codec codec(types_of(*x.layout));
  std::string bytes;
  std::vector<std::uint32_t> ends;
  codec.encode(x, all_columns(x), rows, bytes, ends);
  std::vector<std::string> result;
  std::uint32_t begin = 0;
  for (auto end : ends) {
    result.push_back(bytes.substr(begin, end - begin));
    begin = end;
  }
  return result;
}

TEST(key_codec, gives_back_keys_of_any_type) {
  for (std::uint64_t seed = 1; seed <= seed_count(40); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto rows = data.rows(data.layout(4, 2), 30);
    auto picked = data.some_rows(30, 20);
    auto encoded = encode(*rows, &picked);
    std::vector<std::string_view> views(encoded.begin(), encoded.end());
    key_codec codec(types_of(*rows->layout));
    auto decoded = make_batch(rows->layout, codec.decode(views), 20);
    // -0.0 comes back as 0.0: compare what is encoded from it again.
    EXPECT_EQ(encode(*decoded, nullptr), encoded);
    const auto taken = take(*rows, picked);
    for (std::int64_t i = 0; i < taken->rows; ++i)
      EXPECT_TRUE(same_row(decoded->columns, i, taken->columns, i));
  }
}

TEST(key_codec, tells_values_apart_exactly_when_they_differ) {
  for (std::uint64_t seed = 1; seed <= seed_count(40); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto rows = data.rows(data.layout(3, 1), 40);
    auto encoded = encode(*rows, nullptr);
    auto lines = print_rows(*rows);
    auto values = rows_of(*rows);
    for (std::size_t i = 0; i < lines.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        if (values[i] != values[i] || values[j] != values[j])
          continue; // NaN, which has a test of its own
        EXPECT_EQ(encoded[i] == encoded[j], values[i] == values[j])
            << lines[i] << " " << lines[j];
      }
  }
}

TEST(key_codec, takes_zeros_for_equal_and_every_nan_for_one) {
  for (auto kind : {type_kind::float32, type_kind::float64}) {
    auto layout = make_schema({{"x", data_type::of(kind)}});
    auto nan = std::numeric_limits<double>::quiet_NaN();
    auto rows = make_rows(
        layout, {{0.0}, {-0.0}, {nan}, {std::copysign(nan, -1.0)}, {null}});
    auto found = encode(*rows, nullptr);
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(found[2], found[3]);
    EXPECT_EQ((std::set<std::string>(found.begin(), found.end()).size()), 3u);
    group_index index(types_of(*layout));
    std::vector<std::int32_t> groups;
    std::vector<int> keys{0};
    index.find_or_insert(*rows, keys, nullptr, hashes_of(*rows), groups);
    EXPECT_EQ(groups, (std::vector<std::int32_t>{0, 0, 1, 1, 2}));
  }
}

TEST(byte_store, overwrites_grows_and_reclaims) {
  random_data data(1);
  byte_store store;
  std::vector<std::string> model(50);
  for (std::size_t i = 0; i < model.size(); ++i)
    store.put(i, "");
  for (int step = 0; step < 20'000; ++step) {
    auto i = static_cast<std::size_t>(data.number(0, 50));
    model[i] = std::string(static_cast<std::size_t>(data.number(0, 60)),
                           static_cast<char>(data.number('a', 'z')));
    store.put(i, model[i]);
    auto other = static_cast<std::size_t>(data.number(0, 50));
    ASSERT_EQ(store.get(other), model[other]);
  }
  for (std::size_t i = 0; i < model.size(); ++i)
    EXPECT_EQ(store.get(i), model[i]);
  EXPECT_LT(store.memory_bytes(), 40'000); // 50 strings, not 20,000
}

/// Does the same to an index and to a map from printed keys to ids.
class index_model {
public:
  index_model(random_data& data, schema_ptr layout)
      : data_(data), layout_(std::move(layout)), index_(types_of(*layout_)) {}

  void insert(std::int64_t count, double share_of_rows) {
    auto rows = data_.rows(layout_, count);
    auto picked = data_.some_rows(
        count,
        static_cast<std::int64_t>(static_cast<double>(count) * share_of_rows));
    const auto* which = share_of_rows < 1 ? &picked : nullptr;
    std::vector<std::int32_t> found;
    std::vector<std::int32_t> made;
    auto keys = all_columns(*rows);
    index_.find(*rows, keys, which, hashes_of(*rows), found);
    index_.find_or_insert(*rows, keys, which, hashes_of(*rows), made);
    auto lines = encode(*rows, which);
    ASSERT_EQ(made.size(), lines.size());
    std::set<std::string> fresh;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto at = groups_.find(lines[i]);
      auto is_new = at == groups_.end() || fresh.contains(lines[i]);
      ASSERT_EQ(found[i] < 0, is_new);
      if (at == groups_.end()) {
        for (const auto& [line, group] : groups_)
          ASSERT_NE(group, made[i]) << "an id is given to two keys";
        groups_[lines[i]] = made[i];
        fresh.insert(lines[i]);
      } else {
        ASSERT_EQ(made[i], at->second);
      }
    }
  }

  void erase(std::int64_t count) {
    for (; count > 0 && !groups_.empty(); --count) {
      auto at = groups_.begin();
      std::advance(at,
                   data_.number(0, static_cast<std::int64_t>(groups_.size())));
      index_.erase(at->second);
      groups_.erase(at);
    }
  }

  void check() const {
    ASSERT_EQ(index_.size(), static_cast<std::int64_t>(groups_.size()));
    auto groups = index_.groups();
    ASSERT_TRUE(std::is_sorted(groups.begin(), groups.end()));
    auto keys = make_batch(layout_, index_.keys(groups),
                           static_cast<std::int64_t>(groups.size()));
    auto lines = encode(*keys, nullptr);
    auto hashes = hashes_of(*keys);
    ASSERT_EQ(lines.size(), groups_.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_TRUE(groups_.contains(lines[i]));
      EXPECT_EQ(groups_.at(lines[i]), groups[i]);
      EXPECT_EQ(index_.hash_of(groups[i]), hashes[i]);
    }
  }

private:
  random_data& data_;
  schema_ptr layout_;
  group_index index_;
  std::map<std::string, std::int32_t> groups_;
};

TEST(group_index, follows_a_map_for_keys_of_any_type) {
  for (std::uint64_t seed = 1; seed <= seed_count(30); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto layout = data.layout(3, 1);
    if (seed % 3 == 0) // plain until a NULL comes
      layout = make_schema({{"k", data_type::of(type_kind::bigint)}});
    index_model model(data, layout);
    for (int step = 0; step < 20; ++step) {
      model.insert(data.number(1, 40), data.chance(0.5) ? 1.0 : 0.6);
      if (data.chance(0.6))
        model.erase(data.number(0, 30));
      model.check();
      if (HasFatalFailure())
        return;
    }
  }
}

TEST(group_index, keeps_its_groups_when_a_null_comes) {
  auto layout = make_schema({{"k", data_type::of(type_kind::bigint)}});
  group_index index(types_of(*layout));
  std::vector<std::int32_t> groups;
  std::vector<int> keys{0};
  auto put = [&](const batch_ptr& rows) {
    index.find_or_insert(*rows, keys, nullptr, hashes_of(*rows), groups);
    return groups;
  };
  using ids = std::vector<std::int32_t>;
  EXPECT_EQ(put(make_rows(layout, {{7}, {-1}, {7}})), (ids{0, 1, 0}));
  EXPECT_EQ(put(make_rows(layout, {{null}, {-1}, {7}, {0}})),
            (ids{2, 1, 0, 3}));
  EXPECT_EQ(put(make_rows(layout, {{0}, {7}})), (ids{3, 0}));
  auto all = make_batch(layout, index.keys(index.groups()), 4);
  EXPECT_EQ(print_rows(*all),
            (std::vector<std::string>{"(7)", "(-1)", "(NULL)", "(0)"}));
}

TEST(group_index, gives_ids_again_and_does_not_grow_for_them) {
  auto layout = make_schema({{"k", data_type::of(type_kind::bigint)}});
  group_index index(types_of(*layout));
  std::vector<std::int32_t> groups;
  std::vector<int> keys{0};
  for (std::int64_t i = 0; i < 5'000; ++i) {
    auto row = make_rows(layout, {{i}});
    index.find_or_insert(*row, keys, nullptr, hashes_of(*row), groups);
    ASSERT_EQ(groups[0], 0);
    index.erase(0);
  }
  EXPECT_EQ(index.capacity(), 1);
  EXPECT_EQ(index.size(), 0);
  EXPECT_LT(index.memory_bytes(), 1'000);
}

} // namespace
} // namespace herald::testing
