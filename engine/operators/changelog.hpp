#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

#include <array>
#include <unordered_map>

// TO_CHANGELOG and FROM_CHANGELOG: what rows do becomes a column, and the other
// way round; and ON CONFLICT DO ERROR, where all they may do is to be inserted.
// Without state; each batch gives one.

namespace herald {

/// Puts the text of each row's change before its columns; rows whose change
/// has none are left out. All that is given is inserted.
class tell_changes_operator final : public stream_operator {
public:
  tell_changes_operator(const changelog_spec& spec, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  schema_ptr layout_;
  std::array<std::optional<std::string>, 4> texts_; ///< by change
};

/// Gives each row the change that a column of texts says, without that column.
/// An unknown text, or NULL, is an error.
class obey_changes_operator final : public stream_operator {
public:
  obey_changes_operator(const changelog_spec& spec, schema_ptr layout);

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  absl::Status unknown(const column& texts, std::int64_t row) const;

  std::size_t column_;
  schema_ptr layout_;
  std::unordered_map<std::string, change> changes_;
};

/// Passes rows on; one that is not inserted is an error, which names its key.
class check_changes_operator final : public stream_operator {
public:
  explicit check_changes_operator(changelog_spec spec)
      : spec_(std::move(spec)) {}

  absl::Status process(int input, const batch_ptr& rows, output& out) override;

private:
  changelog_spec spec_;
};

} // namespace herald
