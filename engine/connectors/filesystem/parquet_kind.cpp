#include "engine/columnar/arrow_types.hpp"
#include "engine/common/error.hpp"
#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/connectors/filesystem/parquet_columns.hpp"
#include "engine/connectors/filesystem/parquet_groups.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <limits>

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

namespace herald {

namespace {

/// Bytes of a column's pages that are read at once.
constexpr std::int64_t read_ahead_bytes = 1 << 20;

/// Rows that are decoded at once.
constexpr std::int64_t batch_rows = 4096;

/// Where columns lie that were read; they outlive their file.
arrow::MemoryPool* column_pool() {
  static auto* pool = new arrow::CappedMemoryPool(arrow::default_memory_pool(),
                                                  parquet_columns_max);
  return pool;
}

/// What `f` returns; an exception of the library is an error.
template <class F>
auto guarded(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::exception& e) {
    return user_error(e.what());
  }
}

class parquet_file final : public file_reader {
public:
  parquet_file(const file_scan& scan, std::string path)
      : scan_(scan), path_(std::move(path)),
        pool_(arrow::default_memory_pool(), parquet_pages_max) {}

  absl::Status open(std::int64_t position) {
    position_ = position;
    return annotate(guarded([&] { return begin(position); }), path_);
  }

  absl::StatusOr<bool> read(std::int64_t rows_max, source_rows& out,
                            source_counters& counters) override {
    if (!rest_ || used_ == rest_->rows) {
      auto more = guarded([&] { return next(out, counters); });
      if (!more.ok())
        return annotate(more.status(),
                        fmt::format("{}: row {}", path_, position_));
      if (!*more) {
        out.rows = null_rows();
        return false;
      }
    }
    const auto count = std::min(rows_max, rest_->rows - used_);
    out.rows = slice(*rest_, used_, count);
    used_ += count;
    position_ = row_at(used_ == rest_->rows ? behind_ : begun_ + used_);
    return true;
  }

  std::int64_t position() const override {
    return position_;
  }

private:
  absl::Status begin(std::int64_t position);
  absl::StatusOr<std::vector<int>> find_groups(std::int64_t position);
  absl::StatusOr<bool> next(source_rows& out, source_counters& counters);
  absl::StatusOr<batch_ptr> convert(const arrow::RecordBatch& from,
                                    source_rows& out,
                                    source_counters& counters) const;

  batch_ptr null_rows() const {
    std::vector<column_ptr> columns;
    for (const auto& field : scan_.layout->fields)
      columns.push_back(null_column(field.type, 0));
    return make_batch(scan_.layout, std::move(columns), 0);
  }

  /// The row of the file that is number `n` of those that are read.
  std::int64_t row_at(std::int64_t n) const {
    const auto next = std::upper_bound(
        stretches_.begin(), stretches_.end(), n,
        [](std::int64_t x, const stretch& y) { return x < y.read; });
    const auto& last = *std::prev(next);
    return last.row + n - last.read;
  }

  /// A row group that is read.
  struct stretch {
    std::int64_t read = 0; ///< rows that are read before
    std::int64_t row = 0;  ///< its first, in the file
  };

  const file_scan& scan_;
  std::string path_;
  arrow::CappedMemoryPool pool_; ///< of pages; outlives the readers
  std::unique_ptr<parquet::arrow::FileReader> file_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  parquet_columns columns_;
  batch_ptr rest_; ///< rows [used_, …) are not given yet
  std::int64_t used_ = 0;
  std::vector<stretch> stretches_; ///< the last: the end of the file
  std::int64_t skip_ = 0;          ///< rows to leave out, that were read before
  std::int64_t position_ = 0;
  std::int64_t begun_ = 0;  ///< rows read before `rest_`
  std::int64_t behind_ = 0; ///< and with it
};

absl::Status parquet_file::begin(std::int64_t position) {
  parquet::ReaderProperties properties(&pool_);
  properties.enable_buffered_stream();
  properties.set_buffer_size(read_ahead_bytes);
  parquet::ArrowReaderProperties conversion(false);
  conversion.set_batch_size(batch_rows);
  conversion.set_pre_buffer(false);
  conversion.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  HERALD_TRY(to_status(builder.OpenFile(path_, false, properties)));
  builder.memory_pool(column_pool())->properties(conversion);
  HERALD_TRY(to_status(builder.Build(&file_)));
  HERALD_ASSIGN(columns_, parquet_columns::make(scan_, file_->manifest()));
  HERALD_ASSIGN(const auto groups, find_groups(position));
  auto made = file_->GetRecordBatchReader(groups, columns_.leaves());
  HERALD_TRY(to_status(made.status()));
  batches_ = *std::move(made);
  return absl::OkStatus();
}

/// The row groups to read from row `position` on.
absl::StatusOr<std::vector<int>>
parquet_file::find_groups(std::int64_t position) {
  const auto metadata = file_->parquet_reader()->metadata();
  const auto wanted = parquet_groups::make(scan_, file_->manifest());
  std::vector<int> groups;
  std::int64_t first = 0; // row of the group
  std::int64_t read = 0;
  for (int i = 0; i < metadata->num_row_groups(); ++i) {
    const auto group = metadata->RowGroup(i);
    const auto rows = group->num_rows();
    if (rows < 0 || rows > std::numeric_limits<std::int64_t>::max() - first)
      return user_error(fmt::format("row group {} has {} rows", i, rows));
    const auto end = first + rows;
    if (end > position && wanted.may_hold(*group)) {
      if (groups.empty())
        skip_ = std::max<std::int64_t>(position - first, 0);
      groups.push_back(i);
      stretches_.push_back({read, first});
      read += rows;
    }
    first = end;
  }
  stretches_.push_back({read, first});
  return groups;
}

/// Fills `rest_` with rows; false at the end of the file.
absl::StatusOr<bool> parquet_file::next(source_rows& out,
                                        source_counters& counters) {
  std::shared_ptr<arrow::RecordBatch> read;
  do {
    HERALD_TRY(to_status(batches_->ReadNext(&read)));
    if (!read)
      return false;
    const auto old = std::min(skip_, read->num_rows());
    skip_ -= old;
    behind_ += old;
    read = read->Slice(old);
  } while (read->num_rows() == 0);
  HERALD_TRY(to_status(read->ValidateFull()));
  begun_ = behind_;
  position_ = row_at(begun_);
  HERALD_ASSIGN(rest_, convert(*read, out, counters));
  used_ = 0;
  behind_ += read->num_rows();
  counters.records += read->num_rows();
  counters.bytes += memory_bytes(*rest_);
  return true;
}

/// Rows with a value that its column cannot hold become dead letters.
absl::StatusOr<batch_ptr>
parquet_file::convert(const arrow::RecordBatch& from, source_rows& out,
                      source_counters& counters) const {
  auto all = columns_.convert(from);
  if (all.ok())
    return all;
  std::vector<batch_ptr> good{null_rows()};
  for (std::int64_t row = 0; row < from.num_rows(); ++row) {
    const auto one = from.Slice(row, 1);
    auto made = columns_.convert(*one);
    if (made.ok()) {
      good.push_back(*std::move(made));
      continue;
    }
    ++counters.malformed;
    out.dead.push_back({one->ToString().substr(0, dead_letter_max),
                        std::string(message_of(made.status())), path_,
                        row_at(begun_ + row)});
  }
  return concat(good);
}

class parquet_kind final : public file_kind {
public:
  explicit parquet_kind(file_scan scan) : scan_(std::move(scan)) {}

  absl::StatusOr<std::unique_ptr<file_reader>>
  open(const std::string& path, std::int64_t position) override {
    auto result = std::make_unique<parquet_file>(scan_, path);
    HERALD_TRY(result->open(position));
    return result;
  }

private:
  file_scan scan_;
};

} // namespace

absl::StatusOr<std::unique_ptr<file_kind>> make_parquet_kind(file_scan scan) {
  return std::make_unique<parquet_kind>(std::move(scan));
}

} // namespace herald
