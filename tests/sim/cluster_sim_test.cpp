#include "tests/sim/world.hpp"
#include "tests/support/seeds.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Hundreds of worlds, one for each seed. HERALD_SIM_SEED=n runs one again,
// HERALD_SIM_SEEDS=n runs so many of each size.

namespace herald::sim {
namespace {

constexpr std::uint64_t default_seeds = herald::testing::seed_count(300);

std::optional<std::uint64_t> number_of(const char* variable) {
  const auto* text = std::getenv(variable);
  return text ? std::optional(std::strtoull(text, nullptr, 10)) : std::nullopt;
}

void run_worlds(world_settings settings) {
  auto one = number_of("HERALD_SIM_SEED");
  auto first = one.value_or(1);
  auto count = one ? 1 : number_of("HERALD_SIM_SEEDS").value_or(default_seeds);
  std::size_t records = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    settings.seed = seed;
    world here(settings);
    auto broken = here.run();
    for (const auto& rule : broken)
      ADD_FAILURE() << rule;
    ASSERT_TRUE(broken.empty())
        << "HERALD_SIM_SEED=" << seed << " runs this world again";
    records += here.log_size();
  }
  fmt::print("{} worlds, {} records\n", count, records);
}

TEST(cluster_simulation, three_nodes_heal_whatever_happens) {
  run_worlds({.nodes = 3});
}

TEST(cluster_simulation, five_nodes_heal_whatever_happens) {
  run_worlds({.nodes = 5});
}

TEST(cluster_simulation, two_nodes_heal_whatever_happens) {
  run_worlds({.nodes = 2});
}

TEST(cluster_simulation, one_node_heals_whatever_happens) {
  run_worlds({.nodes = 1});
}

TEST(cluster_simulation, the_rest_goes_on_when_one_of_three_dies) {
  run_worlds({.nodes = 3, .lost_nodes = 1});
}

TEST(cluster_simulation, the_rest_goes_on_when_most_die_at_once) {
  run_worlds({.nodes = 5, .lost_nodes = 4});
}

TEST(cluster_simulation, what_a_killed_node_ran_soon_runs_elsewhere) {
  constexpr std::uint64_t seeds = herald::testing::seed_count(200);
  // Of the five seconds that are promised, the rest is for real machines.
  constexpr milliseconds limit{3000};
  for (unsigned nodes : {2u, 3u, 5u})
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      world here({.seed = seed, .nodes = nodes});
      auto took = here.fail_over();
      EXPECT_LE(took.count(), limit.count())
          << nodes << " nodes, seed " << seed;
    }
}

} // namespace
} // namespace herald::sim
