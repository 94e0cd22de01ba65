#include "engine/serving/duckdb_error.hpp"

#include "engine/common/error.hpp"

#include <charconv>

#include <fmt/format.h>
#include <simdjson.h>

namespace herald {

namespace {

/// The place of the byte at `offset`; columns count characters.
text_position place_at(std::string_view sql, std::size_t offset) {
  text_position result{1, 1, static_cast<std::uint32_t>(offset), 1};
  for (auto c : sql.substr(0, offset)) {
    if (c == '\n') {
      ++result.line;
      result.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++result.column;
    }
  }
  return result;
}

absl::StatusCode code_of(std::string_view type) {
  if (type == "INTERRUPT")
    return absl::StatusCode::kCancelled;
  if (type == "Out of Memory")
    return absl::StatusCode::kResourceExhausted;
  if (type == "INTERNAL" || type == "FATAL")
    return absl::StatusCode::kInternal;
  return absl::StatusCode::kInvalidArgument;
}

} // namespace

absl::Status duckdb_error(std::string_view text, std::string_view sql) {
  auto begin = text.find('{');
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view type;
  std::string_view message;
  if (begin == text.npos
      || parser.parse(simdjson::padded_string(text.substr(begin))).get(root)
      || root["exception_type"].get(type)
      || root["exception_message"].get(message))
    return absl::InvalidArgumentError(
        absl::string_view(text.data(), text.size()));
  std::string_view position;
  std::size_t offset = 0;
  auto placed = !root["position"].get(position)
                && std::from_chars(position.data(),
                                   position.data() + position.size(), offset)
                           .ec
                       == std::errc()
                && offset <= sql.size();
  if (!placed)
    return placed_error(code_of(type), message, {});
  auto where = place_at(sql, offset);
  return placed_error(
      code_of(type),
      fmt::format("line {}, column {}: {}", where.line, where.column, message),
      where);
}

} // namespace herald
