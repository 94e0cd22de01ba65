#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// An estimate of any quantile of the numbers that were added: a merging
// t-digest after Dunning and Ertl, "Computing Extremely Accurate Quantiles
// Using t-Digests" (2019), with their scale function k1. Exact until
// `waiting_max` numbers came; then at most `centroids_max` means with weights,
// light at both ends and heavy between. Arrow has such a digest, too, but its
// state cannot be written and read. Infinities and NaN, which have no mean,
// are only counted; NaN is the largest. One thread; at most 8 KiB.

namespace herald {

class tdigest {
public:
  /// The larger, the more exact: the weight of a centroid at quantile q is at
  /// most about 2 pi sqrt(q (1 - q)) / `compression` of all.
  static constexpr double compression = 100;
  /// Of two neighbours that were not joined the weights are more than one
  /// step of k1, which has `compression` / 2 steps.
  static constexpr std::size_t centroids_max = 102;
  /// Numbers that wait to be joined: sorting many at once is cheaper.
  static constexpr std::size_t waiting_max = 400;

  void add(double value);

  void merge(const tdigest& other);

  /// How many were added.
  std::int64_t count() const;

  /// The values at `fractions` (0 to 1) of all in order, between two in
  /// proportion, in the order of `fractions`. Something must have been added.
  std::vector<double> quantiles(std::span<const double> fractions) const;

  /// Appends what `read` takes back: all of the state.
  void write(std::string& to) const;

  /// Replaces the state by one that `write` gave; false, and empty, for other
  /// bytes.
  bool read(std::string_view from);

  std::int64_t memory_bytes() const;

private:
  struct centroid {
    double mean;
    std::int64_t weight;
  };

  void push(centroid x);
  void compress();
  void sort() const;
  bool is_valid() const;
  double value_at(double rank, double last) const;

  // What does not fit a mean.
  std::int64_t lowest_ = 0;  ///< -infinity
  std::int64_t highest_ = 0; ///< +infinity
  std::int64_t nans_ = 0;
  double min_ = 0; ///< of the centroids, as `max_`; 0 without any
  double max_ = 0;
  std::size_t joined_ = 0; ///< so many centroids are joined, the rest wait
  std::int64_t total_ = 0; ///< weight of the centroids
  /// The first `sorted_` by mean and weight: each result sorts what is new.
  mutable std::vector<centroid> centroids_;
  mutable std::size_t sorted_ = 0;
};

} // namespace herald
