#include "engine/state/state_stream.hpp"

#include "engine/columnar/arrow_bridge.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <cstring>
#include <set>

#include <fmt/format.h>
#include <zlib.h>

namespace herald {

namespace {

constexpr std::string_view magic = "HERALDST";
constexpr std::uint32_t version = 1;

enum class mark : std::uint8_t { end = 0, frame = 1 };

template <class T>
void put_number(std::string& out, T x) {
  out.append(reinterpret_cast<const char*>(&x), sizeof x);
}

template <class T>
bool take_number(std::string_view& in, T& x) {
  if (in.size() < sizeof x)
    return false;
  std::memcpy(&x, in.data(), sizeof x);
  in.remove_prefix(sizeof x);
  return true;
}

std::uint32_t add_checksum(std::uint32_t before, std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const unsigned char*>(bytes.data()),
              bytes.size()));
}

absl::Status damaged(std::string_view why) {
  return absl::DataLossError(fmt::format("state is damaged: {}", why));
}

} // namespace

// -- writing ------------------------------------------------------------------

state_stream_writer::state_stream_writer(byte_sink out,
                                         std::size_t frame_bytes_max)
    : out_(std::move(out)), frame_bytes_max_(frame_bytes_max) {}

absl::Status state_stream_writer::send(std::string_view bytes) {
  if (!begun_) {
    begun_ = true;
    std::string head{magic};
    put_number(head, version);
    HERALD_TRY(send(head));
  }
  checksum_ = add_checksum(checksum_, bytes);
  return out_(bytes);
}

absl::Status state_stream_writer::put(std::string_view table, int key_group,
                                      const batch& rows) {
  HERALD_CHECK(!finished_, "the stream has its end mark");
  HERALD_CHECK_LE(table.size(), state_name_max);
  HERALD_CHECK(key_group_range{}.contains(key_group), key_group);
  auto bytes = encode_ipc(rows);
  if (bytes.size() > frame_bytes_max_) {
    if (rows.rows <= 1)
      return absl::ResourceExhaustedError(
          fmt::format("a row of state takes {} bytes, more than {}",
                      bytes.size(), frame_bytes_max_));
    auto half = rows.rows / 2;
    HERALD_TRY(put(table, key_group, *slice(rows, 0, half)));
    return put(table, key_group, *slice(rows, half, rows.rows - half));
  }
  std::string head;
  put_number(head, mark::frame);
  put_number(head, static_cast<std::uint8_t>(table.size()));
  put_number(head, static_cast<std::uint16_t>(key_group));
  put_number(head, static_cast<std::uint32_t>(bytes.size()));
  head += table;
  ++frames_;
  HERALD_TRY(send(head));
  return send(bytes);
}

absl::Status state_stream_writer::finish() {
  HERALD_CHECK(!finished_, "the stream has its end mark");
  finished_ = true;
  std::string end;
  put_number(end, mark::end);
  put_number(end, frames_);
  HERALD_TRY(send(end));
  std::string checksum;
  put_number(checksum, checksum_);
  return out_(checksum);
}

// -- reading ------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<state_stream_reader>>
state_stream_reader::open(std::vector<std::string> streams) {
  if (streams.size() > state_streams_max)
    return damaged(fmt::format("{} streams, at most {} are possible",
                               streams.size(), state_streams_max));
  auto result = std::make_unique<state_stream_reader>();
  result->streams_ = std::move(streams);
  for (std::size_t i = 0; i < result->streams_.size(); ++i) {
    auto status = result->index(result->streams_[i]);
    if (!status.ok())
      return annotate(status, fmt::format("stream {}", i));
  }
  return result;
}

absl::Status state_stream_reader::index(std::string_view stream) {
  auto rest = stream;
  std::uint32_t found_version = 0;
  if (!rest.starts_with(magic))
    return damaged("it does not begin as state does");
  rest.remove_prefix(magic.size());
  if (!take_number(rest, found_version))
    return damaged("it ends early");
  if (found_version != version)
    return absl::FailedPreconditionError(
        fmt::format("state has version {}, this program reads version {}",
                    found_version, version));
  std::uint64_t frames = 0;
  for (;; ++frames) {
    mark kind{};
    if (!take_number(rest, kind))
      return damaged("it ends early");
    if (kind == mark::end)
      break;
    std::uint8_t name = 0;
    std::uint16_t key_group = 0;
    std::uint32_t size = 0;
    if (kind != mark::frame || !take_number(rest, name)
        || !take_number(rest, key_group) || !take_number(rest, size))
      return damaged(fmt::format("frame {} has no valid head", frames));
    if (!key_group_range{}.contains(key_group))
      return damaged(fmt::format("key group {}", key_group));
    if (size > state_frame_bytes_max || rest.size() < std::size_t{name} + size)
      return damaged(fmt::format("frame {} is too long", frames));
    places_.push_back(
        {rest.substr(0, name), key_group, rest.substr(name, size)});
    rest.remove_prefix(std::size_t{name} + size);
  }
  std::uint64_t expected = 0;
  if (!take_number(rest, expected) || expected != frames)
    return damaged("frames are missing");
  auto checked = stream.substr(0, stream.size() - rest.size());
  std::uint32_t checksum = 0;
  if (!take_number(rest, checksum) || !rest.empty())
    return damaged("its end is missing or not its end");
  if (checksum != add_checksum(0, checked))
    return damaged("its checksum is wrong");
  return absl::OkStatus();
}

absl::Status state_stream_reader::read(std::string_view table,
                                       key_group_range range,
                                       const visitor& visit) const {
  for (const auto& x : places_) {
    if (x.table != table || !range.contains(x.key_group))
      continue;
    auto rows = decode_ipc(x.rows);
    if (!rows.ok())
      return annotate(rows.status(), fmt::format("state of table {}", table));
    HERALD_TRY(visit(x.key_group, *rows));
  }
  return absl::OkStatus();
}

std::vector<std::string> state_stream_reader::tables() const {
  std::set<std::string> result;
  for (const auto& x : places_)
    result.emplace(x.table);
  return {result.begin(), result.end()};
}

} // namespace herald
