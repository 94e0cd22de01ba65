#include "cluster/placement.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace herald::cluster {
namespace {

using candidates = std::vector<placement_candidate>;

// `count` members with random uuids; weights from 1 to `max_weight`.
candidates random_members(std::mt19937_64& random, std::size_t count,
                          std::uint32_t max_weight) {
  candidates result;
  for (std::size_t i = 0; i < count; ++i) {
    auto weight = static_cast<std::uint32_t>(1 + random() % max_weight);
    result.push_back({{{random(), random()}}, weight});
  }
  return result;
}

std::vector<object_key> keys(std::size_t count) {
  std::vector<object_key> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(
        {static_cast<object_kind>(i % 3), "p", fmt::format("object{}", i)});
  return result;
}

TEST(placement, nobody_owns_anything_in_an_empty_view) {
  EXPECT_EQ(place(keys(1)[0], {}), std::nullopt);
}

TEST(placement, the_order_of_members_does_not_matter) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    auto members = random_members(random, 1 + random() % 10, 64);
    auto shuffled = members;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    for (const auto& key : keys(50))
      EXPECT_EQ(place(key, members), place(key, shuffled));
  }
}

TEST(placement, only_what_the_leaving_member_owned_moves) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    auto members = random_members(random, 2 + random() % 10, 64);
    auto fewer = members;
    auto gone = fewer.back().uuid;
    fewer.pop_back();
    for (const auto& key : keys(100)) {
      auto before = place(key, members);
      if (before != gone) {
        EXPECT_EQ(place(key, fewer), before);
      }
    }
  }
}

TEST(placement, more_weight_only_draws_objects_nearer) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 50; ++round) {
    auto members = random_members(random, 2 + random() % 10, 64);
    auto heavier = members;
    heavier[0].weight *= 3;
    for (const auto& key : keys(100)) {
      auto after = place(key, heavier);
      if (after != heavier[0].uuid) {
        EXPECT_EQ(after, place(key, members));
      }
    }
  }
}

TEST(placement, shares_are_in_proportion_to_weights) {
  std::mt19937_64 random(4);
  constexpr std::size_t count = 20000;
  auto objects = keys(count);
  for (int round = 0; round < 5; ++round) {
    auto members = random_members(random, 5, 8);
    std::map<node_uuid, std::size_t> owned;
    double total = 0;
    for (const auto& key : objects)
      ++owned[*place(key, members)];
    for (const auto& one : members)
      total += one.weight;
    for (const auto& one : members) {
      auto expected = count * one.weight / total;
      // Five standard deviations of a binomial share.
      EXPECT_NEAR(owned[one.uuid], expected, 5 * std::sqrt(expected));
    }
  }
}

TEST(placement, it_never_changes_between_releases) {
  candidates members;
  for (std::uint64_t i = 1; i <= 4; ++i)
    members.push_back({{{i, i * i}}, static_cast<std::uint32_t>(i)});
  std::string owners;
  for (const auto& key : keys(16))
    owners += fmt::format("{}", place(key, members)->bits.high);
  EXPECT_EQ(owners, "2323313414344233");
}

} // namespace
} // namespace herald::cluster
