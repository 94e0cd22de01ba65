#include "engine/connectors/preloaded.hpp"

#include "engine/connectors/connectors.hpp"
#include "engine/connectors/read_all.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/options.hpp"

#include <map>
#include <mutex>

#include <fmt/format.h>

namespace herald {

namespace {

struct stock {
  std::vector<std::vector<std::string>> paths;
  std::vector<std::vector<batch_ptr>> batches; ///< a list each subtask
};

using stock_ptr = std::shared_ptr<const stock>;

struct store {
  std::mutex mutex;
  std::map<std::string, stock_ptr> by_name;

  static store& get() {
    static store instance;
    return instance;
  }
};

absl::StatusOr<std::vector<batch_ptr>>
drain(const connector& from, source_context context, std::int64_t rows) {
  std::vector<batch_ptr> result;
  doorbell bell;
  HERALD_TRY(read_all(from, std::move(context), rows, bell, [&](batch_ptr x) {
    if (x)
      result.push_back(std::move(x));
    return absl::OkStatus();
  }));
  return result;
}

class preloaded_reader final : public source_reader {
public:
  preloaded_reader(source_context context, stock_ptr from)
      : context_(std::move(context)), from_(std::move(from)) {
    auto count = static_cast<std::size_t>(context_.parallelism);
    for (std::size_t i = 0; i < from_->batches.size(); ++i)
      if (i % count == static_cast<std::size_t>(context_.subtask))
        batches_.insert(batches_.end(), from_->batches[i].begin(),
                        from_->batches[i].end());
  }

  absl::Status open(wake_function) override {
    for (const auto& position : context_.restore)
      if (position.split == splits().front())
        skip(position.next);
    return absl::OkStatus();
  }

  std::vector<std::string> splits() const override {
    return {fmt::format("{}/{}", context_.subtask, context_.parallelism)};
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override {
    if (current_ == batches_.size())
      return source_event(source_finished{});
    auto rows = batches_[current_];
    auto count = std::min(rows->rows - row_, rows_max);
    if (count < rows->rows)
      rows = slice(*rows, row_, count);
    source_rows out;
    out.rows = make_batch(context_.scan.layout, rows->columns, rows->rows,
                          rows->changes);
    skip(count);
    return source_event(std::move(out));
  }

  std::vector<split_position> positions() const override {
    return {{splits().front(), given_}};
  }

  source_counters counters() const override {
    source_counters result;
    result.records = given_;
    return result;
  }

private:
  void skip(std::int64_t count) {
    given_ += count;
    row_ += count;
    while (current_ < batches_.size() && row_ >= batches_[current_]->rows)
      row_ -= batches_[current_++]->rows;
  }

  source_context context_;
  stock_ptr from_;
  std::vector<batch_ptr> batches_;
  std::size_t current_ = 0;
  std::int64_t row_ = 0; ///< of the current batch
  std::int64_t given_ = 0;
};

class preloaded_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    HERALD_TRY(required_option(table.options, "name").status());
    HERALD_TRY(check_metadata(table, {}));
    return check_table_options(table, {"name"});
  }

  absl::Status check_sink(const table_definition&) const override {
    return user_error("connector 'preloaded' is a source: nothing can be "
                      "written to it");
  }

  bool bounded(const table_definition&) const override {
    return true;
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    HERALD_TRY(check_source(*context.scan.table));
    const auto& name = context.scan.table->options.at("name");
    stock_ptr found;
    {
      auto& all = store::get();
      std::lock_guard lock(all.mutex);
      if (auto at = all.by_name.find(name); at != all.by_name.end())
        found = at->second;
    }
    if (!found)
      return user_error(fmt::format("nothing is preloaded as '{}'", name));
    if (found->paths != context.scan.paths)
      return user_error(fmt::format(
          "what is preloaded as '{}' has other columns than the scan", name));
    return std::make_unique<preloaded_reader>(std::move(context),
                                              std::move(found));
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    return check_sink(*context.sink.table);
  }
};

} // namespace

absl::Status preload(const std::string& name,
                     std::shared_ptr<const table_definition> from,
                     scan_spec scan, int parallelism, std::int64_t rows) {
  HERALD_ASSIGN(const auto* code, find_connector(*from));
  if (!code->bounded(*from))
    return user_error(fmt::format("table '{}' has no end: it cannot be "
                                  "preloaded",
                                  from->name));
  scan.table = std::move(from);
  auto result = std::make_shared<stock>();
  result->paths = scan.paths;
  for (int i = 0; i < parallelism; ++i) {
    source_context context;
    context.scan = scan;
    context.subtask = i;
    context.parallelism = parallelism;
    HERALD_ASSIGN(auto batches, drain(*code, std::move(context), rows));
    result->batches.push_back(std::move(batches));
  }
  auto& all = store::get();
  std::lock_guard lock(all.mutex);
  all.by_name[name] = std::move(result);
  return absl::OkStatus();
}

void unload(const std::string& name) {
  auto& all = store::get();
  std::lock_guard lock(all.mutex);
  all.by_name.erase(name);
}

const connector& preloaded_connector() {
  static const preloaded_type instance;
  return instance;
}

} // namespace herald
