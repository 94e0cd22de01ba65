#pragma once

#include "engine/connectors/filesystem/part_writer.hpp"
#include "engine/connectors/filesystem/partition_commit.hpp"

#include <chrono>
#include <limits>
#include <map>

// Writes the rows of a table into part files, in the folder of their partition
// if it has any. A part is complete once it is large or old enough, at the end,
// or when too many are open. What a flush took is never lost: part_file.hpp.
// A partition that is due is said complete in a flush, once its parts are. One
// thread at a time; in memory are only the bytes that open parts hold.

namespace herald {

/// Parts of one sink that are open at once; the one that got rows the longest
/// time ago makes room for another.
constexpr std::size_t parts_open_max = 64;

/// Bytes that open parts hold at most, beyond those of one batch.
constexpr std::int64_t parts_held_max = 32 << 20;

class file_sink final : public sink_writer {
public:
  static absl::StatusOr<std::unique_ptr<sink_writer>>
  make(const sink_context& context);

  absl::Status open(wake_function wake) override;
  absl::Status write(const batch_ptr& rows) override;
  absl::Status flush() override;
  absl::Status close() override;

  void watermark(std::int64_t time) override {
    watermark_ = time;
  }

private:
  using clock = std::chrono::steady_clock;

  struct open_part {
    std::unique_ptr<part_writer> writer;
    clock::time_point begun;
    clock::time_point used;
  };

  using part_map = std::map<std::string, open_part>; ///< by folder

  file_sink(file_options options, int subtask)
      : options_(std::move(options)), subtask_(subtask), commits_(options_) {}

  void divide_layout(const std::vector<field>& columns, const schema& whole);
  absl::Status write_to(const std::string& folder, const batch_ptr& rows);
  absl::StatusOr<part_map::iterator> part_of(const std::string& folder);
  absl::Status finish(part_map::iterator part);
  absl::Status make_room();
  absl::Status commit_partitions();

  file_options options_;
  int subtask_;
  std::unique_ptr<part_kind> kind_;
  std::vector<std::size_t> partition_columns_; ///< indexes into a batch
  std::vector<std::size_t> file_columns_;
  schema_ptr file_layout_;
  part_map parts_;
  partition_commits commits_;
  std::int64_t watermark_ = std::numeric_limits<std::int64_t>::min();
};

} // namespace herald
