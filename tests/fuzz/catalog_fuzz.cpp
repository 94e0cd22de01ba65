#include "cluster/catalog.hpp"
#include "engine/common/check.hpp"

#include <cstdint>
#include <string_view>

// Any bytes as a record of the log and as a snapshot. A snapshot that is
// accepted must survive being written and read.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace herald::cluster;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  catalog here;
  (void)follow(here, {1}, bytes);
  auto read = catalog::decode(bytes);
  if (!read.ok())
    return 0;
  auto again = catalog::decode(read->encode());
  HERALD_CHECK(again.ok() && *again == *read, "a snapshot reads as written");
  return 0;
}
