#pragma once

#include "cluster/gateway/requests.hpp"
#include "engine/common/error.hpp"
#include "schemas/herald.capnp.h"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <absl/status/status.h>
#include <capnp/blob.h>
#include <capnp/list.h>
#include <fmt/format.h>

// Pieces that the readers and writers of requests and answers share: texts
// with a bound, enumerators that are equal by number, options, lists. Used
// only by the wire_*.cpp files, on any thread.

namespace herald::gateway::wire {

inline std::string_view view(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

inline std::string text(capnp::Text::Reader in) {
  return std::string(view(in));
}

/// Copies a text of at most `limit` bytes of UTF-8 into `out`; the error
/// names the field.
absl::Status take_text(std::string_view field, capnp::Text::Reader in,
                       std::size_t limit, std::string& out);

/// Like `take_text`, and refuses an empty text.
absl::Status take_name(std::string_view field, capnp::Text::Reader in,
                       std::string& out);

/// Takes at most `max_options` options.
absl::Status take_options(capnp::List<protocol::Option>::Reader in,
                          std::vector<option>& out);

/// Takes an enumerator that this program knows: below `count`.
template <class To, class From>
absl::Status take_enum(std::string_view field, From in, unsigned count,
                       To& out) {
  auto number = static_cast<unsigned>(in);
  if (number >= count)
    return user_error(fmt::format("{} has the unknown value {}", field, number),
                      "is the client newer than this node?");
  out = static_cast<To>(number);
  return absl::OkStatus();
}

/// Reads an enumerator of an answer; one of a newer node becomes the first.
template <class To, class From>
To known(From in, unsigned count) {
  auto number = static_cast<unsigned>(in);
  return static_cast<To>(number < count ? number : 0);
}

template <class To, class From>
To same(From in) {
  return static_cast<To>(static_cast<unsigned>(in));
}

void write_options(capnp::List<protocol::Option>::Builder out,
                   const std::vector<option>& options);

/// Numbers of enumerators, checked against the schema where they are used.
inline constexpr unsigned job_states = 5;
inline constexpr unsigned job_kinds = 4;
inline constexpr unsigned formats = 2;
inline constexpr unsigned wanted_states = 2;
inline constexpr unsigned task_states = 8;
inline constexpr unsigned rule_states = 5;
inline constexpr unsigned member_states = 4;

} // namespace herald::gateway::wire
