#include "engine/connectors/alarm.hpp"
#include "engine/connectors/connectors.hpp"
#include "engine/connectors/nexmark/columns.hpp"
#include "engine/connectors/pacer.hpp"
#include "engine/connectors/table_columns.hpp"

#include <limits>
#include <optional>

#include <fmt/format.h>

namespace herald {

namespace nexmark {

namespace {

/// Subtask i of n generates events i, i + n, …: its only split. Their number
/// is in the split's name because a position means nothing without it.
std::string split_name(int subtask, int parallelism) {
  return fmt::format("{}/{}", subtask, parallelism);
}

class source final : public source_reader {
public:
  source(source_context context, const model& x)
      : context_(std::move(context)), model_(x), maker_(x),
        next_(context_.subtask) {
    for (const auto& pushed : context_.scan.pushed)
      if (pushed.path == std::vector<std::string>{"event_type"})
        if (auto* kind = std::get_if<std::int64_t>(&pushed.value.value))
          wanted_ = *kind;
  }

  absl::Status open(wake_function wake) override {
    auto name = split_name(context_.subtask, context_.parallelism);
    for (const auto& position : context_.restore)
      if (position.split == name)
        next_ = position.next;
    first_ = next_;
    block_ = next_ / model_.total;
    offset_ = next_ % model_.total;
    if (model_.rate > 0) {
      pacer_.emplace(model_.rate, pacer::clock::now());
      alarm_.start(std::move(wake));
    }
    return absl::OkStatus();
  }

  std::vector<std::string> splits() const override {
    return {split_name(context_.subtask, context_.parallelism)};
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override {
    auto end = model_.events >= 0 ? model_.events
                                  : std::numeric_limits<std::int64_t>::max();
    if (next_ >= end)
      return source_event(source_finished{});
    if (pacer_) {
      // After a restore, the wall clock starts at the restored event.
      auto base = first_ - context_.subtask;
      auto now = pacer::clock::now();
      end = std::min(end, base + pacer_->due(now));
      if (next_ >= end) {
        alarm_.set(pacer_->next(next_ - base, now));
        return source_event(source_idle{});
      }
    }
    generate(rows_max, end);
    std::vector<column_ptr> columns;
    for (std::size_t i = 0; i < context_.scan.paths.size(); ++i)
      columns.push_back(maker_.make(context_.scan.paths[i],
                                    context_.scan.layout->fields[i].type,
                                    events_));
    source_rows rows;
    rows.rows
        = make_batch(context_.scan.layout, std::move(columns), events_.rows());
    return source_event(std::move(rows));
  }

  std::vector<split_position> positions() const override {
    return {{split_name(context_.subtask, context_.parallelism), next_}};
  }

  source_counters counters() const override {
    source_counters result;
    result.records = records_;
    return result;
  }

private:
  /// Fills `events_` with at most `rows_max` events numbered below `end`, of
  /// the wanted kind. Looks at `skips_max` others at most.
  void generate(std::int64_t rows_max, std::int64_t end) {
    constexpr std::int64_t skips_max = 1 << 18;
    events_.clear();
    std::int64_t step = context_.parallelism;
    std::int64_t skips = 0;
    while (next_ < end && events_.rows() < rows_max && skips < skips_max) {
      auto kind = model_.kind_of(offset_);
      if (!wanted_ || *wanted_ == static_cast<std::int64_t>(kind))
        events_.add(next_, block_, offset_, kind);
      else
        ++skips;
      next_ += step;
      offset_ += step;
      while (offset_ >= model_.total) {
        offset_ -= model_.total;
        ++block_;
      }
    }
    records_ += events_.rows() + skips;
  }

  source_context context_;
  model model_;
  column_maker maker_;
  std::optional<std::int64_t> wanted_; ///< the only kind, if pushed
  std::int64_t next_;
  std::int64_t first_ = 0;
  std::int64_t block_ = 0;
  std::int64_t offset_ = 0;
  std::int64_t records_ = 0;
  events events_;
  std::optional<pacer> pacer_;
  alarm alarm_;
};

class connector_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    HERALD_TRY(check_table_options(
        table, {"events.num", "rate", "event.rate", "seed", "start-time",
                "person.proportion", "auction.proportion", "bid.proportion",
                "bid.hot-ratio.auctions", "bid.hot-ratio.bidders",
                "auction.hot-ratio.sellers", "person.avg-size",
                "auction.avg-size", "bid.avg-size"}));
    HERALD_TRY(model_of(table.options).status());
    HERALD_TRY(check_metadata(table, {}));
    return check_columns(physical_fields(table));
  }

  absl::Status check_sink(const table_definition&) const override {
    return user_error("connector 'nexmark' is a source: nothing can be "
                      "written to it");
  }

  bool bounded(const table_definition& table) const override {
    return table.options.contains("events.num");
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    HERALD_TRY(check_source(*context.scan.table));
    HERALD_ASSIGN(auto x, model_of(context.scan.table->options));
    return std::make_unique<source>(std::move(context), x);
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    return check_sink(*context.sink.table);
  }
};

} // namespace

} // namespace nexmark

const connector& nexmark_connector() {
  static const nexmark::connector_type instance;
  return instance;
}

} // namespace herald
