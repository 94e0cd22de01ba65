#include "engine/connectors/nexmark/texts.hpp"

#include <array>
#include <cstring>

namespace herald::nexmark {

namespace {

/// The tables are the same for every seed.
constexpr std::uint64_t table_seed = 0x6e65786d61726b;

constexpr std::int64_t letters = 26;

constexpr std::array<std::string_view, 11> first_names{
    "Peter", "Paul",  "Luke",  "John",   "Saul",  "Vicky",
    "Kate",  "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::array<std::string_view, 9> last_names{
    "Shultz", "Abrams", "Spencer", "White", "Bartels",
    "Walton", "Smith",  "Jones",   "Noris"};
constexpr std::array<std::string_view, 10> cities{
    "Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
constexpr std::array<std::string_view, 6> states{"AZ", "CA", "ID",
                                                 "OR", "WA", "WY"};
constexpr std::array<std::string_view, hot_channels> hot_names{
    "Google", "Facebook", "Baidu", "Apple"};

template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& table,
                      std::int64_t at) {
  return table[static_cast<std::size_t>(at)];
}

/// Six letters a number; the remainder of a negative one counts down from
/// 'a', so that half of the pool lies in 'H' … 'a'.
buffer_ptr make_pool() {
  constexpr std::int64_t run = 6;
  random_sequence random(table_seed);
  auto pool = allocate_buffer(pool_size);
  auto* out = pool->mutable_data();
  for (std::int64_t at = 0; at < pool_size;) {
    int sign = random.below(2) == 0 ? 1 : -1;
    for (auto end = std::min(at + run, pool_size); at < end; ++at)
      out[at] = static_cast<std::uint8_t>('a' + sign * random.below(letters));
  }
  return pool;
}

void append_base_url(random_sequence& random, std::string& out) {
  constexpr std::int64_t part = 5;
  out += "https://www.nexmark.com/";
  for (int i = 0; i < 3; ++i) {
    random_text(random, part, '_', out);
    out += '/';
  }
  out += "item.htm?query=1";
}

std::uint32_t reverse_bits(std::uint32_t x) {
  std::uint32_t result = 0;
  for (int i = 0; i < 32; ++i)
    result |= (x >> i & 1u) << (31 - i);
  return result;
}

text_tables make_tables() {
  text_tables result;
  result.pool = make_pool();
  random_sequence random(table_seed + 1);
  std::string urls;
  std::vector<std::size_t> begins;
  for (std::int64_t i = 0; i < channels; ++i) {
    begins.push_back(urls.size());
    append_base_url(random, urls);
    if (random.below(10) > 0) {
      auto id = static_cast<std::int32_t>(
          reverse_bits(static_cast<std::uint32_t>(i)));
      urls += "&channel_id="
              + std::to_string(std::abs(static_cast<std::int64_t>(id)));
    }
    result.channel.push_back(make_ref("channel-" + std::to_string(i), 0, 0));
  }
  for (auto name : hot_names) {
    begins.push_back(urls.size());
    append_base_url(random, urls);
    result.channel.push_back(make_ref(name, 0, 0));
  }
  begins.push_back(urls.size());
  auto heap = allocate_buffer(static_cast<std::int64_t>(urls.size()));
  std::memcpy(heap->mutable_data(), urls.data(), urls.size());
  for (std::size_t i = 0; i + 1 < begins.size(); ++i)
    result.url.push_back(make_ref(
        std::string_view(urls).substr(begins[i], begins[i + 1] - begins[i]), 0,
        static_cast<std::int32_t>(begins[i])));
  result.url_heap = std::move(heap);
  return result;
}

} // namespace

const text_tables& text_tables::get() {
  static const text_tables tables = make_tables();
  return tables;
}

void random_text(random_sequence& random, std::int64_t length, char special,
                 std::string& out) {
  constexpr std::int64_t shortest = 3;
  constexpr std::int64_t one_special_in = 13;
  auto begin = out.size();
  for (auto left = shortest + random.below(length - shortest); left > 0;
       --left) {
    auto letter = random.below(letters * one_special_in);
    bool plain = letter >= letters;
    out.push_back(plain ? static_cast<char>('a' + letter % letters) : special);
  }
  while (out.size() > begin && out.back() == ' ')
    out.pop_back();
  auto blanks = out.find_first_not_of(' ', begin);
  if (blanks != std::string::npos && blanks > begin)
    out.erase(begin, blanks - begin);
}

void person_name(std::uint64_t bits, std::string& out) {
  out += pick(first_names, upper_below(bits, first_names.size()));
  out += ' ';
  out += pick(last_names, lower_below(bits, last_names.size()));
}

void email_address(std::uint64_t bits, std::string& out) {
  random_sequence random(bits);
  random_text(random, 7, ' ', out);
  out += '@';
  random_text(random, 5, ' ', out);
  out += ".com";
}

void credit_card(std::uint64_t bits, std::string& out) {
  random_sequence random(bits);
  for (int i = 0; i < 4; ++i) {
    if (i > 0)
      out += ' ';
    auto block = std::to_string(10'000 + random.below(10'000));
    out += std::string_view(block).substr(1);
  }
}

std::string_view city(std::uint64_t bits) {
  return pick(cities, upper_below(bits, cities.size()));
}

std::string_view state(std::uint64_t bits) {
  return pick(states, upper_below(bits, states.size()));
}

} // namespace herald::nexmark
