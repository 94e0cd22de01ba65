#include "engine/operators/changelog.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/cut_text.hpp"

#include <set>

#include <fmt/format.h>

namespace herald {

namespace {

/// Of a text that stands for no change, for people.
constexpr std::size_t shown_text_max = 100;

} // namespace

tell_changes_operator::tell_changes_operator(const changelog_spec& spec,
                                             schema_ptr layout)
    : layout_(std::move(layout)) {
  for (const auto& [text, change] : spec.codes)
    texts_[static_cast<std::size_t>(change)] = text;
}

absl::Status tell_changes_operator::process(int, const batch_ptr& rows,
                                            output& out) {
  text_builder told(layout_->fields[0].type);
  row_list kept;
  for (std::int64_t i = 0; i < rows->rows; ++i)
    if (const auto& text = texts_[static_cast<std::size_t>(rows->change_of(i))];
        text) {
      told.push(*text);
      kept.push_back(static_cast<std::int32_t>(i));
    }
  if (kept.empty())
    return absl::OkStatus();
  const bool all = static_cast<std::int64_t>(kept.size()) == rows->rows;
  auto columns = all ? rows->columns : take(*rows, kept)->columns;
  columns.insert(columns.begin(), told.finish());
  return out.emit(make_batch(layout_, std::move(columns),
                             static_cast<std::int64_t>(kept.size())));
}

obey_changes_operator::obey_changes_operator(const changelog_spec& spec,
                                             schema_ptr layout)
    : column_(static_cast<std::size_t>(spec.column)),
      layout_(std::move(layout)),
      changes_(spec.codes.begin(), spec.codes.end()) {}

absl::Status obey_changes_operator::unknown(const column& texts,
                                            std::int64_t row) const {
  if (texts.is_null(row))
    return user_error("FROM_CHANGELOG: a row's operation is NULL",
                      "leave such rows out: WHERE … IS NOT NULL");
  std::set<std::string> known;
  for (const auto& [text, change] : changes_)
    known.insert(fmt::format("'{}'", text));
  return user_error(fmt::format("FROM_CHANGELOG: '{}' stands for no operation",
                                cut_text(texts.text(row), shown_text_max)),
                    fmt::format("op_mapping knows {}", fmt::join(known, ", ")));
}

absl::Status obey_changes_operator::process(int, const batch_ptr& rows,
                                            output& out) {
  const auto& texts = *rows->columns[column_];
  auto changes = allocate_buffer(rows->rows);
  std::string text;
  for (std::int64_t i = 0; i < rows->rows; ++i) {
    text = texts.is_null(i) ? std::string_view() : texts.text(i);
    const auto found = changes_.find(text);
    if (texts.is_null(i) || found == changes_.end())
      return unknown(texts, i);
    changes->mutable_data()[i] = static_cast<std::uint8_t>(found->second);
  }
  auto columns = rows->columns;
  columns.erase(columns.begin() + static_cast<std::ptrdiff_t>(column_));
  return out.emit(
      make_batch(layout_, std::move(columns), rows->rows, std::move(changes)));
}

absl::Status check_changes_operator::process(int, const batch_ptr& rows,
                                             output& out) {
  for (std::int64_t i = 0; rows->changes && i < rows->rows; ++i) {
    if (rows->change_of(i) == change::insert)
      continue;
    std::vector<std::string> key;
    for (const int column : spec_.keys) {
      const auto at = static_cast<std::size_t>(column);
      key.push_back(
          fmt::format("{} = {}", rows->layout->fields[at].name,
                      cut_text(to_string(value_at(*rows->columns[at], i)),
                               shown_text_max)));
    }
    return user_error(
        fmt::format("ON CONFLICT DO ERROR: table '{}' gets two rows for {}",
                    spec_.table, fmt::join(key, ", ")),
        "DO DEDUPLICATE keeps the newest of them, DO NOTHING the first");
  }
  return out.emit(rows);
}

} // namespace herald
