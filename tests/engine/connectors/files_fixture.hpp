#pragma once

#include "tests/engine/connectors/reading.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

// A folder of its own for a test of files, and readers and writers for them.

namespace herald::test {

namespace fs = std::filesystem;

class files_fixture : public testing::Test {
protected:
  files_fixture() {
    fs::create_directories(root_);
  }

  ~files_fixture() override {
    fs::remove_all(root_);
  }

  std::string path(const std::string& name) const {
    return (root_ / name).string();
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }

  void put_compressed(const std::string& name, const std::string& text) const {
    gzFile file = gzopen(path(name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
  }

  void put_zstd(const std::string& name, const std::string& text) const {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(),
                             ZSTD_CLEVEL_DEFAULT));
    put(name, out);
  }

  std::string text_of(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static read_result read(std::shared_ptr<table_definition> from,
                          std::int64_t rows_max = 4096) {
    return read_all(context_of(scan_of(std::move(from))), rows_max);
  }

  /// An open writer, as subtask 0.
  static std::unique_ptr<sink_writer>
  writer_of(std::shared_ptr<table_definition> to, schema_ptr layout) {
    sink_context context;
    context.sink.table = to;
    context.sink.layout = std::move(layout);
    auto writer = (*find_connector(*to))->make_writer(context);
    EXPECT_TRUE(writer.ok()) << writer.status();
    EXPECT_EQ((*writer)->open([] {}), absl::OkStatus());
    return *std::move(writer);
  }

  /// Writes batches as subtask 0 and closes; returns what went wrong.
  static absl::Status write(std::shared_ptr<table_definition> to,
                            const std::vector<batch_ptr>& batches,
                            bool close = true) {
    sink_context context;
    context.sink.table = to;
    schema layout;
    for (const auto& x : to->columns)
      layout.fields.push_back({x.name, x.type});
    context.sink.layout = std::make_shared<schema>(std::move(layout));
    HERALD_ASSIGN(auto* code, find_connector(*to));
    HERALD_ASSIGN(auto writer, code->make_writer(context));
    HERALD_TRY(writer->open([] {}));
    for (const auto& x : batches)
      HERALD_TRY(writer->write(x));
    HERALD_TRY(writer->flush());
    EXPECT_EQ(writer->pending_bytes(), 0);
    return close ? writer->close() : absl::OkStatus();
  }

private:
  fs::path root_
      = fs::temp_directory_path()
        / fmt::format(
            "herald_files_{}_{}", ::getpid(),
            testing::UnitTest::GetInstance()->current_test_info()->name());
};

} // namespace herald::test
