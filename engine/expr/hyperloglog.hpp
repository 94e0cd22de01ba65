#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_set.h>

// An estimate of how many different hashes were added: exactly as many up to
// `exact_max`, then a sketch of 2^14 registers (16 KiB) with a standard error
// of 0.8 %. After Flajolet and others, "HyperLogLog" (2007), with the
// estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog
// sketches" (2017), which needs no tables. One thread.

namespace herald {

class hyperloglog {
public:
  /// Until then the hashes take less memory than the registers.
  static constexpr std::size_t exact_max = 1024;
  static constexpr int index_bits = 14;
  static constexpr std::size_t registers = std::size_t{1} << index_bits;

  /// Adds a 64-bit hash of a value.
  void add(std::uint64_t hash);

  void merge(const hyperloglog& other);

  std::int64_t estimate() const;

  /// Appends what `read` takes back.
  void write(std::string& to) const;

  /// Replaces the state by one that `write` gave; false for other bytes.
  bool read(std::string_view from);

  std::int64_t memory_bytes() const;

private:
  static constexpr int rest_bits = 64 - index_bits;

  /// A register holds a rank, 0 to `rest_bits` + 1. How many hold each is
  /// counted, so that an estimate does not read them all.
  struct register_set {
    std::array<std::uint8_t, registers> ranks = {};
    std::array<std::uint16_t, rest_bits + 2> counts = {registers};

    void raise(std::size_t index, std::uint8_t rank) {
      auto& place = ranks[index];
      if (rank <= place)
        return;
      --counts[place];
      ++counts[rank];
      place = rank;
    }
  };

  void add_to_registers(std::uint64_t hash);
  void use_registers();

  absl::flat_hash_set<std::uint64_t> exact_;
  std::unique_ptr<register_set> registers_;
};

} // namespace herald
