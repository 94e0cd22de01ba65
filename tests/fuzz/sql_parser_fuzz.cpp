#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

// Any text: it parses or is refused with a place, and what it prints as
// parses again and prints the same.

namespace {

using namespace herald::sql;

[[noreturn]] void report(std::string_view what, std::string_view once,
                         std::string_view twice) {
  fmt::print(stderr, "{}\n{}\n{}\n", what, once, twice);
  std::abort();
}

std::string print_all(const std::vector<statement>& script) {
  std::string result;
  for (const auto& entry : script)
    result += to_sql(entry) + ";\n";
  return result;
}

void check_script(std::string_view text) {
  auto parsed = parse_script(text);
  if (!parsed.ok()) {
    if (herald::position_of(parsed.status()).line == 0)
      report("an error without a place", text,
             herald::message_of(parsed.status()));
    return;
  }
  auto once = print_all(*parsed);
  auto again = parse_script(once);
  if (!again.ok())
    report("the print does not parse", once,
           herald::message_of(again.status()));
  if (print_all(*again) != once)
    report("the print is another script", once, print_all(*again));
}

void check_expression(std::string_view text) {
  auto parsed = parse_expression(text);
  if (!parsed.ok())
    return;
  auto once = to_sql(**parsed);
  auto again = parse_expression(once);
  if (!again.ok())
    report("the print does not parse", once,
           herald::message_of(again.status()));
  if (to_sql(**again) != once)
    report("the print is another expression", once, to_sql(**again));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  check_script(text);
  check_expression(text);
  return 0;
}
