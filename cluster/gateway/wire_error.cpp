#include "cluster/gateway/wire_error.hpp"

#include "cluster/gateway/limits.hpp"
#include "engine/common/cut_text.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <array>

#include <simdjson.h>

namespace herald::gateway {

namespace {

struct code_row {
  absl::StatusCode status;
  protocol::ErrorCode wire;
  unsigned http;
};

using absl::StatusCode;
using protocol::ErrorCode;

/// In the order of `ErrorCode`, so that a code is its own index.
constexpr std::array<code_row, 16> code_table{{
    {StatusCode::kUnknown, ErrorCode::UNKNOWN, 500},
    {StatusCode::kCancelled, ErrorCode::CANCELLED, 409},
    {StatusCode::kInvalidArgument, ErrorCode::INVALID_ARGUMENT, 400},
    {StatusCode::kDeadlineExceeded, ErrorCode::DEADLINE_EXCEEDED, 504},
    {StatusCode::kNotFound, ErrorCode::NOT_FOUND, 404},
    {StatusCode::kAlreadyExists, ErrorCode::ALREADY_EXISTS, 409},
    {StatusCode::kPermissionDenied, ErrorCode::PERMISSION_DENIED, 403},
    {StatusCode::kUnauthenticated, ErrorCode::UNAUTHENTICATED, 401},
    {StatusCode::kResourceExhausted, ErrorCode::RESOURCE_EXHAUSTED, 429},
    {StatusCode::kFailedPrecondition, ErrorCode::FAILED_PRECONDITION, 409},
    {StatusCode::kAborted, ErrorCode::ABORTED, 409},
    {StatusCode::kOutOfRange, ErrorCode::OUT_OF_RANGE, 400},
    {StatusCode::kUnimplemented, ErrorCode::UNIMPLEMENTED, 501},
    {StatusCode::kInternal, ErrorCode::INTERNAL, 500},
    {StatusCode::kUnavailable, ErrorCode::UNAVAILABLE, 503},
    {StatusCode::kDataLoss, ErrorCode::DATA_LOSS, 500},
}};

const code_row& row_of(protocol::ErrorCode code) {
  auto index = static_cast<std::size_t>(code);
  return code_table[index < code_table.size() ? index : 0];
}

const code_row& row_of(absl::StatusCode code) {
  for (const auto& row : code_table)
    if (row.status == code)
      return row;
  return code_table[0];
}

} // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string result(cut_text(text, limit));
  if (!is_utf8(result))
    std::replace_if(
        result.begin(), result.end(), [](char c) { return (c & 0x80) != 0; },
        '?');
  return result;
}

void write_error(protocol::Error::Builder out, const absl::Status& status) {
  auto where = position_of(status);
  out.setCode(row_of(status.code()).wire);
  out.setMessage(clean_text(message_of(status), max_error_bytes));
  out.setLine(where.line);
  out.setColumn(where.column);
  out.setHint(clean_text(hint_of(status), max_error_bytes));
}

absl::Status read_error(protocol::Error::Reader in) {
  text_position where{in.getLine(), in.getColumn(), 0, 0};
  auto message = in.getMessage();
  auto hint = in.getHint();
  return placed_error(row_of(in.getCode()).status,
                      {message.begin(), message.size()}, where,
                      {hint.begin(), hint.size()});
}

unsigned http_status(absl::StatusCode code) {
  return row_of(code).http;
}

} // namespace herald::gateway
