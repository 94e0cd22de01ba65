#include "engine/operators/lookup_join.hpp"

#include <algorithm>
#include <string_view>

namespace herald {

namespace {

/// The columns of the output that come from the table.
schema_ptr found_layout(const schema& layout, std::size_t input_columns) {
  auto result = std::make_shared<schema>();
  result->fields.assign(layout.fields.begin()
                            + static_cast<std::ptrdiff_t>(input_columns),
                        layout.fields.end());
  return result;
}

} // namespace

lookup_join_operator::lookup_join_operator(lookup_join_spec spec,
                                           const schema& input,
                                           schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)),
      input_columns_(input.fields.size()),
      codec_(types_of(input, spec_.left_keys)),
      store_(found_layout(*layout_, input_columns_)),
      cache_(spec_.policy.cache_rows_max, spec_.policy.expire_after_write_ms,
             spec_.policy.expire_after_access_ms),
      none_(std::make_shared<lookup_found>()),
      asker_(spec_.target, spec_.policy, cache_.enabled()) {}

absl::Status lookup_join_operator::open(const operator_context& context) {
  context_ = context;
  HERALD_ASSIGN(auto source, spec_.make(spec_.target));
  HERALD_TRY(source->open(context_.wake));
  asker_.open(std::move(source));
  return absl::OkStatus();
}

absl::Status lookup_join_operator::process(int, const batch_ptr& rows,
                                           output& out) {
  if (rows->rows == 0)
    return absl::OkStatus();
  waiting_rows_ += rows->rows;
  queue_.push_back({.rows = rows, .left = rows->rows});
  ask(first_entry_ + static_cast<std::int64_t>(queue_.size()) - 1,
      queue_.back());
  return resume(out);
}

absl::Status lookup_join_operator::advance(event_time t, output& out) {
  queue_.push_back({.time = t});
  return resume(out);
}

/// Takes what the cache knows and asks for the rest, each key once.
void lookup_join_operator::ask(std::int64_t number, entry& x) {
  std::string bytes;
  std::vector<std::uint32_t> ends;
  codec_.encode(*x.rows, spec_.left_keys, nullptr, bytes, ends);
  x.found.resize(ends.size());
  std::size_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto key = std::string_view(bytes).substr(begin, ends[i] - begin);
    begin = ends[i];
    const auto row = static_cast<std::int32_t>(i);
    const bool is_null = std::any_of(
        spec_.left_keys.begin(), spec_.left_keys.end(), [&](int column) {
          return x.rows->columns[static_cast<std::size_t>(column)]->is_null(
              row);
        });
    x.found[i] = is_null ? none_ : cache_.get(key, context_.eval.now_ms);
    if (x.found[i]) {
      if (!spec_.policy.ordered)
        x.ready.push_back(row);
    } else {
      waiters_[asker_.ask(key)].push_back({number, row});
    }
  }
}

absl::Status lookup_join_operator::resume(output& out) {
  // A source that answers at once makes room for the next request.
  for (bool more = true; more;) {
    HERALD_TRY(asker_.send(context_.eval.now_ms));
    HERALD_ASSIGN(more, take_answers());
    HERALD_TRY(give(out));
  }
  store_.tidy();
  return absl::OkStatus();
}

absl::StatusOr<bool> lookup_join_operator::take_answers() {
  HERALD_ASSIGN(auto answers, asker_.poll(context_.eval.now_ms));
  for (auto& x : answers)
    HERALD_TRY(settle(x));
  return !answers.empty();
}

absl::Status lookup_join_operator::settle(lookup_asker::answer& x) {
  std::int32_t first = 0;
  if (x.rows) {
    HERALD_ASSIGN(const auto rows, compute(x.rows));
    first = store_.append(*rows);
  }
  for (auto& part : x.keys) {
    for (auto& row : part.rows)
      row += first;
    const bool is_miss = part.rows.empty();
    const auto found = store_.keep(std::move(part.rows));
    if (cache_.enabled() && (!is_miss || spec_.policy.cache_missing))
      cache_.put(std::move(part.key), found, context_.eval.now_ms);
    const auto waiting = waiters_.extract(part.of);
    if (waiting.empty())
      continue;
    for (const auto& [number, row] : waiting.mapped()) {
      auto& at = queue_[static_cast<std::size_t>(number - first_entry_)];
      at.found[static_cast<std::size_t>(row)] = found;
      if (!spec_.policy.ordered)
        at.ready.push_back(row);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<batch_ptr>
lookup_join_operator::compute(const batch_ptr& rows) const {
  std::vector<column_ptr> columns;
  for (const auto& x : spec_.columns) {
    HERALD_ASSIGN(auto column, evaluate_column(*x, *rows, context_.eval));
    columns.push_back(std::move(column));
  }
  return make_batch(store_.rows().layout(), std::move(columns), rows->rows);
}

} // namespace herald
