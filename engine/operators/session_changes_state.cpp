#include "engine/columnar/builder.hpp"
#include "engine/columnar/hash.hpp"
#include "engine/operators/session_changes.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <numeric>

// State of session_changes_operator: one row a piece, and one a session that
// was given. It is flushed before, so nothing is held back.

namespace herald {

namespace {

constexpr std::string_view pieces_table = "pieces";
constexpr std::string_view given_table = "given";

/// One BIGINT column from `get(x)` of every part.
template <class T, class Get>
column_ptr numbers(std::span<const T> part, Get get) {
  fixed_builder<std::int64_t> result(data_type::of(type_kind::bigint));
  for (const auto& x : part)
    result.push(get(x));
  return result.finish();
}

std::vector<column_ptr> behind(const batch& saved, std::size_t count) {
  return {saved.columns.begin() + static_cast<std::ptrdiff_t>(count),
          saved.columns.end()};
}

} // namespace

absl::Status session_changes_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  const auto keys_of = [&](auto part, auto get) {
    std::vector<std::int32_t> keys;
    for (const auto& x : part)
      keys.push_back(get(x).key);
    return pieces_.index().keys(keys);
  };
  using piece = session_pieces::piece_ref;
  HERALD_TRY(for_each_part(pieces_.by_key_group(), [&](int k, auto part) {
    auto columns = keys_of(part, [](const piece& x) { return x.piece; });
    columns.push_back(
        numbers(part, [](const piece& x) { return x.piece.first; }));
    columns.push_back(
        numbers(part, [](const piece& x) { return x.piece.last; }));
    columns.push_back(numbers(part, [](const piece& x) { return x.rows; }));
    std::vector<std::int32_t> slots;
    for (const auto& x : part)
      slots.push_back(x.slot);
    for (auto& x : states_.partials(slots))
      columns.push_back(std::move(x));
    return writer.put(pieces_table, k,
                      *make_batch(pieces_layout_, std::move(columns),
                                  static_cast<std::int64_t>(part.size())));
  }));
  HERALD_TRY(states_.status());
  using entry = given_sessions::entry;
  const auto given = given_.by_key_group(pieces_.index());
  return for_each_part(given, [&](int k, auto part) {
    auto columns = keys_of(part, [](const entry& x) { return x.run; });
    columns.push_back(
        numbers(part, [](const entry& x) { return x.run.first; }));
    columns.push_back(numbers(part, [](const entry& x) { return x.run.last; }));
    for (auto& x : given_.results(part))
      columns.push_back(std::move(x));
    return writer.put(given_table, k,
                      *make_batch(given_layout_, std::move(columns),
                                  static_cast<std::int64_t>(part.size())));
  });
}

absl::Status session_changes_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  const auto key_count = spec_.keys.size();
  std::vector<int> key_columns(key_count);
  std::iota(key_columns.begin(), key_columns.end(), 0);
  const auto find_keys = [&](const batch& saved) {
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved.rows));
    hash_rows(saved, key_columns, hashes);
    pieces_.find_keys(saved, key_columns, hashes, keys_);
  };
  HERALD_TRY(reader.read(pieces_table, owned, [&](int, const batch_ptr& saved) {
    find_keys(*saved);
    const auto first = saved->columns[key_count]->as<event_time>();
    const auto last = saved->columns[key_count + 1]->as<event_time>();
    const auto rows = saved->columns[key_count + 2]->as<std::int64_t>();
    slots_.clear();
    for (std::size_t i = 0; i < keys_.size(); ++i)
      slots_.push_back(pieces_.open(keys_[i], first[i], last[i], rows[i]));
    states_.resize(pieces_.capacity());
    states_.merge(behind(*saved, key_count + 3), slots_);
    return states_.status();
  }));
  return reader.read(given_table, owned, [&](int, const batch_ptr& saved) {
    find_keys(*saved);
    const auto first = saved->columns[key_count]->as<event_time>();
    const auto last = saved->columns[key_count + 1]->as<event_time>();
    std::vector<session_run> runs;
    for (std::size_t i = 0; i < keys_.size(); ++i)
      runs.push_back({keys_[i], first[i], last[i]});
    given_.add(runs, behind(*saved, key_count + 2));
    return absl::OkStatus();
  });
}

std::int64_t session_changes_operator::state_bytes() const {
  const auto pieces = pieces_.memory_bytes();
  return pieces == 0 ? 0
                     : pieces + states_.memory_bytes() + totals_.memory_bytes()
                           + given_.memory_bytes();
}

} // namespace herald
