#include "engine/connectors/read_all.hpp"

#include "engine/common/error.hpp"

namespace herald {

absl::Status read_all(const connector& from, source_context context,
                      std::int64_t rows, doorbell& bell,
                      const std::function<absl::Status(batch_ptr)>& take) {
  HERALD_ASSIGN(auto reader, from.make_reader(std::move(context)));
  HERALD_TRY(reader->open([&bell] { bell.ring(); }));
  for (;;) {
    HERALD_ASSIGN(auto event, reader->poll(rows));
    if (std::holds_alternative<source_finished>(event))
      return absl::OkStatus();
    if (auto* given = std::get_if<source_rows>(&event)) {
      if (given->rows && given->rows->rows > 0)
        HERALD_TRY(take(std::move(given->rows)));
    } else {
      bell.wait();
      HERALD_TRY(take(nullptr));
    }
  }
}

} // namespace herald
