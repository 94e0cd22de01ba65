#include "engine/state/state_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

// Bytes of a snapshot that come from a disk: as they are, and as the frames
// of a stream whose head and end are right, so that more than the checksum is
// tried.

namespace {

template <class T>
void put_number(std::string& out, T x) {
  out.append(reinterpret_cast<const char*>(&x), sizeof x);
}

std::string whole_stream(std::string_view frames, std::uint64_t count) {
  std::string result = "HERALDST";
  put_number(result, std::uint32_t{1});
  result += frames;
  put_number(result, std::uint8_t{0});
  put_number(result, count);
  auto checksum = crc32_z(
      0, reinterpret_cast<const unsigned char*>(result.data()), result.size());
  put_number(result, static_cast<std::uint32_t>(checksum));
  return result;
}

void read(std::string stream) {
  using namespace herald;
  auto reader = state_stream_reader::open({std::move(stream)});
  if (!reader.ok())
    return;
  for (const auto& table : (*reader)->tables())
    (void)(*reader)->read(table, {}, [](int, const batch_ptr& rows) {
      return rows->rows < 0 ? absl::InternalError("") : absl::OkStatus();
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read(std::string(bytes));
  if (!bytes.empty())
    read(whole_stream(bytes.substr(1), data[0]));
  return 0;
}
