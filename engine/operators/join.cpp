#include "engine/operators/join.hpp"

#include "engine/operators/filter.hpp"
#include "engine/operators/row_parts.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::string_view side_tables[] = {"left", "right"};

join_side make_side(const join_spec& spec, int side, schema_ptr layout) {
  join_side_options options;
  options.keys = side == 0 ? spec.left_keys : spec.right_keys;
  options.life = side == 0 ? spec.left_life : spec.right_life;
  options.ttl_ms
      = (side == 0 ? spec.left_ttl_ms : spec.right_ttl_ms).value_or(0);
  options.retracts = side == 0 ? spec.left_retracts : spec.right_retracts;
  options.counts = side == 0 ? keeps_left(spec.type) || is_filter(spec.type)
                             : keeps_right(spec.type);
  if (spec.place == join_place::by_key)
    options.spread = options.keys;
  else if (spec.place == join_place::right_everywhere && side == 0)
    options.spread = spec.left_spread;
  return {std::move(layout), std::move(options)};
}

/// Keys that NULL does not equal, and times.
std::vector<int> columns_needed(const join_spec& spec, int side) {
  std::vector<int> result;
  const auto& keys = side == 0 ? spec.left_keys : spec.right_keys;
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (spec.null_safe.empty() || !spec.null_safe[i])
      result.push_back(keys[i]);
  if (spec.bound)
    result.push_back(side == 0 ? spec.bound->left_time
                               : spec.bound->right_time);
  const auto& life = side == 0 ? spec.left_life : spec.right_life;
  if (life)
    result.push_back(life->column);
  return result;
}

} // namespace

join_operator::join_operator(join_spec spec, schema_ptr left, schema_ptr right,
                             schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)), inputs_{left, right},
      sides_{make_side(spec_, 0, left), make_side(spec_, 1, right)},
      needed_{columns_needed(spec_, 0), columns_needed(spec_, 1)},
      existence_(is_filter(spec_.type) && !spec_.right_retracts
                 && !spec_.residual && !spec_.bound && !spec_.right_life),
      all_columns_(left->fields.size() + right->fields.size()),
      sets_apart_(!spec_.left_keys.empty() && !spec_.bound && !spec_.left_life
                  && !spec_.right_life) {
  std::iota(all_columns_.begin(), all_columns_.end(), 0);
  if (!spec_.residual)
    return;
  collect_columns(*spec_.residual, residual_columns_);
  std::sort(residual_columns_.begin(), residual_columns_.end());
  residual_columns_.erase(
      std::unique(residual_columns_.begin(), residual_columns_.end()),
      residual_columns_.end());
  std::vector<expr_ptr> places(all_columns_.size());
  auto narrow = std::make_shared<schema>();
  for (auto i : residual_columns_) {
    const auto at = static_cast<std::size_t>(i);
    const auto& field = at < left->fields.size()
                            ? left->fields[at]
                            : right->fields[at - left->fields.size()];
    places[at] = make_column(static_cast<int>(narrow->fields.size()),
                             field.type, field.name);
    narrow->fields.push_back(field);
  }
  residual_ = substitute(spec_.residual, places);
  residual_layout_ = std::move(narrow);
}

void join_operator::begin(probe& x) {
  x.begun = true;
  if (existence_ && x.input == 1)
    x.rows = new_keys(x.rows);
  const auto& mine = sides_[x.input];
  x.hashes.resize(static_cast<std::size_t>(x.rows->rows));
  hash_rows(*x.rows, keys(x.input), x.hashes);
  x.counts.resize(x.hashes.size());
  if (spec_.bound)
    x.times = times_of(*x.rows->columns[static_cast<std::size_t>(
        x.input == 0 ? spec_.bound->left_time : spec_.bound->right_time)]);
  x.cursor = sides_[1 - x.input].find(*x.rows, mine.options().keys, x.hashes);
}

/// The rows whose keys this side has not seen.
batch_ptr join_operator::new_keys(const batch_ptr& rows) const {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, keys(1), hashes);
  const auto known = sides_[1].find(*rows, keys(1), hashes);
  return rows_where(rows, [&](std::size_t i) { return known.groups[i] < 0; });
}

/// What pairs change: they come or go, and with them the rows of the other
/// side that met nothing before, or meet nothing after.
absl::Status join_operator::meet(probe& x, join_matches& pairs, output& out) {
  if (spec_.bound)
    keep_in_bound(x, pairs);
  HERALD_TRY(keep_passing(x, pairs));
  if (pairs.probe.empty())
    return absl::OkStatus();
  const auto other = 1 - x.input;
  const auto turned = count(x, pairs);
  if (is_filter(spec_.type))
    return other == 0 ? emit_turned(x.removal, turned, out) : absl::OkStatus();
  const bool changes = keeps(other) && !mortal(other) && !turned.empty();
  if (changes && !x.removal) {
    HERALD_TRY(emit_stored(other, turned, change::remove, out));
  }
  HERALD_TRY(emit_pairs(x, pairs, out));
  if (changes && x.removal) {
    HERALD_TRY(emit_stored(other, turned, change::insert, out));
  }
  return absl::OkStatus();
}

/// Left rows of a semi or anti join whose only right row came or went.
absl::Status join_operator::emit_turned(bool removal,
                                        const std::vector<std::int32_t>& rows,
                                        output& out) {
  const bool semi = spec_.type == join_type::semi;
  if (!rows.empty() && (semi || !mortal(0))) {
    HERALD_TRY(emit_stored(
        0, rows, semi == removal ? change::remove : change::insert, out));
  }
  if (existence_ && (!semi || !spec_.left_retracts))
    for (const auto row : rows)
      sides_[0].erase(row);
  return absl::OkStatus();
}

/// Gives the rows themselves where that depends on how many they met, and
/// keeps them.
absl::Status join_operator::finish(probe& x, output& out) {
  const auto over = sides_[x.input].lives_of(*x.rows);
  const auto is_over
      = [&](std::size_t i) { return !over.empty() && over[i] <= watermark_; };
  if (counts(x.input)) {
    const bool semi = spec_.type == join_type::semi;
    const bool later = !semi && mortal(x.input);
    const auto given = rows_where(x.rows, [&](std::size_t i) {
      return (x.counts[i] == 0) != semi
             && (!later || (!x.removal && is_over(i)));
    });
    HERALD_TRY(emit_alone(x.input, given, out));
  }
  if (x.removal)
    return absl::OkStatus();
  const bool forgets
      = existence_ && x.input == 0
        && (spec_.type == join_type::anti || !spec_.left_retracts);
  row_list kept;
  for (std::size_t i = 0; i < x.hashes.size(); ++i)
    if (is_over(i)) // what comes later need not meet it
      counters_.rows_late
          += x.times.empty() || x.times[i] <= watermark_ ? 1 : 0;
    else if (!forgets || x.counts[i] == 0)
      kept.push_back(static_cast<std::int32_t>(i));
  return remember(x, kept);
}

absl::Status join_operator::remember(const probe& x, const row_list& kept) {
  auto& side = sides_[x.input];
  if (kept.size() == x.hashes.size()) {
    side.insert(*x.rows, x.hashes, x.counts);
  } else {
    std::vector<std::uint64_t> hashes;
    std::vector<std::int32_t> met;
    for (const auto row : kept) {
      hashes.push_back(x.hashes[static_cast<std::size_t>(row)]);
      met.push_back(x.counts[static_cast<std::size_t>(row)]);
    }
    side.insert(*take(*x.rows, kept), hashes, met);
  }
  const bool everywhere
      = spec_.place == join_place::right_everywhere && x.input == 1;
  if ((!spec_.left_keys.empty() && !everywhere)
      || side.size() <= keyless_rows_max)
    return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format(
      "a join {} keeps more than {} rows of its {} side",
      everywhere ? "whose right side is broadcast" : "without an equality",
      keyless_rows_max, side_tables[x.input]));
}

absl::Status join_operator::write(state_writer& writer) const {
  HERALD_TRY(sides_[0].write(side_tables[0], writer));
  if (spec_.place == join_place::right_everywhere && context_.subtask != 0)
    return absl::OkStatus();
  return sides_[1].write(side_tables[1], writer);
}

absl::Status join_operator::read(const state_reader& reader) {
  const auto mine = context_.key_groups_owned();
  HERALD_TRY(sides_[0].read(side_tables[0], mine, reader));
  return sides_[1].read(
      side_tables[1],
      spec_.place == join_place::right_everywhere ? key_group_range{} : mine,
      reader);
}

std::int64_t join_operator::state_bytes() const {
  auto result = sides_[0].memory_bytes() + sides_[1].memory_bytes();
  for (const auto& x : held_)
    if (x.rows)
      result += memory_bytes(*x.rows);
  return result;
}

} // namespace herald
