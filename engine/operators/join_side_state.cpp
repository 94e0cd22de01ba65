#include "engine/operators/join_side.hpp"
#include "engine/operators/state_parts.hpp"

namespace herald {

namespace {

constexpr std::string_view count_name = "matches";

} // namespace

schema_ptr join_side::saved_layout() const {
  if (!options_.counts)
    return layout_;
  auto result = std::make_shared<schema>(*layout_);
  result->fields.push_back(
      {std::string(count_name),
       data_type::of(type_kind::integer).with_nullable(false)});
  return result;
}

batch_ptr join_side::saved(std::span<const std::int32_t> rows) const {
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < layout_->fields.size(); ++i)
    columns.push_back(rows_.gather(i, rows));
  auto layout = saved_layout();
  if (options_.counts) {
    auto counts = std::make_shared<column>();
    counts->type = layout->fields.back().type;
    counts->length = static_cast<std::int64_t>(rows.size());
    auto values = allocate_buffer(counts->length * 4);
    auto* to = reinterpret_cast<std::int32_t*>(values->mutable_data());
    for (const auto row : rows)
      *to++ = counts_[static_cast<std::size_t>(row)];
    counts->values = std::move(values);
    columns.push_back(std::move(counts));
  }
  return make_batch(std::move(layout), std::move(columns),
                    static_cast<std::int64_t>(rows.size()));
}

absl::Status join_side::write(std::string_view table,
                              state_writer& writer) const {
  // In parts, so that not all rows are there twice.
  const auto rows = living();
  for (std::size_t begin = 0; begin < rows.size(); begin += state_rows_max) {
    const auto part = std::span(rows).subspan(
        begin, std::min(state_rows_max, rows.size() - begin));
    const auto all = saved(part);
    std::vector<std::uint64_t> hashes(part.size());
    hash_rows(*all, options_.spread, hashes);
    std::vector<row_list> lists(key_groups);
    for (std::size_t i = 0; i < hashes.size(); ++i)
      lists[static_cast<std::size_t>(key_group_of(hashes[i]))].push_back(
          static_cast<std::int32_t>(i));
    for (int k = 0; k < key_groups; ++k) {
      const auto& list = lists[static_cast<std::size_t>(k)];
      if (list.empty())
        continue;
      HERALD_TRY(writer.put(table, k, *take(*all, list)));
    }
  }
  return absl::OkStatus();
}

absl::Status join_side::read(std::string_view table, key_group_range range,
                             const state_reader& reader) {
  return reader.read(table, range, [this](int, const batch_ptr& saved) {
    auto columns = saved->columns;
    std::span<const std::int32_t> counts;
    if (options_.counts) {
      counts = saved->columns.back()->as<std::int32_t>();
      columns.pop_back();
    }
    const auto rows = make_batch(layout_, std::move(columns), saved->rows);
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
    hash_rows(*rows, options_.keys, hashes);
    insert(*rows, hashes, counts);
    return absl::OkStatus();
  });
}

} // namespace herald
