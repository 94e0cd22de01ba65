#include "cep/compiled_rule.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

// Any text: it is a rule, bound to a table or refused with a place inside the
// text, or it is refused.

namespace {

using namespace herald;

[[noreturn]] void report(std::string_view what, const absl::Status& status) {
  fmt::print(stderr, "{}: {}\n", what, message_of(status));
  std::abort();
}

void check_place(const absl::Status& status, std::string_view text) {
  auto where = position_of(status);
  auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  if (where.line > static_cast<std::uint64_t>(lines) + 1)
    report("an error behind the text", status);
}

schema source() {
  return {{{"ts", data_type::timestamp(3)},
           {"k", data_type::of(type_kind::bigint)},
           {"v", data_type::of(type_kind::integer)},
           {"t", data_type::of(type_kind::varchar)}}};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto rule = parse_rule(text);
  if (!rule.ok()) {
    check_place(rule.status(), text);
    return 0;
  }
  static const auto layout = source();
  auto compiled = compile_rule(*rule, layout, 0);
  if (!compiled.ok()) {
    check_place(compiled.status(), text);
    return 0;
  }
  if (!carries_over(**compiled, **compiled))
    report("a rule does not carry over to itself", absl::OkStatus());
  return 0;
}
