#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/connectors/filesystem/part_file.hpp"
#include "engine/formats/format.hpp"

// Writes one part file a subtask and run. What a flush took is never lost: the
// part is published when the sink is closed, when it is destroyed, or by the
// next run. Writes go to the system at once, so nothing is pending but
// `write_chunk` bytes.

namespace herald {

constexpr std::size_t write_chunk = 256 << 10;

class file_sink final : public sink_writer {
public:
  file_sink(std::string folder, std::string format, int subtask,
            std::unique_ptr<encoder> encode)
      : folder_(std::move(folder)), format_(std::move(format)),
        subtask_(subtask), encoder_(std::move(encode)) {}

  absl::Status open(wake_function wake) override;
  absl::Status write(const batch_ptr& rows) override;

  std::int64_t pending_bytes() const override {
    return static_cast<std::int64_t>(buffer_.size());
  }

  absl::Status flush() override;
  absl::Status close() override;

private:
  absl::Status put();

  std::string folder_;
  std::string format_;
  int subtask_;
  std::unique_ptr<encoder> encoder_;
  std::unique_ptr<part_file> part_;
  std::string buffer_;
};

} // namespace herald
