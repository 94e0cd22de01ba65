#include "engine/expr/zone.hpp"

#include "engine/columnar/civil.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace herald {

namespace {

/// Java's older classes have one offset before.
constexpr auto first_java_change
    = days_from_civil(1900, 1, 1) * seconds_per_day;

/// Reads "+08:00", "+8", "+0800" as seconds.
std::optional<int> parse_offset(std::string_view text) {
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-'))
    return std::nullopt;
  std::string digits;
  for (auto c : text.substr(1)) {
    if (c == ':' && !digits.empty())
      continue;
    if (c < '0' || c > '9')
      return std::nullopt;
    digits += c;
  }
  if (digits.size() > 4)
    return std::nullopt;
  if (digits.size() <= 2)
    digits += "00";
  auto number = std::stoi(digits);
  if (number / 100 > 18 || number % 100 > 59)
    return std::nullopt;
  auto seconds = (number / 100 * 60 + number % 100) * 60;
  return text[0] == '-' ? -seconds : seconds;
}

/// Java's names of three letters for places; EST, MST and HST are IANA's too.
std::string long_name(const std::string& name) {
  static constexpr std::pair<std::string_view, std::string_view> names[]
      = {{"ACT", "Australia/Darwin"},
         {"AET", "Australia/Sydney"},
         {"AGT", "America/Argentina/Buenos_Aires"},
         {"ART", "Africa/Cairo"},
         {"AST", "America/Anchorage"},
         {"BET", "America/Sao_Paulo"},
         {"BST", "Asia/Dhaka"},
         {"CAT", "Africa/Harare"},
         {"CNT", "America/St_Johns"},
         {"CST", "America/Chicago"},
         {"CTT", "Asia/Shanghai"},
         {"EAT", "Africa/Addis_Ababa"},
         {"ECT", "Europe/Paris"},
         {"IET", "America/Indiana/Indianapolis"},
         {"IST", "Asia/Kolkata"},
         {"JST", "Asia/Tokyo"},
         {"MIT", "Pacific/Apia"},
         {"NET", "Asia/Yerevan"},
         {"NST", "Pacific/Auckland"},
         {"PLT", "Asia/Karachi"},
         {"PNT", "America/Phoenix"},
         {"PRT", "America/Puerto_Rico"},
         {"PST", "America/Los_Angeles"},
         {"SST", "Pacific/Guadalcanal"},
         {"VST", "Asia/Ho_Chi_Minh"}};
  for (const auto& [from, to] : names)
    if (name == from)
      return std::string(to);
  return name;
}

std::optional<absl::TimeZone> find_zone(const std::string& name) {
  std::string_view rest = name;
  for (std::string_view prefix : {"GMT", "UTC", "UT"})
    if (rest.starts_with(prefix) && rest.size() > prefix.size()) {
      rest.remove_prefix(prefix.size());
      break;
    }
  if (auto offset = parse_offset(rest))
    return absl::FixedTimeZone(*offset);
  absl::TimeZone result;
  if (absl::LoadTimeZone(long_name(name), &result))
    return result;
  return std::nullopt;
}

} // namespace

zone::zone(const std::string& name) : zone_(absl::UTCTimeZone()) {
  if (auto found = find_zone(name))
    zone_ = *found;
  else
    known_ = false;
}

void zone::look_up(std::int64_t utc) {
  auto time = absl::FromUnixSeconds(utc);
  offset_ = zone_.At(time).offset;
  begin_ = std::numeric_limits<std::int64_t>::min();
  end_ = std::numeric_limits<std::int64_t>::max();
  auto instant_of = [&](absl::CivilSecond local) {
    return (local - absl::CivilSecond(1970, 1, 1)) - offset_;
  };
  // A transition is written as the local time before and after it; the one
  // that belongs to this stretch goes with its offset.
  absl::TimeZone::CivilTransition change;
  if (zone_.NextTransition(time, &change))
    end_ = instant_of(change.from);
  if (zone_.PrevTransition(time + absl::Seconds(1), &change))
    begin_ = instant_of(change.to);
}

std::int64_t zone::java_offset_at(std::int64_t utc) {
  if (utc >= first_java_change)
    return offset_at(utc);
  constexpr auto winter = days_from_civil(2037, 1, 1) * seconds_per_day;
  constexpr auto summer = days_from_civil(2037, 7, 1) * seconds_per_day;
  return std::min(offset_at(winter), offset_at(summer));
}

std::int64_t zone::java_to_utc(std::int64_t local) {
  if (local < first_java_change)
    return local - java_offset_at(local);
  return to_utc(local, 1, repeated_hour::second);
}

std::string zone::abbreviation_at(std::int64_t utc) const {
  return zone_.At(absl::FromUnixSeconds(utc)).zone_abbr;
}

std::int64_t zone::local_offset_at(std::int64_t local, repeated_hour choice) {
  // Sure if a day around has one offset, which is nearly always so.
  auto offset = offset_at(local - offset_);
  if (local - offset - seconds_per_day >= begin_
      && local - offset + seconds_per_day < end_)
    return offset;
  auto date = civil_from_days(floor_div(local, seconds_per_day));
  absl::CivilSecond civil(date.year, date.month, date.day, 0, 0,
                          floor_mod(local, seconds_per_day));
  auto info = zone_.At(civil);
  auto later = info.kind == absl::TimeZone::TimeInfo::REPEATED
               && choice == repeated_hour::second;
  return local - absl::ToUnixSeconds(later ? info.post : info.pre);
}

} // namespace herald
