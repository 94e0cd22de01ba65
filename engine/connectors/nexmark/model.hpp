#pragma once

#include "engine/connectors/nexmark/random.hpp"
#include "engine/plan/table.hpp"

#include <array>
#include <cstdint>

#include <absl/status/statusor.h>

// The numbers of the Nexmark suite (github.com/nexmark/nexmark): how many
// events of each kind, who bids on what. Event number n is at n / rate of
// event time; of each `total` events in a row the first are persons, the next
// auctions, the rest bids. A plain value, fixed once read from the options.

namespace herald::nexmark {

enum class event_kind : std::uint8_t { person = 0, auction = 1, bid = 2 };

constexpr std::int64_t first_auction_id = 1000;
constexpr std::int64_t first_person_id = 1000;
constexpr std::int64_t first_category_id = 10;
constexpr std::int64_t categories = 5;

/// Ids this far ahead of the last one may be named, as if events had been
/// swapped on the way.
constexpr std::int64_t id_lead = 10;

/// One of so many persons (auctions) in a row is the hot one.
constexpr std::int64_t hot_group = 100;

constexpr std::int64_t active_people = 1000;
constexpr std::int64_t in_flight_auctions = 100;

/// Event time starts here unless 'start-time' says otherwise:
/// 2026-01-01 00:00:00 UTC, in ms.
constexpr std::int64_t default_start_ms = 1'767'225'600'000;

/// Events per second of event time unless 'event.rate' says otherwise: the
/// rate of the suite's second guide.
constexpr std::int64_t default_event_rate = 100'000;

struct model {
  std::uint64_t seed = 0;
  std::int64_t events = -1; ///< how many in all; -1: endless
  std::int64_t rate = 0;    ///< events a second of wall clock; 0: no limit
  double delay_us = 10;     ///< event time between two events
  std::int64_t start_ms = default_start_ms;

  std::int64_t persons = 1; ///< of `total` events
  std::int64_t auctions = 3;
  std::int64_t bids = 46;
  std::int64_t total = 50;

  /// A bid is on the hot auction with probability 1 - 1/ratio, and so on.
  std::int64_t hot_auctions = 2;
  std::int64_t hot_bidders = 4;
  std::int64_t hot_sellers = 4;

  /// Average sizes that 'extra' fills events up to, in bytes.
  std::int64_t person_size = 200;
  std::int64_t auction_size = 500;
  std::int64_t bid_size = 100;

  std::int64_t time_of(std::int64_t number) const {
    return start_ms
           + static_cast<std::int64_t>(static_cast<double>(number) * delay_us)
                 / 1000;
  }

  event_kind kind_of(std::int64_t offset) const {
    return offset < persons              ? event_kind::person
           : offset < persons + auctions ? event_kind::auction
                                         : event_kind::bid;
  }
};

/// Reads the options; the errors name the option.
absl::StatusOr<model> model_of(const option_map& options);

} // namespace herald::nexmark
