#include "engine/operators/local_windows.hpp"

#include "engine/operators/filter.hpp"

namespace herald {

namespace {

data_type local_type() {
  return data_type::timestamp(3);
}

/// Makes instants of what the operator inside gives.
class instants final : public output {
public:
  /// `watermark`: the last one, as far as it is known.
  instants(output& inner, const window_zone& zone,
           const std::vector<int>& columns, std::optional<event_time> watermark)
      : inner_(inner), zone_(zone), columns_(columns), watermark_(watermark) {}

  absl::Status emit(batch_ptr rows) override {
    if (columns_.empty())
      return inner_.emit(std::move(rows));
    auto columns = rows->columns;
    for (const int at : columns_) {
      auto& column = columns[static_cast<std::size_t>(at)];
      auto times = times_of(*column);
      for (auto& t : times)
        t = zone_.instant(t);
      column = time_column(column->type, times);
    }
    return inner_.emit(make_batch(rows->layout, std::move(columns), rows->rows,
                                  rows->changes));
  }

  absl::Status advance(event_time t) override {
    return inner_.advance(zone_.watermark(t));
  }

  absl::Status late(const batch& rows, const row_list& which,
                    event_time t) override {
    // A local time may be that of two instants.
    return inner_.late(rows, which,
                       t == time_min ? t
                                     : watermark_.value_or(zone_.watermark(t)));
  }

  bool full() const override {
    return inner_.full();
  }

private:
  output& inner_;
  const window_zone& zone_;
  const std::vector<int>& columns_;
  std::optional<event_time> watermark_;
};

} // namespace

schema_ptr local_windows_operator::layout_inside(const schema& input) {
  auto result = std::make_shared<schema>(input);
  result->fields.push_back({"$local", local_type()});
  return result;
}

local_windows_operator::local_windows_operator(
    std::unique_ptr<stream_operator> inner, const std::string& zone,
    const schema& input, local_windows_columns columns)
    : inner_(std::move(inner)), zone_(zone), inside_(layout_inside(input)),
      columns_(std::move(columns)) {}

absl::Status local_windows_operator::open(const operator_context& context) {
  HERALD_TRY(stream_operator::open(context));
  return inner_->open(context);
}

stream_operator& local_windows_operator::inner() {
  inner_->set_time(context_.eval.now_ms);
  if (context_.eval.watermark_ms)
    inner_->set_watermark(*context_.eval.watermark_ms);
  return *inner_;
}

batch_ptr
local_windows_operator::with_local_times(const batch_ptr& rows) const {
  if (!columns_.time)
    return rows;
  const auto& time = *rows->columns[static_cast<std::size_t>(*columns_.time)];
  auto local = column(*time_column(local_type(), zone_.local_times(time)));
  local.validity = time.validity;
  local.null_count = time.null_count;
  auto columns = rows->columns;
  columns.push_back(std::make_shared<column>(std::move(local)));
  return make_batch(inside_, std::move(columns), rows->rows, rows->changes);
}

absl::Status local_windows_operator::process(int input, const batch_ptr& rows,
                                             output& out) {
  instants results(out, zone_, columns_.window_times,
                   context_.eval.watermark_ms);
  HERALD_TRY(inner().process(input, with_local_times(rows), results));
  counters_ = inner_->counters();
  return absl::OkStatus();
}

absl::Status local_windows_operator::advance(event_time t, output& out) {
  instants results(out, zone_, columns_.window_times,
                   context_.eval.watermark_ms);
  HERALD_TRY(inner().advance(zone_.local_watermark(t), results));
  counters_ = inner_->counters();
  return absl::OkStatus();
}

absl::Status local_windows_operator::flush(output& out) {
  instants results(out, zone_, columns_.window_times,
                   context_.eval.watermark_ms);
  return inner().flush(results);
}

absl::Status local_windows_operator::drained(output& out) {
  instants results(out, zone_, columns_.window_times,
                   context_.eval.watermark_ms);
  return inner().drained(results);
}

absl::Status local_windows_operator::resume(output& out) {
  instants results(out, zone_, columns_.window_times,
                   context_.eval.watermark_ms);
  return inner().resume(results);
}

} // namespace herald
