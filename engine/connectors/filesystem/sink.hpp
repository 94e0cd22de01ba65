#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/formats/format.hpp"

// Writes one part file a subtask and run: PATH/part-SUBTASK-N.FORMAT, with N
// the first number that is free. Until it is complete the file has a hidden
// name, which readers pass over. Writes go to the system at once, so nothing
// is pending but `write_chunk` bytes.

namespace herald {

constexpr std::size_t write_chunk = 256 << 10;

class file_sink final : public sink_writer {
public:
  file_sink(std::string folder, std::string format, int subtask,
            std::unique_ptr<encoder> encode)
      : folder_(std::move(folder)), format_(std::move(format)),
        subtask_(subtask), encoder_(std::move(encode)) {}

  ~file_sink() override;

  absl::Status open(wake_function wake) override;
  absl::Status write(const batch_ptr& rows) override;

  std::int64_t pending_bytes() const override {
    return static_cast<std::int64_t>(buffer_.size());
  }

  absl::Status flush() override {
    return put();
  }

  absl::Status close() override;

private:
  absl::Status put();
  absl::Status fail(std::string_view what) const;

  std::string folder_;
  std::string format_;
  int subtask_;
  std::unique_ptr<encoder> encoder_;
  std::string hidden_; ///< name while it is written
  int file_ = -1;
  std::string buffer_;
};

} // namespace herald
