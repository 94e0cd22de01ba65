#include "engine/connectors/nexmark/model.hpp"

#include "engine/formats/options.hpp"
#include "engine/formats/text_parse.hpp"

#include <chrono>
#include <limits>

#include <fmt/format.h>

namespace herald::nexmark {

namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

/// Bounds that keep every product of the generator within 64 bits.
constexpr std::int64_t proportion_max = 1'000'000;
constexpr std::int64_t rate_max = 1'000'000'000;
constexpr std::int64_t size_max = 100'000;

absl::StatusOr<std::int64_t> start_of(const option_map& options) {
  auto text = text_option(options, "start-time");
  if (text.empty())
    return default_start_ms;
  if (text == "now")
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  if (auto ms = parse_moment(text, timestamp_standard::sql, false, 3, 1000))
    return *ms;
  return option_error(
      "start-time",
      fmt::format("option 'start-time' is '{}', which is not a time", text),
      "write it as 'yyyy-MM-dd HH:mm:ss' in UTC, or 'now'");
}

absl::Status read_proportions(const option_map& options, model& x) {
  HERALD_ASSIGN(x.persons, integer_option(options, "person.proportion",
                                          x.persons, 0, proportion_max));
  HERALD_ASSIGN(x.auctions, integer_option(options, "auction.proportion",
                                           x.auctions, 0, proportion_max));
  HERALD_ASSIGN(x.bids, integer_option(options, "bid.proportion", x.bids, 0,
                                       proportion_max));
  x.total = x.persons + x.auctions + x.bids;
  if (x.total == 0)
    return user_error("the proportions of all event kinds are 0");
  if (x.bids + x.auctions > 0 && x.persons == 0)
    return user_error("'person.proportion' is 0, but auctions and bids need "
                      "persons");
  if (x.bids > 0 && x.auctions == 0)
    return user_error("'auction.proportion' is 0, but bids need auctions");
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<model> model_of(const option_map& options) {
  model x;
  HERALD_ASSIGN(auto seed, integer_option(options, "seed", 0, 0, no_limit));
  x.seed = static_cast<std::uint64_t>(seed);
  HERALD_ASSIGN(x.events,
                integer_option(options, "events.num", -1, 0, no_limit));
  HERALD_ASSIGN(x.rate, integer_option(options, "rate", 0, 1, rate_max));
  HERALD_ASSIGN(auto event_rate,
                integer_option(options, "event.rate",
                               x.rate > 0 ? x.rate : default_event_rate, 1,
                               rate_max));
  x.delay_us = 1e6 / static_cast<double>(event_rate);
  HERALD_ASSIGN(x.start_ms, start_of(options));
  HERALD_TRY(read_proportions(options, x));
  HERALD_ASSIGN(x.hot_auctions,
                integer_option(options, "bid.hot-ratio.auctions",
                               x.hot_auctions, 1, proportion_max));
  HERALD_ASSIGN(x.hot_bidders,
                integer_option(options, "bid.hot-ratio.bidders", x.hot_bidders,
                               1, proportion_max));
  HERALD_ASSIGN(x.hot_sellers,
                integer_option(options, "auction.hot-ratio.sellers",
                               x.hot_sellers, 1, proportion_max));
  HERALD_ASSIGN(x.person_size, integer_option(options, "person.avg-size",
                                              x.person_size, 0, size_max));
  HERALD_ASSIGN(x.auction_size, integer_option(options, "auction.avg-size",
                                               x.auction_size, 0, size_max));
  HERALD_ASSIGN(x.bid_size, integer_option(options, "bid.avg-size", x.bid_size,
                                           0, size_max));
  return x;
}

} // namespace herald::nexmark
