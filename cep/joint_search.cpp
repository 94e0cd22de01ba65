#include "cep/run_search.hpp"

#include <algorithm>

// The part of the search that tests conditions over several events: pairs of
// a run and a candidate, many at once.

namespace herald {

namespace {

/// Pairs of one evaluation: enough to spread its cost, few enough for caches.
constexpr std::size_t pairs_max = 4096;

/// Candidates that a run tries at once at most. It begins with one and doubles:
/// at most half of the tests lie behind the event that it takes.
constexpr std::int32_t width_max = 256;

} // namespace

void run_search::clear_pairs() {
  owners_.clear();
  pair_rows_.clear();
}

void run_search::add_pair(std::size_t owner, std::int32_t row) {
  owners_.push_back(static_cast<std::int32_t>(owner));
  pair_rows_.push_back(row);
}

absl::StatusOr<row_list> run_search::test_pairs() const {
  auto number = [&](std::size_t i, std::size_t taken) {
    auto owner = static_cast<std::size_t>(owners_[i]);
    return runs_.event(cursors_[owner].run, taken);
  };
  const auto& inputs = step().inputs;
  auto pairs = make_batch(
      inputs.layout,
      gather_inputs(inputs, *rows_->rows, pair_rows_, runs_, number),
      static_cast<std::int64_t>(pair_rows_.size()));
  return select_rows(*step().joint, *pairs, *context_);
}

absl::Status run_search::find_first_joint() {
  active_.clear();
  for (std::size_t i = 0; i < cursors_.size(); ++i)
    if (cursors_[i].at < cursors_[i].end)
      active_.push_back(static_cast<std::int32_t>(i));
  for (std::int32_t width = 1; !active_.empty();
       width = std::min(2 * width, width_max)) {
    auto part
        = std::max<std::size_t>(1, pairs_max / static_cast<std::size_t>(width));
    for (std::size_t i = 0; i < active_.size(); i += part)
      HERALD_TRY(try_cursors(i, std::min(i + part, active_.size()), width));
    std::erase_if(active_, [&](auto i) {
      auto at = static_cast<std::size_t>(i);
      return hits_[at] >= 0 || cursors_[at].at == cursors_[at].end;
    });
  }
  return absl::OkStatus();
}

/// Lets the active cursors [begin, end) try their next `width` candidates.
absl::Status run_search::try_cursors(std::size_t begin, std::size_t end,
                                     std::int32_t width) {
  clear_pairs();
  for (auto k = begin; k < end; ++k) {
    auto owner = static_cast<std::size_t>(active_[k]);
    auto& x = cursors_[owner];
    for (std::int32_t i = 0; i < width && x.at < x.end; ++i, ++x.at) {
      auto row = candidates_.row(x.at);
      if (!in_time(x.run, row)) {
        x.end = x.at;
        break;
      }
      add_pair(owner, row);
    }
  }
  if (pair_rows_.empty())
    return absl::OkStatus();
  HERALD_ASSIGN(auto held, test_pairs());
  for (auto pair : held) {
    auto i = static_cast<std::size_t>(pair);
    auto& hit = hits_[static_cast<std::size_t>(owners_[i])];
    if (hit < 0)
      hit = pair_rows_[i];
  }
  return absl::OkStatus();
}

absl::Status run_search::find_all_joint(output& out) {
  clear_pairs();
  for (std::size_t owner = 0; owner < cursors_.size(); ++owner) {
    const auto& x = cursors_[owner];
    for (auto i = x.at; i < x.end; ++i) {
      if (!in_time(x.run, candidates_.row(i)))
        break;
      add_pair(owner, candidates_.row(i));
      if (pair_rows_.size() == pairs_max)
        HERALD_TRY(branch_pairs(out));
    }
  }
  return branch_pairs(out);
}

absl::Status run_search::branch_pairs(output& out) {
  if (pair_rows_.empty())
    return absl::OkStatus();
  HERALD_ASSIGN(auto held, test_pairs());
  for (auto pair : held) {
    auto i = static_cast<std::size_t>(pair);
    auto owner = static_cast<std::size_t>(owners_[i]);
    HERALD_TRY(branch(cursors_[owner].run, pair_rows_[i], out));
  }
  clear_pairs();
  return absl::OkStatus();
}

} // namespace herald
