#include "engine/expr/tdigest.hpp"

#include "engine/common/check.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <tuple>

namespace herald {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr auto count_max = std::numeric_limits<std::int64_t>::max();

/// The quantile one step of k1 = compression / (2 pi) asin(2 q - 1) behind `q`.
double next_limit(double q) {
  constexpr auto step = 2 * std::numbers::pi / tdigest::compression;
  const auto angle = std::asin(std::clamp(2 * q - 1, -1.0, 1.0)) + step;
  return angle >= std::numbers::pi / 2 ? 1 : (std::sin(angle) + 1) / 2;
}

/// Between `a` and `b`, at `share` of the way; never beyond the doubles.
double between(double a, double b, double share) {
  return a == b ? a : (1 - share) * a + share * b;
}

template <class T>
void put(std::string& to, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  to.append(bytes, sizeof value);
}

template <class T>
bool get(std::string_view& from, T& value) {
  if (from.size() < sizeof value)
    return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

} // namespace

void tdigest::add(double value) {
  if (std::isnan(value)) {
    ++nans_;
  } else if (std::isinf(value)) {
    ++(value < 0 ? lowest_ : highest_);
  } else {
    min_ = centroids_.empty() ? value : std::min(min_, value);
    max_ = centroids_.empty() ? value : std::max(max_, value);
    push({value, 1});
  }
}

void tdigest::merge(const tdigest& other) {
  lowest_ += other.lowest_;
  highest_ += other.highest_;
  nans_ += other.nans_;
  if (other.centroids_.empty())
    return;
  min_ = centroids_.empty() ? other.min_ : std::min(min_, other.min_);
  max_ = centroids_.empty() ? other.max_ : std::max(max_, other.max_);
  for (const auto& x : other.centroids_)
    push(x);
}

void tdigest::push(centroid x) {
  if (centroids_.size() - joined_ == waiting_max)
    compress();
  centroids_.push_back(x);
  total_ += x.weight;
}

void tdigest::sort() const {
  if (sorted_ == centroids_.size())
    return;
  const auto less = [](const auto& a, const auto& b) {
    return std::tie(a.mean, a.weight) < std::tie(b.mean, b.weight);
  };
  const auto middle = centroids_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::sort(middle, centroids_.end(), less);
  std::inplace_merge(centroids_.begin(), middle, centroids_.end(), less);
  sorted_ = centroids_.size();
}

void tdigest::compress() {
  sort();
  const auto all = static_cast<double>(total_);
  std::size_t last = 0;
  std::int64_t before = 0; // the weight of what is before `last`
  auto limit = next_limit(0);
  for (std::size_t i = 1; i < centroids_.size(); ++i) {
    auto& to = centroids_[last];
    const auto x = centroids_[i];
    const auto weight = to.weight + x.weight;
    if (static_cast<double>(before + weight) / all <= limit) {
      const auto share
          = static_cast<double>(x.weight) / static_cast<double>(weight);
      to = {std::clamp(between(to.mean, x.mean, share), to.mean, x.mean),
            weight};
      continue;
    }
    before += to.weight;
    limit = next_limit(static_cast<double>(before) / all);
    centroids_[++last] = x;
  }
  centroids_.resize(last + 1);
  joined_ = centroids_.size();
  sorted_ = 0; // by mean they are, but not by weight
  HERALD_CHECK(joined_ <= centroids_max, joined_);
}

std::int64_t tdigest::count() const {
  return lowest_ + highest_ + nans_ + total_;
}

std::vector<double>
tdigest::quantiles(std::span<const double> fractions) const {
  sort();
  const auto total = count();
  const auto lowest = static_cast<double>(lowest_);
  const auto finite_end = static_cast<double>(total - highest_ - nans_);
  const auto nan_begin = static_cast<double>(total - nans_);
  const auto at = [&](double rank) {
    if (rank < lowest)
      return -infinity;
    if (rank >= nan_begin)
      return std::numeric_limits<double>::quiet_NaN();
    return rank >= finite_end
               ? infinity
               : value_at(rank - lowest, finite_end - lowest - 1);
  };
  std::vector<double> result;
  for (const auto fraction : fractions) {
    const auto rank = static_cast<double>(total - 1) * fraction;
    const auto low = std::floor(rank);
    const auto high = std::ceil(rank);
    const bool mixes = low != high && (low < lowest || high >= finite_end);
    result.push_back(mixes ? (high - rank) * at(low) + (rank - low) * at(high)
                           : at(rank));
  }
  return result;
}

/// A centroid's mean is the value in the middle of its ranks; between two of
/// them values lie in proportion. The first need not be the smallest number:
/// that may be part of another's centroid.
double tdigest::value_at(double rank, double last) const {
  if (rank <= 0)
    return min_;
  if (rank >= last)
    return max_;
  auto low = 0.0;
  auto value = min_;
  std::int64_t before = 0;
  for (const auto& x : centroids_) {
    const auto middle
        = static_cast<double>(before) + static_cast<double>(x.weight - 1) / 2;
    if (rank == middle)
      return x.mean;
    if (rank < middle)
      return between(value, x.mean, (rank - low) / (middle - low));
    low = middle;
    value = x.mean;
    before += x.weight;
  }
  return between(value, max_, (rank - low) / (last - low));
}

void tdigest::write(std::string& to) const {
  for (const auto x : {lowest_, highest_, nans_})
    put(to, x);
  put(to, min_);
  put(to, max_);
  put(to, static_cast<std::int64_t>(joined_));
  for (const auto& x : centroids_) {
    put(to, x.mean);
    put(to, x.weight);
  }
}

bool tdigest::read(std::string_view from) {
  *this = {};
  std::int64_t joined = 0;
  auto good = get(from, lowest_) && get(from, highest_) && get(from, nans_)
              && get(from, min_) && get(from, max_) && get(from, joined);
  constexpr auto most = centroids_max + waiting_max;
  good = good && from.size() % sizeof(centroid) == 0
         && from.size() / sizeof(centroid) <= most;
  for (centroid x{}; good && !from.empty();) {
    good = get(from, x.mean) && get(from, x.weight);
    centroids_.push_back(x);
  }
  joined_ = joined < 0 ? most : static_cast<std::size_t>(joined);
  good = good && is_valid();
  if (!good)
    *this = {};
  for (const auto& x : centroids_)
    total_ += x.weight;
  return good;
}

bool tdigest::is_valid() const {
  auto left = count_max; // the sum of all must fit
  for (const auto x : {lowest_, highest_, nans_}) {
    if (x < 0 || x > left)
      return false;
    left -= x;
  }
  for (const auto& x : centroids_) {
    if (!std::isfinite(x.mean) || x.weight < 1 || x.weight > left
        || x.mean < min_ || x.mean > max_)
      return false;
    left -= x.weight;
  }
  return std::isfinite(min_) && std::isfinite(max_)
         && joined_ <= std::min(centroids_.size(), centroids_max)
         && centroids_.size() - joined_ <= waiting_max;
}

std::int64_t tdigest::memory_bytes() const {
  return static_cast<std::int64_t>(sizeof *this
                                   + centroids_.capacity() * sizeof(centroid));
}

} // namespace herald
