#include "engine/operators/watermark_state.hpp"

#include "engine/columnar/scalar.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view watermark_table = "watermark";

} // namespace

absl::Status write_watermark(event_time watermark, key_group_range owned,
                             state_writer& writer) {
  if (watermark == time_min)
    return absl::OkStatus();
  const auto type = data_type::of(type_kind::bigint);
  const auto layout = std::make_shared<schema>(schema{{{"watermark", type}}});
  const auto row = make_batch(layout, {repeat(scalar{type, watermark}, 1)}, 1);
  for (int k = owned.begin; k < owned.end; ++k)
    HERALD_TRY(writer.put(watermark_table, k, *row));
  return absl::OkStatus();
}

absl::Status read_watermark(const state_reader& reader, key_group_range owned,
                            event_time& watermark) {
  return reader.read(watermark_table, owned, [&](int, const batch_ptr& rows) {
    watermark = std::max(watermark, rows->columns[0]->as<event_time>()[0]);
    return absl::OkStatus();
  });
}

} // namespace herald
