#include "engine/columnar/bits.hpp"
#include "engine/connectors/datagen/fields.hpp"
#include "engine/formats/options.hpp"

#include <cstring>
#include <set>

#include <fmt/format.h>

// Arrays, maps, multisets and rows of a 'datagen' table.

namespace herald {

namespace {

/// As often as this a value is in a multiset at most; Flink's, which also
/// makes values that are there 0 times.
constexpr std::uint64_t times_max = 10;

buffer_ptr offsets_of(const std::vector<std::int32_t>& offsets) {
  const auto bytes = offsets.size() * sizeof(std::int32_t);
  auto result = allocate_buffer(static_cast<std::int64_t>(bytes));
  std::memcpy(result->mutable_data(), offsets.data(), bytes);
  return result;
}

} // namespace

std::vector<field> datagen_parts(const field& x) {
  std::vector<field> result;
  if (!x.type.is_nested())
    return result;
  if (x.type.kind() == type_kind::multiset)
    return {{x.name + ".element", x.type.fields().front().type}};
  for (const auto& part : x.type.fields())
    result.push_back({x.name + "." + part.name, part.type});
  return result;
}

absl::Status datagen_field::read_parts(const option_map& options,
                                       std::uint64_t seed) {
  const auto& type = column_.type;
  if (type.is_text() || type.is_bytes())
    inner_ = length_;
  std::int64_t sum = 0;
  for (const auto& x : datagen_parts(column_)) {
    HERALD_ASSIGN(auto made, make(x, options, seed));
    if (made.sequence_)
      return option_error(made.key("kind"),
                          fmt::format("option '{}': only a column can be a "
                                      "sequence",
                                      made.key("kind")));
    sum += made.inner_;
    parts_.push_back(std::move(made));
  }
  if (parts_.empty())
    return absl::OkStatus();
  const auto times = type.kind() == type_kind::row ? 1 : length_;
  if (times > datagen_length_max / sum)
    return user_error(fmt::format("column {} has more than {} values and "
                                  "characters in a row",
                                  column_.name, datagen_length_max));
  inner_ = std::max<std::int64_t>(times * sum, 1);
  const auto& first = parts_.front();
  if (!type.has_entries())
    return absl::OkStatus();
  if (first.column_.type.is_nested())
    return user_error(
        fmt::format("connector 'datagen' makes no keys of type {} (column {})",
                    first.column_.type.to_short_string(), column_.name));
  if (first.null_rate_ > 0)
    return option_error(
        first.key("null-rate"),
        fmt::format("option '{}': there are no NULLs among what a {} holds by "
                    "its value",
                    first.key("null-rate"),
                    type.kind() == type_kind::map ? "MAP" : "MULTISET"));
  return absl::OkStatus();
}

column_ptr datagen_field::values(std::span<const std::int64_t> rows,
                                 std::int64_t now_ms) const {
  if (parts_.empty()) {
    const auto builder = make_builder(column_.type);
    append(*builder, rows, now_ms);
    return builder->finish();
  }
  auto result = std::make_shared<column>();
  if (column_.type.kind() == type_kind::row)
    for (const auto& part : parts_)
      result->children.push_back(part.values(rows, now_ms));
  else
    result = lists(rows, now_ms);
  result->type = column_.type;
  result->length = static_cast<std::int64_t>(rows.size());
  if (null_rate_ == 0)
    return result;
  const auto bytes = (rows.size() + 7) / 8;
  auto validity = allocate_buffer(static_cast<std::int64_t>(bytes));
  std::memset(validity->mutable_data(), 0, bytes);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (is_null(rows[i]))
      ++result->null_count;
    else
      set_bit(validity->mutable_data(), static_cast<std::int64_t>(i));
  if (result->null_count > 0)
    result->validity = std::move(validity);
  return result;
}

/// Arrays, maps and multisets. A key that comes again in one is left out, so
/// that a map may be shorter.
std::shared_ptr<column> datagen_field::lists(std::span<const std::int64_t> rows,
                                             std::int64_t now_ms) const {
  std::vector<std::int64_t> numbers;
  for (const auto row : rows)
    for (std::int64_t i = 0; i < length_; ++i)
      numbers.push_back(static_cast<std::int64_t>(
          static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(length_)
          + static_cast<std::uint64_t>(i)));
  auto first = parts_[0].values(numbers, now_ms);
  std::vector<std::int32_t> offsets{0};
  auto result = std::make_shared<column>();
  if (column_.type.kind() == type_kind::array) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      offsets.push_back(offsets.back() + static_cast<std::int32_t>(length_));
    result->values = offsets_of(offsets);
    result->children.push_back(std::move(first));
    return result;
  }
  row_list kept;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::set<std::string> known;
    for (std::int64_t k = 0; k < length_; ++k) {
      const auto at = static_cast<std::int64_t>(i) * length_ + k;
      if (known.insert(to_string(value_at(*first, at))).second)
        kept.push_back(static_cast<std::int32_t>(at));
    }
    offsets.push_back(static_cast<std::int32_t>(kept.size()));
  }
  auto entries = std::make_shared<column>();
  entries->type = column_.type.element();
  entries->length = static_cast<std::int64_t>(kept.size());
  entries->children = {take(*first, kept), entry_values(numbers, kept, now_ms)};
  result->values = offsets_of(offsets);
  result->children.push_back(std::move(entries));
  return result;
}

/// Of a map: its values; of a multiset: how often each element is there.
column_ptr datagen_field::entry_values(std::span<const std::int64_t> numbers,
                                       const row_list& kept,
                                       std::int64_t now_ms) const {
  if (parts_.size() == 2)
    return take(*parts_[1].values(numbers, now_ms), kept);
  fixed_builder<std::int32_t> times(column_.type.fields()[1].type);
  for (const auto at : kept)
    times.push(static_cast<std::int32_t>(
        1 + random_(numbers[static_cast<std::size_t>(at)]) % times_max));
  return times.finish();
}

} // namespace herald
