#include "engine/plan/call_arguments.hpp"

#include "engine/common/error.hpp"
#include "engine/plan/catalog_list.hpp"
#include "engine/plan/settings.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

absl::Status no_argument(const sql::identifier& name,
                         std::span<const argument_place> places,
                         std::string_view usage) {
  std::vector<std::string> names;
  for (const auto& x : places)
    names.push_back(x.name);
  const auto near = did_you_mean(name.name, names);
  return user_error(name.where, fmt::format("no argument '{}' here", name.name),
                    near.empty() ? std::string(usage) : near);
}

} // namespace

absl::Status place_arguments(const sql::call& x,
                             std::span<const argument_place> places,
                             std::string_view usage) {
  std::size_t next = 0;
  for (const auto& arg : x.args) {
    const auto* named = arg->as<sql::named_argument>();
    if (!named && next >= places.size())
      return user_error(arg->where, "too many arguments", std::string(usage));
    const auto at
        = named ? std::find_if(places.begin(), places.end(),
                               [&](const auto& place) {
                                 return settings::same_word(place.name,
                                                            named->name.name);
                               })
                : places.begin() + static_cast<std::ptrdiff_t>(next++);
    if (at == places.end())
      return no_argument(named->name, places, usage);
    if (*at->value)
      return user_error(arg->where,
                        fmt::format("argument '{}' is given twice", at->name),
                        std::string(usage));
    const auto* value = named ? named->value.get() : arg.get();
    const auto* word = value->as<sql::keyword_argument>();
    if (!word || word->word != "DEFAULT")
      *at->value = value;
  }
  return absl::OkStatus();
}

} // namespace herald
