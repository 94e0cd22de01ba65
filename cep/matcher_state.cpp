#include "cep/matcher.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

// How a matcher's state travels. Tables, by key group: "clock", one row with
// the watermark; "pending", the rows that wait, with the read columns; for each
// step but the first "waiting/N": key columns, when the run began, and the
// captured columns of the steps before.

namespace herald {

namespace {

constexpr std::string_view clock_table = "clock";
constexpr std::string_view pending_table = "pending";

std::string runs_table(std::size_t step) {
  return fmt::format("waiting/{}", step);
}

data_type number_type() {
  return data_type::of(type_kind::bigint).with_nullable(false);
}

column_ptr numbers(const std::vector<std::int64_t>& values) {
  fixed_builder<std::int64_t> result(number_type());
  for (auto x : values)
    result.push(x);
  return result.finish();
}

/// Key columns, the beginning, captures of the steps before `step`.
schema_ptr runs_layout(const compiled_rule& rule, std::size_t step) {
  schema result;
  for (auto key : rule.keys)
    result.fields.push_back(
        rule.read_layout->fields[static_cast<std::size_t>(key)]);
  result.fields.push_back({"first", number_type()});
  for (std::size_t i = 0; i < step; ++i)
    for (const auto& field : rule.steps[i].captured_layout->fields)
      result.fields.push_back(field);
  return std::make_shared<const schema>(std::move(result));
}

/// The columns of `rows` that `layout` has, by name, from column `begin` on.
batch_ptr select(const batch& rows, const schema_ptr& layout,
                 std::size_t begin = 0) {
  std::vector<column_ptr> columns;
  for (const auto& field : layout->fields) {
    auto at = begin;
    while (at < rows.columns.size()
           && rows.layout->fields[at].name != field.name)
      ++at;
    HERALD_CHECK_LT(at, rows.columns.size());
    columns.push_back(rows.columns[at]);
  }
  return make_batch(layout, std::move(columns), rows.rows);
}

} // namespace

absl::Status matcher::write(state_writer& to, key_group_range owned) const {
  auto layout
      = std::make_shared<const schema>(schema{{{"watermark", number_type()}}});
  auto clock = make_batch(layout, {numbers({clock_})}, 1);
  for (auto group = owned.begin; group < owned.end; ++group)
    HERALD_TRY(to.put(clock_table, group, *clock));
  for (std::size_t step = 1; step < rule_->steps.size(); ++step)
    HERALD_TRY(write_runs(to, step));
  return write_pending(to);
}

absl::Status matcher::write_runs(state_writer& to, std::size_t step) const {
  std::map<int, std::vector<run_id>> by_key_group;
  for (std::int32_t group = 0; group < runs_.groups(); ++group)
    if (runs_.count(group) > 0)
      runs_.for_each(group, step, [&](run_id x) {
        by_key_group[keys_.key_group(group)].push_back(x);
      });
  auto layout = runs_layout(*rule_, step);
  for (const auto& [key_group, list] : by_key_group) {
    std::vector<std::int32_t> groups;
    std::vector<std::int64_t> firsts;
    for (auto x : list) {
      groups.push_back(runs_.group(x));
      firsts.push_back(runs_.first(x));
    }
    auto columns = keys_.keys(groups);
    columns.push_back(numbers(firsts));
    for (std::size_t i = 0; i < step; ++i) {
      std::vector<std::int32_t> events;
      for (auto x : list)
        events.push_back(runs_.event(x, i));
      for (std::size_t k = 0; k < rule_->steps[i].captured.size(); ++k)
        columns.push_back(runs_.captures(i).gather(k, events));
    }
    auto count = static_cast<std::int64_t>(list.size());
    HERALD_TRY(to.put(runs_table(step), key_group,
                      *make_batch(layout, std::move(columns), count)));
  }
  return absl::OkStatus();
}

absl::Status matcher::write_pending(state_writer& to) const {
  for (const auto& rows : pending_.waiting()) {
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
    hash_rows(*rows, rule_->keys, hashes);
    std::map<int, row_list> by_key_group;
    for (std::size_t i = 0; i < hashes.size(); ++i)
      by_key_group[key_group_of(hashes[i])].push_back(
          static_cast<std::int32_t>(i));
    for (const auto& [key_group, list] : by_key_group)
      HERALD_TRY(to.put(pending_table, key_group, *take(*rows, list)));
  }
  return absl::OkStatus();
}

absl::Status matcher::read(const state_reader& from, key_group_range owned) {
  for (std::size_t step = 1; step < rule_->steps.size(); ++step)
    HERALD_TRY(
        from.read(runs_table(step), owned, [&](int, const batch_ptr& rows) {
          return read_runs(*rows, step);
        }));
  return read_pending(from, owned);
}

absl::Status matcher::read_runs(const batch& rows, std::size_t step) {
  auto key_count = rule_->keys.size();
  // The keys at the places where the rule's rows have them.
  std::vector<column_ptr> columns(rule_->reads.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    columns[i] = null_column(rule_->read_layout->fields[i].type, rows.rows);
  for (std::size_t i = 0; i < key_count; ++i)
    columns[static_cast<std::size_t>(rule_->keys[i])] = rows.columns[i];
  auto events = make_batch(rule_->read_layout, std::move(columns), rows.rows);
  row_list all;
  for (std::int32_t i = 0; i < rows.rows; ++i)
    all.push_back(i);
  std::vector<std::int32_t> groups;
  keys_.set_rows(*events);
  keys_.find_or_insert(*events, all, groups);
  runs_.reserve_groups(keys_.capacity());
  std::vector<std::int32_t> numbered;
  for (std::size_t i = 0; i < step; ++i) {
    numbered.push_back(runs_.captures(i).size());
    runs_.captures(i).append(
        *select(rows, rule_->steps[i].captured_layout, key_count + 1), nullptr);
  }
  auto firsts = rows.columns[key_count]->as<std::int64_t>();
  for (auto i : all) {
    auto at = static_cast<std::size_t>(i);
    auto run = runs_.make(groups[at], firsts[at]);
    for (std::size_t k = 0; k < step; ++k)
      runs_.event(run, k)
          = rule_->steps[k].captured.empty() ? 0 : numbered[k] + i;
    runs_.wait(run, step);
  }
  return absl::OkStatus();
}

absl::Status matcher::read_clock(const state_reader& from,
                                 key_group_range owned) {
  // The earliest: what another subtask had let through is not late here.
  auto earliest = time_max;
  auto found = false;
  HERALD_TRY(from.read(clock_table, owned, [&](int, const batch_ptr& rows) {
    earliest = std::min(earliest, rows->columns[0]->as<std::int64_t>()[0]);
    found = true;
    return absl::OkStatus();
  }));
  if (found)
    clock_ = earliest;
  return absl::OkStatus();
}

absl::Status matcher::read_pending(const state_reader& from,
                                   key_group_range owned) {
  HERALD_TRY(read_clock(from, owned));
  return from.read(pending_table, owned, [&](int, const batch_ptr& rows) {
    auto kept = select(*rows, rule_->read_layout);
    auto times = times_of(
        *kept->columns[static_cast<std::size_t>(rule_->time_column)]);
    pending_.add(std::move(kept), std::move(times));
    return absl::OkStatus();
  });
}

} // namespace herald
