#include "engine/operators/unnest.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/expr/user_table.hpp"

#include <algorithm>

namespace herald {

absl::Status unnest_operator::process(int, const batch_ptr& rows, output& out) {
  rows_ = rows;
  begin_ = 0;
  part_ = nullptr;
  // What did not fit into a call may do for other rows.
  part_rows_ = std::min(2 * part_rows_, column::rows_max);
  return resume(out);
}

/// Computes the collections of the next rows, of fewer where they are too much.
absl::Status unnest_operator::take_part() {
  for (;;) {
    const auto count = std::min(part_rows_, rows_->rows - begin_);
    auto part = count == rows_->rows ? rows_ : slice(*rows_, begin_, count);
    auto values = evaluate_column(*spec_.value, *part, context_.eval);
    if (values.ok()) {
      begin_ += count;
      std::vector<column_ptr> passed;
      schema layout;
      for (const int i : spec_.columns) {
        passed.push_back(part->columns[static_cast<std::size_t>(i)]);
        layout.fields.push_back(
            part->layout->fields[static_cast<std::size_t>(i)]);
      }
      part_ = make_batch(std::make_shared<schema>(std::move(layout)),
                         std::move(passed), part->rows, part->changes);
      values_ = *std::move(values);
      row_ = 0;
      return absl::OkStatus();
    }
    if (count <= 1 || !gave_too_much(values.status()))
      return values.status();
    part_rows_ = count / 2;
  }
}

absl::Status unnest_operator::resume(output& out) {
  while (rows_) {
    if (!part_ && begin_ == rows_->rows) {
      rows_ = nullptr;
      break;
    }
    if (!part_)
      HERALD_TRY(take_part());
    const auto picked = next();
    if (!picked.rows.empty()) {
      HERALD_TRY(out.emit(make(picked)));
    }
    if (row_ == part_->rows)
      part_ = nullptr;
    if (out.full() && (part_ || begin_ < rows_->rows))
      break;
  }
  return absl::OkStatus();
}

unnest_operator::picks unnest_operator::next() {
  picks result;
  const auto most = static_cast<std::size_t>(context_.batch_rows);
  while (row_ < part_->rows && result.rows.size() < most)
    pick_row(result);
  return result;
}

/// How often an element of the child column is given.
std::int64_t unnest_operator::times(std::int32_t element) const {
  const auto& x = *values_;
  switch (spec_.kind) {
  case unnest_spec::kind_type::array:
  case unnest_spec::kind_type::map:
  case unnest_spec::kind_type::table:
    break;
  case unnest_spec::kind_type::multiset:
    return x.children[0]
        ->children[1]
        ->as<std::int32_t>()[static_cast<std::size_t>(element)];
  case unnest_spec::kind_type::repeat:
    return x.as<std::int64_t>()[static_cast<std::size_t>(row_)];
  }
  return 1;
}

/// Picks from the row until it or the batch is full.
void unnest_operator::pick_row(picks& into) {
  const auto& x = *values_;
  const bool repeats = spec_.kind == unnest_spec::kind_type::repeat;
  std::int32_t first = 0;
  std::int32_t count = 0;
  if (!x.is_null(row_)) {
    const auto row = static_cast<std::size_t>(row_);
    first = repeats ? 0 : x.offsets()[row];
    count = repeats ? 1 : x.offsets()[row + 1] - first;
  }
  const auto most = static_cast<std::size_t>(context_.batch_rows);
  const auto pick = [&](std::int32_t element, std::int32_t number) {
    into.rows.push_back(static_cast<std::int32_t>(row_));
    into.elements.push_back(element);
    into.numbers.push_back(number);
  };
  for (; element_ < count; ++element_, given_ = 0)
    for (const auto all = times(first + element_); given_ < all; ++given_) {
      if (into.rows.size() == most)
        return;
      pick(first + element_, ++number_);
    }
  if (number_ == 0 && spec_.keep_empty) {
    if (into.rows.size() == most)
      return;
    pick(-1, 0);
  }
  ++row_;
  element_ = 0;
  number_ = 0;
}

/// The picked values, NULL where there is none.
column_ptr unnest_operator::elements_of(const column& values,
                                        const row_list& picked) const {
  if (!spec_.keep_empty)
    return take(values, picked);
  row_list there;
  for (const auto element : picked)
    if (element >= 0)
      there.push_back(element);
  const auto nothing = static_cast<std::int32_t>(there.size());
  row_list places;
  std::int32_t next = 0;
  for (const auto element : picked)
    places.push_back(element >= 0 ? next++ : nothing);
  const column_ptr parts[]
      = {take(values, there), null_column(values.type.with_nullable(true), 1)};
  return take(*concat(parts), places);
}

batch_ptr unnest_operator::make(const picks& from) const {
  auto parents = take(*part_, from.rows);
  auto columns = parents->columns;
  const auto& x = *values_;
  using kind = unnest_spec::kind_type;
  if (spec_.kind == kind::array || spec_.kind == kind::table) {
    columns.push_back(elements_of(*x.children[0], from.elements));
  } else if (spec_.kind != kind::repeat) {
    const auto& entries = *x.children[0];
    columns.push_back(elements_of(*entries.children[0], from.elements));
    if (spec_.kind == kind::map)
      columns.push_back(elements_of(*entries.children[1], from.elements));
  }
  if (spec_.ordinality) {
    fixed_builder<std::int32_t> numbers(layout_->fields.back().type);
    for (const auto number : from.numbers)
      if (number > 0)
        numbers.push(number);
      else
        numbers.append_null();
    columns.push_back(numbers.finish());
  }
  return make_batch(layout_, std::move(columns), parents->rows,
                    parents->changes);
}

} // namespace herald
