#include "engine/connectors/nexmark/columns.hpp"

#include "engine/columnar/bits.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/connectors/nexmark/texts.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace herald::nexmark {

namespace {

constexpr int kinds = 3;

/// Steps of the table of powers; between them a polynomial.
constexpr int power_bits = 10;

/// Six powers of ten lie between the lowest and the highest price.
const double log_range = 6 * std::log(10.0);

/// Fills a buffer with f(row) for the rows of `kind`, zero elsewhere.
template <class T, class F>
buffer_ptr fill(event_kind kind, const events& x, F f) {
  auto rows = x.number.size();
  auto bytes = static_cast<std::int64_t>(rows * sizeof(T));
  const auto& slots = x.slots[static_cast<std::size_t>(kind)];
  bool dense = slots.size() == rows;
  auto result = dense ? allocate_buffer(bytes) : allocate_zeros(bytes);
  auto* out = reinterpret_cast<T*>(result->mutable_data());
  if (dense) {
    for (std::size_t i = 0; i < rows; ++i)
      out[i] = f(i);
  } else {
    for (auto slot : slots)
      out[slot] = f(static_cast<std::size_t>(slot));
  }
  return result;
}

std::uint64_t hash_name(std::string_view name) {
  std::uint64_t result = 0xcbf29ce484222325u; // FNV-1a
  for (char c : name)
    result = (result ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return result;
}

void finish_validity(column& result, event_kind kind, const events& x) {
  const auto& slots = x.slots[static_cast<std::size_t>(kind)];
  result.length = x.rows();
  result.null_count = x.rows() - static_cast<std::int64_t>(slots.size());
  if (result.null_count == 0)
    return;
  auto bits = allocate_zeros((x.rows() + 7) / 8);
  for (auto slot : slots)
    set_bit(bits->mutable_data(), slot);
  result.validity = std::move(bits);
}

} // namespace

void events::clear() {
  number.clear();
  block.clear();
  offset.clear();
  kind.clear();
  for (auto& x : slots)
    x.clear();
}

void events::add(std::int64_t n, std::int64_t at_block, std::int64_t at_offset,
                 event_kind what) {
  slots[static_cast<std::size_t>(what)].push_back(
      static_cast<std::int32_t>(number.size()));
  number.push_back(n);
  block.push_back(at_block);
  offset.push_back(static_cast<std::int32_t>(at_offset));
  kind.push_back(what);
}

column_maker::column_maker(const model& x) : model_(x) {
  constexpr int steps = 1 << power_bits;
  for (int i = 0; i < steps; ++i)
    powers_.push_back(100 * std::exp(log_range * i / steps));
}

random_field column_maker::field(event_kind kind, std::string_view name) const {
  return {model_.seed, hash_name(name) * kinds + static_cast<int>(kind)};
}

std::int64_t column_maker::price(std::uint64_t bits) const {
  constexpr int steps = 1 << power_bits;
  auto index = bits >> (64 - power_bits);
  auto fraction
      = static_cast<double>(static_cast<std::int64_t>(bits << power_bits >> 11))
        * 0x1p-53;
  double t = fraction * (log_range / steps);
  double step = 1 + t * (1 + t * (0.5 + t / 6));
  return static_cast<std::int64_t>(powers_[index] * step + 0.5);
}

std::int64_t column_maker::any_person(std::int64_t last,
                                      std::uint64_t bits) const {
  auto people = last + 1;
  auto active = std::min(people, active_people);
  return people - active + lower_below(bits, active + id_lead);
}

// -- numbers -----------------------------------------------------------------

buffer_ptr column_maker::person_numbers(const std::string& name,
                                        const events& x) const {
  auto kind = event_kind::person;
  if (name == "id")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      return x.block[i] * model_.persons + x.offset[i] + first_person_id;
    });
  return fill<std::int64_t>(
      kind, x, [&](std::size_t i) { return model_.time_of(x.number[i]); });
}

std::int64_t column_maker::expires(std::int64_t number) const {
  // Long enough that `in_flight_auctions` are open on average.
  auto ahead = in_flight_auctions * model_.total / model_.auctions;
  auto now = model_.time_of(number);
  auto horizon = model_.time_of(number + ahead) - now;
  auto random = field(event_kind::auction, "expires");
  auto longest
      = std::clamp<std::int64_t>(horizon * 2, 1, (std::int64_t{1} << 31) - 1);
  return now + 1 + upper_below(random(number), longest);
}

buffer_ptr column_maker::auction_numbers(const std::string& name,
                                         const events& x) const {
  auto kind = event_kind::auction;
  auto random = field(kind, name);
  if (name == "id")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      return x.block[i] * model_.auctions + x.offset[i] - model_.persons
             + first_auction_id;
    });
  if (name == "initialBid")
    return fill<std::int64_t>(
        kind, x, [&](std::size_t i) { return price(random(x.number[i])); });
  if (name == "reserve") {
    auto initial = field(kind, "initialBid");
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      return price(initial(x.number[i])) + price(random(x.number[i]));
    });
  }
  if (name == "expires")
    return fill<std::int64_t>(
        kind, x, [&](std::size_t i) { return expires(x.number[i]); });
  if (name == "seller")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      auto bits = random(x.number[i]);
      auto last = x.block[i] * model_.persons + model_.persons - 1;
      bool hot = upper_below(bits, model_.hot_sellers) > 0;
      return first_person_id
             + (hot ? last / hot_group * hot_group : any_person(last, bits));
    });
  if (name == "category")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      return first_category_id + upper_below(random(x.number[i]), categories);
    });
  return fill<std::int64_t>(
      kind, x, [&](std::size_t i) { return model_.time_of(x.number[i]); });
}

buffer_ptr column_maker::bid_numbers(const std::string& name,
                                     const events& x) const {
  auto kind = event_kind::bid;
  auto random = field(kind, name);
  if (name == "auction")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      auto bits = random(x.number[i]);
      auto last = x.block[i] * model_.auctions + model_.auctions - 1;
      auto first = std::max(last - in_flight_auctions, std::int64_t{0});
      bool hot = upper_below(bits, model_.hot_auctions) > 0;
      auto any = first + lower_below(bits, last - first + 1 + id_lead);
      return first_auction_id + (hot ? last / hot_group * hot_group : any);
    });
  if (name == "bidder")
    return fill<std::int64_t>(kind, x, [&](std::size_t i) {
      auto bits = random(x.number[i]);
      auto last = x.block[i] * model_.persons + model_.persons - 1;
      bool hot = upper_below(bits, model_.hot_bidders) > 0;
      auto any = any_person(last, bits);
      // The suite adds the first id twice; its results depend on that.
      return 2 * first_person_id
             + (hot ? last / hot_group * hot_group + 1 : any);
    });
  if (name == "price")
    return fill<std::int64_t>(
        kind, x, [&](std::size_t i) { return price(random(x.number[i])); });
  return fill<std::int64_t>(
      kind, x, [&](std::size_t i) { return model_.time_of(x.number[i]); });
}

buffer_ptr column_maker::numbers(event_kind kind, const std::string& name,
                                 const events& x) const {
  switch (kind) {
  case event_kind::person:
    return person_numbers(name, x);
  case event_kind::auction:
    return auction_numbers(name, x);
  default:
    return bid_numbers(name, x);
  }
}

// -- texts -------------------------------------------------------------------

namespace {

constexpr std::int64_t item_name_length = 20;
constexpr std::int64_t description_length = 100;

void write_text(const std::string& name, std::uint64_t bits, std::string& out) {
  out.clear();
  random_sequence random(bits);
  if (name == "name")
    person_name(bits, out);
  else if (name == "emailAddress")
    email_address(bits, out);
  else if (name == "creditCard")
    credit_card(bits, out);
  else if (name == "city")
    out = city(bits);
  else if (name == "state")
    out = state(bits);
  else
    random_text(random,
                name == "itemName" ? item_name_length : description_length, ' ',
                out);
}

} // namespace

column_ptr column_maker::built_text(event_kind kind, const std::string& name,
                                    const data_type& type,
                                    const events& x) const {
  text_builder builder(type);
  auto random = field(kind, name);
  std::string text;
  for (std::size_t i = 0; i < x.number.size(); ++i) {
    if (x.kind[i] != kind) {
      builder.append_null();
      continue;
    }
    write_text(name, random(x.number[i]), text);
    builder.push(text);
  }
  return builder.finish();
}

std::int64_t column_maker::size_before_extra(event_kind kind,
                                             std::int64_t number) const {
  constexpr std::int64_t word = 8;
  if (kind == event_kind::bid)
    return 4 * word;
  static const std::vector<std::string> of_person{
      "name", "emailAddress", "creditCard", "city", "state"};
  static const std::vector<std::string> of_auction{"itemName", "description"};
  bool person = kind == event_kind::person;
  std::int64_t result = person ? word : 6 * word;
  std::string text;
  for (const auto& name : person ? of_person : of_auction) {
    write_text(name, field(kind, name)(number), text);
    result += static_cast<std::int64_t>(text.size());
  }
  return result;
}

buffer_ptr column_maker::extra(event_kind kind, const events& x) const {
  auto wanted = kind == event_kind::person    ? model_.person_size
                : kind == event_kind::auction ? model_.auction_size
                                              : model_.bid_size;
  auto random = field(kind, "extra");
  const auto* pool
      = reinterpret_cast<const char*>(text_tables::get().pool->data());
  auto text = [&](std::uint64_t bits, std::int64_t average) {
    auto spread = (average + 2) / 5; // a fifth, rounded
    auto size = average - spread;
    if (spread > 0)
      size += upper_below(bits, 2 * spread);
    auto at = lower_below(bits, pool_size - size);
    return make_ref({pool + at, static_cast<std::size_t>(size)}, 0,
                    static_cast<std::int32_t>(at));
  };
  if (kind == event_kind::bid) {
    auto average
        = std::max<std::int64_t>(wanted - size_before_extra(kind, 0), 0);
    return fill<string_ref>(kind, x, [&](std::size_t i) {
      return text(random(x.number[i]), average);
    });
  }
  return fill<string_ref>(kind, x, [&](std::size_t i) {
    auto average = std::max<std::int64_t>(
        wanted - size_before_extra(kind, x.number[i]), 0);
    return text(random(x.number[i]), average);
  });
}

buffer_ptr column_maker::channel(const std::vector<string_ref>& table,
                                 const events& x) const {
  auto random = field(event_kind::bid, "channel");
  return fill<string_ref>(event_kind::bid, x, [&](std::size_t i) {
    auto bits = random(x.number[i]);
    bool hot = (bits & 1) != 0;
    auto index = hot ? channels + upper_below(bits, hot_channels)
                     : upper_below(bits, channels);
    return table[static_cast<std::size_t>(index)];
  });
}

// -- columns -----------------------------------------------------------------

column_ptr column_maker::event_type(const events& x) const {
  auto result = std::make_shared<column>();
  result->type = data_type::of(type_kind::integer);
  result->length = x.rows();
  auto values = allocate_buffer(x.rows() * 4);
  auto* out = reinterpret_cast<std::int32_t*>(values->mutable_data());
  for (std::size_t i = 0; i < x.kind.size(); ++i)
    out[i] = static_cast<std::int32_t>(x.kind[i]);
  result->values = std::move(values);
  return result;
}

column_ptr column_maker::field_of(event_kind kind, const std::string& name,
                                  const data_type& type,
                                  const events& x) const {
  const auto& tables = text_tables::get();
  auto result = std::make_shared<column>();
  result->type = type;
  finish_validity(*result, kind, x);
  if (!type.is_text()) {
    result->values = numbers(kind, name, x);
  } else if (name == "extra") {
    result->values = extra(kind, x);
    result->heaps = {tables.pool};
  } else if (name == "channel") {
    result->values = channel(tables.channel, x);
  } else if (name == "url") {
    result->values = channel(tables.url, x);
    result->heaps = {tables.url_heap};
  } else {
    return built_text(kind, name, type, x);
  }
  return result;
}

column_ptr column_maker::row_of(event_kind kind, const data_type& type,
                                const events& x) const {
  auto result = std::make_shared<column>();
  result->type = type;
  finish_validity(*result, kind, x);
  for (const auto& inner : type.fields())
    result->children.push_back(field_of(kind, inner.name, inner.type, x));
  return result;
}

column_ptr column_maker::make(const std::vector<std::string>& path,
                              const data_type& type, const events& x) const {
  if (path[0] == "event_type")
    return event_type(x);
  auto kind = path[0] == "person"    ? event_kind::person
              : path[0] == "auction" ? event_kind::auction
                                     : event_kind::bid;
  return path.size() == 1 ? row_of(kind, type, x)
                          : field_of(kind, path[1], type, x);
}

} // namespace herald::nexmark
