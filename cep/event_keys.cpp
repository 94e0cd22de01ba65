#include "cep/event_keys.hpp"

namespace herald {

event_keys::event_keys(const compiled_rule& rule) : columns_(rule.keys) {
  if (columns_.empty())
    return;
  std::vector<data_type> types;
  for (auto key : columns_)
    types.push_back(
        rule.read_layout->fields[static_cast<std::size_t>(key)].type);
  index_.emplace(std::move(types));
}

void event_keys::set_rows(const batch& x) {
  if (!index_)
    return;
  hashes_.resize(static_cast<std::size_t>(x.rows));
  hash_rows(x, columns_, hashes_);
}

void event_keys::find_or_insert(const batch& x, const row_list& rows,
                                std::vector<std::int32_t>& groups) {
  if (index_)
    index_->find_or_insert(x, columns_, &rows, hashes_, groups);
  else
    groups.assign(rows.size(), 0);
}

void event_keys::find(const batch& x, const row_list& rows,
                      std::vector<std::int32_t>& groups) const {
  if (index_)
    index_->find(x, columns_, &rows, hashes_, groups);
  else
    groups.assign(rows.size(), 0);
}

void event_keys::forget_idle(const run_table& runs) {
  if (!index_)
    return;
  for (auto group : index_->groups())
    if (runs.count(group) == 0)
      index_->erase(group);
}

std::vector<column_ptr>
event_keys::keys(std::span<const std::int32_t> groups) const {
  return index_ ? index_->keys(groups) : std::vector<column_ptr>{};
}

} // namespace herald
