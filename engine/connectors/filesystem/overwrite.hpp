#pragma once

#include "engine/connectors/filesystem/options.hpp"

#include <memory>
#include <string>
#include <vector>

// INSERT OVERWRITE of a table of files. New files are written into a hidden
// folder inside the table's, where readers pass over them; when all are
// complete they move to their places, and only then what stood there goes. So
// what fails or is stopped changes nothing, and a process that dies in between
// leaves the old and the new. Replaced are the files of an unpartitioned table;
// of a partitioned one, as in Flink, those of the partitions that rows came
// for, and of the one that PARTITION names. One thread; one subtask.

namespace herald {

class file_overwrite final : public sink_writer {
public:
  static absl::StatusOr<std::unique_ptr<sink_writer>>
  make(const sink_context& context);

  file_overwrite(const file_overwrite&) = delete;
  file_overwrite& operator=(const file_overwrite&) = delete;

  /// Without `close`, all that was written goes.
  ~file_overwrite() override;

  absl::Status open(wake_function wake) override;

  absl::Status write(const batch_ptr& rows) override {
    return inner_->write(rows);
  }

  absl::Status flush() override {
    return inner_->flush();
  }

  /// Completes the new files and puts them in the place of the old.
  absl::Status close() override;

private:
  explicit file_overwrite(file_options options)
      : options_(std::move(options)) {}

  absl::StatusOr<std::vector<std::string>> folders() const;
  absl::StatusOr<std::vector<std::string>>
  files_in(const std::vector<std::string>& folders) const;
  absl::Status remove_abandoned() const;

  file_options options_;
  std::string named_;  ///< the folder of the partition that is named, or empty
  std::string hidden_; ///< the folder of the new files
  int lock_ = -1;      ///< of it: its writer lives
  std::unique_ptr<sink_writer> inner_;
};

} // namespace herald
