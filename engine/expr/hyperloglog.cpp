#include "engine/expr/hyperloglog.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

namespace herald {

namespace {

constexpr char exact_tag = 'e';
constexpr char registers_tag = 'r';

double sigma(double x) {
  if (x == 1)
    return std::numeric_limits<double>::infinity();
  auto y = 1.0;
  auto z = x;
  for (auto before = -1.0; z != before; y += y) {
    x *= x;
    before = z;
    z += x * y;
  }
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1)
    return 0;
  auto y = 1.0;
  auto z = 1 - x;
  for (auto before = -1.0; z != before;) {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

} // namespace

void hyperloglog::add(std::uint64_t hash) {
  if (registers_ != nullptr)
    return add_to_registers(hash);
  exact_.insert(hash);
  if (exact_.size() > exact_max)
    use_registers();
}

void hyperloglog::use_registers() {
  registers_ = std::make_unique<register_set>();
  for (auto hash : exact_)
    add_to_registers(hash);
  exact_ = {};
}

void hyperloglog::add_to_registers(std::uint64_t hash) {
  // Rows of one key group share the upper bits of their hashes: mix them.
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15ull;
  hash ^= hash >> 29;
  auto index = static_cast<std::size_t>(hash >> rest_bits);
  auto rest = hash << index_bits;
  auto zeros = rest == 0 ? rest_bits : std::countl_zero(rest);
  registers_->raise(index,
                    static_cast<std::uint8_t>(std::min(zeros, rest_bits) + 1));
}

void hyperloglog::merge(const hyperloglog& other) {
  for (auto hash : other.exact_)
    add(hash);
  if (other.registers_ == nullptr)
    return;
  if (registers_ == nullptr)
    use_registers();
  for (std::size_t i = 0; i < registers; ++i)
    registers_->raise(i, other.registers_->ranks[i]);
}

std::int64_t hyperloglog::estimate() const {
  if (registers_ == nullptr)
    return static_cast<std::int64_t>(exact_.size());
  const auto& counts = registers_->counts;
  auto m = static_cast<double>(registers);
  auto z = m * tau(1 - counts[rest_bits + 1] / m);
  for (auto k = static_cast<std::size_t>(rest_bits); k >= 1; --k)
    z = 0.5 * (z + counts[k]);
  z += m * sigma(counts[0] / m);
  return std::llround(m * m / (2 * std::numbers::ln2 * z));
}

void hyperloglog::write(std::string& to) const {
  if (registers_ != nullptr) {
    to += registers_tag;
    to.append(reinterpret_cast<const char*>(registers_->ranks.data()),
              registers);
    return;
  }
  to += exact_tag;
  for (auto hash : exact_) {
    char bytes[sizeof hash];
    std::memcpy(bytes, &hash, sizeof hash);
    to.append(bytes, sizeof hash);
  }
}

bool hyperloglog::read(std::string_view from) {
  *this = {};
  if (from.empty())
    return false;
  auto tag = from[0];
  from.remove_prefix(1);
  if (tag == registers_tag && from.size() == registers) {
    use_registers();
    for (std::size_t i = 0; i < registers; ++i)
      registers_->raise(i, std::min(static_cast<std::uint8_t>(from[i]),
                                    std::uint8_t{rest_bits + 1}));
    return true;
  }
  if (tag != exact_tag || from.size() % 8 != 0)
    return false;
  for (std::size_t i = 0; i < from.size(); i += 8) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, from.data() + i, 8);
    add(hash);
  }
  return true;
}

std::int64_t hyperloglog::memory_bytes() const {
  return static_cast<std::int64_t>(
      sizeof *this + exact_.capacity() * (sizeof(std::uint64_t) + 1)
      + (registers_ != nullptr ? sizeof(register_set) : 0));
}

} // namespace herald
