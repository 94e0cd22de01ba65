#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/connectors/nexmark/model.hpp"

#include <array>
#include <vector>

// The suite's events as columns, each made by a loop of its own from the
// event numbers. Which columns are asked for never changes their values. Used
// by one reader, on its thread; as large as a poll.

namespace herald::nexmark {

/// The events of one poll.
struct events {
  std::vector<std::int64_t> number;
  std::vector<std::int64_t> block;  ///< number / total
  std::vector<std::int32_t> offset; ///< number % total
  std::vector<event_kind> kind;
  std::array<std::vector<std::int32_t>, 3> slots; ///< rows of each kind

  std::int64_t rows() const {
    return static_cast<std::int64_t>(number.size());
  }

  void clear();
  void add(std::int64_t n, std::int64_t at_block, std::int64_t at_offset,
           event_kind what);
};

class column_maker {
public:
  explicit column_maker(const model& x);

  /// Makes the column at `path` ({"event_type"}, {"bid"}, {"bid", "price"}):
  /// NULL in rows of other kinds. The path and type must have passed
  /// `check_columns`.
  column_ptr make(const std::vector<std::string>& path, const data_type& type,
                  const events& x) const;

private:
  column_ptr event_type(const events& x) const;
  column_ptr row_of(event_kind kind, const data_type& type,
                    const events& x) const;
  column_ptr field_of(event_kind kind, const std::string& name,
                      const data_type& type, const events& x) const;

  buffer_ptr numbers(event_kind kind, const std::string& name,
                     const events& x) const;
  buffer_ptr person_numbers(const std::string& name, const events& x) const;
  buffer_ptr auction_numbers(const std::string& name, const events& x) const;
  buffer_ptr bid_numbers(const std::string& name, const events& x) const;
  column_ptr built_text(event_kind kind, const std::string& name,
                        const data_type& type, const events& x) const;
  buffer_ptr extra(event_kind kind, const events& x) const;
  buffer_ptr channel(const std::vector<string_ref>& table,
                     const events& x) const;
  std::int64_t size_before_extra(event_kind kind, std::int64_t number) const;

  std::int64_t price(std::uint64_t bits) const;
  std::int64_t any_person(std::int64_t last, std::uint64_t bits) const;
  std::int64_t expires(std::int64_t number) const;

  random_field field(event_kind kind, std::string_view name) const;

  model model_;
  std::vector<double> powers_; ///< 100 · 10^(6 i / n)
};

/// Checks that the columns are some of the suite's, with its types.
absl::Status check_columns(const std::vector<field>& fields);

} // namespace herald::nexmark
