#include "engine/connectors/alarm.hpp"
#include "engine/connectors/connectors.hpp"
#include "engine/connectors/datagen/fields.hpp"
#include "engine/connectors/pacer.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/expr/expr.hpp"
#include "engine/formats/options.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace herald {

namespace {

/// Flink's default.
constexpr std::int64_t default_rate = 10'000;
constexpr std::int64_t rate_max = 1'000'000'000;

struct datagen_plan {
  std::vector<datagen_field> fields; ///< of every column of the table
  std::int64_t rows = std::numeric_limits<std::int64_t>::max();
  std::int64_t rate = default_rate;
};

absl::StatusOr<datagen_plan> plan_of(const table_definition& table) {
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  datagen_plan plan;
  auto columns = physical_fields(table);
  HERALD_TRY(check_metadata(table, {}));
  HERALD_TRY(check_table_options(table, datagen_options(columns)));
  HERALD_ASSIGN(plan.rows, integer_option(table.options, "number-of-rows",
                                          highest, 0, highest));
  HERALD_ASSIGN(plan.rate, integer_option(table.options, "rows-per-second",
                                          default_rate, 1, rate_max));
  HERALD_ASSIGN(auto seed,
                integer_option(table.options, "seed", 0, 0, highest));
  for (const auto& column : columns) {
    HERALD_ASSIGN(auto made,
                  datagen_field::make(column, table.options,
                                      static_cast<std::uint64_t>(seed)));
    plan.rows = std::min(plan.rows, made.rows());
    plan.fields.push_back(std::move(made));
  }
  return plan;
}

/// What lies at `path` of a column; its first name is the column's.
absl::StatusOr<expr_ptr> path_of(expr_ptr column,
                                 const std::vector<std::string>& path) {
  for (std::size_t i = 1; i < path.size(); ++i) {
    auto label = make_literal(
        {data_type::of(type_kind::varchar).with_nullable(false), path[i]});
    HERALD_ASSIGN(column,
                  make_call("FIELD", {std::move(column), std::move(label)}));
  }
  return column;
}

/// Subtask i of n makes rows i, i + n, …; its split is named "i/n".
class datagen_reader final : public source_reader {
public:
  datagen_reader(source_context context, datagen_plan plan)
      : context_(std::move(context)), plan_(std::move(plan)),
        next_(context_.subtask) {}

  absl::Status open(wake_function wake) override {
    HERALD_TRY(find_columns());
    for (const auto& position : context_.restore)
      if (position.split == splits().front())
        next_ = position.next;
    first_ = next_ - context_.subtask;
    pacer_.emplace(plan_.rate, pacer::clock::now());
    alarm_.start(std::move(wake));
    return absl::OkStatus();
  }

  std::vector<std::string> splits() const override {
    return {fmt::format("{}/{}", context_.subtask, context_.parallelism)};
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override {
    if (next_ >= plan_.rows)
      return source_event(source_finished{});
    auto now = pacer::clock::now();
    auto end = std::min(plan_.rows, first_ + pacer_->due(now));
    std::int64_t step = context_.parallelism;
    auto count = std::min(rows_max, (end - next_ + step - 1) / step);
    if (count <= 0) {
      alarm_.set(pacer_->next(next_ - first_, now));
      return source_event(source_idle{});
    }
    auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                      std::chrono::system_clock::now().time_since_epoch())
                      .count();
    for (const auto i : wanted_)
      count = std::min(count, plan_.fields[i].rows_at_once());
    std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
    for (auto& row : rows)
      row = std::exchange(next_, next_ + step);
    std::vector<column_ptr> columns;
    for (const auto i : wanted_)
      columns.push_back(plan_.fields[i].values(rows, now_ms));
    const auto made = make_batch(layout_, std::move(columns), count);
    columns.clear();
    for (const auto& output : outputs_) {
      HERALD_ASSIGN(columns.emplace_back(),
                    evaluate_column(*output, *made, {}));
    }
    records_ += count;
    source_rows out;
    out.rows = make_batch(context_.scan.layout, std::move(columns), count);
    return source_event(std::move(out));
  }

  std::vector<split_position> positions() const override {
    return {{splits().front(), next_}};
  }

  source_counters counters() const override {
    source_counters result;
    result.records = records_;
    return result;
  }

private:
  absl::Status find_columns() {
    const auto columns = physical_fields(*context_.scan.table);
    schema layout;
    for (const auto& path : context_.scan.paths) {
      const auto at
          = std::find_if(columns.begin(), columns.end(), [&](const field& x) {
              return x.name == path.front();
            });
      const auto index = static_cast<std::size_t>(at - columns.begin());
      auto known = std::find(wanted_.begin(), wanted_.end(), index);
      if (known == wanted_.end()) {
        known = wanted_.insert(known, index);
        layout.fields.push_back(*at);
      }
      const auto place = static_cast<int>(known - wanted_.begin());
      HERALD_ASSIGN(outputs_.emplace_back(),
                    path_of(make_column(place, at->type), path));
    }
    layout_ = std::make_shared<schema>(std::move(layout));
    return absl::OkStatus();
  }

  source_context context_;
  datagen_plan plan_;
  std::vector<std::size_t> wanted_; ///< columns of the table
  schema_ptr layout_;               ///< of these
  std::vector<expr_ptr> outputs_;   ///< of each path, over these
  std::int64_t next_;
  std::int64_t first_ = 0;
  std::int64_t records_ = 0;
  std::optional<pacer> pacer_;
  alarm alarm_;
};

class datagen_type final : public connector {
public:
  absl::Status check_source(const table_definition& table) const override {
    return plan_of(table).status();
  }

  absl::Status check_sink(const table_definition&) const override {
    return user_error("connector 'datagen' is a source: nothing can be "
                      "written to it");
  }

  bool bounded(const table_definition& table) const override {
    auto plan = plan_of(table);
    return plan.ok() && plan->rows < std::numeric_limits<std::int64_t>::max();
  }

  absl::StatusOr<std::unique_ptr<source_reader>>
  make_reader(source_context context) const override {
    HERALD_ASSIGN(auto plan, plan_of(*context.scan.table));
    return std::make_unique<datagen_reader>(std::move(context),
                                            std::move(plan));
  }

  absl::StatusOr<std::unique_ptr<sink_writer>>
  make_writer(sink_context context) const override {
    return check_sink(*context.sink.table);
  }
};

} // namespace

const connector& datagen_connector() {
  static const datagen_type instance;
  return instance;
}

} // namespace herald
