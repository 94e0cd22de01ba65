#include "engine/operators/temporal_join.hpp"

#include "engine/operators/exchange.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view left_table = "left";
constexpr std::string_view versions_table = "versions";

/// The columns of the versions, NULL where there is none (-1).
std::vector<column_ptr> columns_or_null(const row_store& rows,
                                        const std::vector<std::int32_t>& x) {
  std::vector<std::int32_t> there;
  for (const auto row : x)
    if (row >= 0)
      there.push_back(row);
  const auto nothing = static_cast<std::int32_t>(there.size());
  row_list places;
  std::int32_t next = 0;
  for (const auto row : x)
    places.push_back(row >= 0 ? next++ : nothing);
  std::vector<column_ptr> result;
  for (std::size_t i = 0; i < rows.layout()->fields.size(); ++i) {
    const auto& type = rows.layout()->fields[i].type;
    if (there.size() == x.size()) {
      result.push_back(rows.gather(i, there));
      continue;
    }
    const column_ptr parts[]
        = {rows.gather(i, there), null_column(type.with_nullable(true), 1)};
    result.push_back(take(*concat(parts), places));
  }
  return result;
}

} // namespace

temporal_join_operator::temporal_join_operator(join_spec spec, schema_ptr left,
                                               schema_ptr right,
                                               schema_ptr layout)
    : spec_(std::move(spec)), left_(std::move(left)),
      layout_(std::move(layout)),
      versions_(right, spec_.right_keys, spec_.versions->right_time,
                spec_.right_ttl_ms.value_or(0)) {
  auto pairs = std::make_shared<schema>(*left_);
  pairs->fields.insert(pairs->fields.end(), right->fields.begin(),
                       right->fields.end());
  pairs_ = std::move(pairs);
}

/// Without a time nothing is valid: such rows leave at once.
std::vector<event_time>
temporal_join_operator::left_times(const batch& x) const {
  const auto& column
      = *x.columns[static_cast<std::size_t>(spec_.versions->left_time)];
  auto result = times_of(column);
  for (std::int64_t i = 0; column.null_count > 0 && i < x.rows; ++i)
    if (column.is_null(i))
      result[static_cast<std::size_t>(i)] = time_min;
  return result;
}

void temporal_join_operator::wait(const batch_ptr& rows) {
  waiting_.add(rows, left_times(*rows));
}

absl::Status temporal_join_operator::process(int input, const batch_ptr& rows,
                                             output&) {
  versions_.set_time(context_.eval.now_ms);
  if (input == 0) {
    versions_.touch(*rows, spec_.left_keys);
    wait(rows);
  } else {
    versions_.add(*rows);
  }
  return absl::OkStatus();
}

absl::Status temporal_join_operator::advance(event_time t, output& out) {
  advancing_ = true;
  time_ = t;
  ready_ = waiting_.take_until(t);
  at_ = 0;
  return resume(out);
}

absl::Status temporal_join_operator::resume(output& out) {
  versions_.set_time(context_.eval.now_ms);
  if (!advancing_)
    return absl::OkStatus();
  while (ready_ && at_ < ready_->rows) {
    const auto count = std::min(ready_->rows - at_, context_.batch_rows);
    HERALD_TRY(join(*slice(*ready_, at_, count), out));
    at_ += count;
    if (out.full())
      return absl::OkStatus();
  }
  ready_ = nullptr;
  versions_.forget(time_);
  advancing_ = false;
  return out.advance(time_);
}

/// Takes back versions that the rest of the condition rejects.
absl::Status temporal_join_operator::drop_failing(
    const batch& left, std::vector<std::int32_t>& versions) const {
  if (!spec_.residual)
    return absl::OkStatus();
  row_list rows;
  std::vector<std::int32_t> there;
  for (std::size_t i = 0; i < versions.size(); ++i)
    if (versions[i] >= 0) {
      rows.push_back(static_cast<std::int32_t>(i));
      there.push_back(versions[i]);
    }
  auto columns = take(left, rows)->columns;
  for (auto& column : columns_or_null(versions_.rows(), there))
    columns.push_back(std::move(column));
  const auto pairs = make_batch(pairs_, std::move(columns),
                                static_cast<std::int64_t>(rows.size()));
  HERALD_ASSIGN(const auto kept,
                select_rows(*spec_.residual, *pairs, context_.eval));
  auto passing = std::vector<std::int32_t>(versions.size(), -1);
  for (const auto i : kept) {
    const auto pair = static_cast<std::size_t>(i);
    passing[static_cast<std::size_t>(rows[pair])] = there[pair];
  }
  versions = std::move(passing);
  return absl::OkStatus();
}

absl::Status temporal_join_operator::join(const batch& left, output& out) {
  auto versions = versions_.find(left, spec_.left_keys, left_times(left));
  HERALD_TRY(drop_failing(left, versions));
  row_list rows;
  for (std::size_t i = 0; i < versions.size(); ++i)
    if (versions[i] >= 0 || keeps_left(spec_.type))
      rows.push_back(static_cast<std::int32_t>(i));
  if (rows.empty())
    return absl::OkStatus();
  if (!keeps_left(spec_.type))
    std::erase(versions, -1);
  const auto mine = take(left, rows);
  auto columns = mine->columns;
  for (auto& column : columns_or_null(versions_.rows(), versions))
    columns.push_back(std::move(column));
  return out.emit(
      make_batch(layout_, std::move(columns), mine->rows, mine->changes));
}

absl::Status temporal_join_operator::write(state_writer& writer) const {
  for (const auto& rows : waiting_.rows()) {
    const auto parts = divide(with_kinds(*rows), spec_.left_keys, key_groups);
    for (int k = 0; k < key_groups; ++k)
      if (const auto& part = parts[static_cast<std::size_t>(k)]) {
        HERALD_TRY(writer.put(left_table, k, *part));
      }
  }
  return versions_.write(versions_table, writer);
}

absl::Status temporal_join_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(versions_.read(versions_table, owned, reader));
  return reader.read(left_table, owned, [this](int, const batch_ptr& saved) {
    auto rows = without_kinds(*saved, left_);
    // Most rows insert, and rows that do are cheaper without saying so.
    if (!spec_.left_retracts)
      rows = make_batch(left_, rows->columns, rows->rows);
    wait(rows);
    return absl::OkStatus();
  });
}

std::int64_t temporal_join_operator::state_bytes() const {
  return waiting_.memory_bytes() + versions_.memory_bytes();
}

} // namespace herald
