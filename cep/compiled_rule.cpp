#include "cep/compiled_rule.hpp"

#include "cep/rule_scope.hpp"
#include "engine/common/check.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

class rule_compiler {
public:
  rule_compiler(const rule_file& rule, const schema& source)
      : rule_(rule), source_(source), width_(source.fields.size()),
        needed_(width_, false), captured_(rule.steps.size()) {}

  absl::StatusOr<compiled_rule_ptr> compile(int time_column);

private:
  absl::Status find_keys();
  absl::Status check_step_names() const;
  absl::Status bind_conditions();
  absl::Status bind_columns();

  /// Notes what columns of which events `x`, seen by step `current`, reads.
  void note(const expr_ptr& x, std::size_t current);
  void place_reads(int time_column);
  void place_captures();
  joint_input inputs_of(const std::vector<expr_ptr>& list,
                        std::size_t current) const;
  expr_ptr over(const joint_input& inputs, const expr_ptr& x,
                std::size_t current) const;
  void place_conditions();

  int wide(std::size_t step, std::size_t column) const {
    return static_cast<int>(step * width_ + column);
  }

  /// The read column that column `column` of the source is.
  int read_of(int column) const {
    auto at = std::lower_bound(to_.reads.begin(), to_.reads.end(), column);
    return static_cast<int>(at - to_.reads.begin());
  }

  const rule_file& rule_;
  const schema& source_;
  std::size_t width_;
  std::vector<bool> needed_;               ///< of the source's columns
  std::vector<std::vector<int>> captured_; ///< source columns, by step
  std::vector<expr_ptr> emit_;             ///< wide
  compiled_rule to_;
};

absl::Status rule_compiler::find_keys() {
  std::vector<std::string> names;
  for (const auto& field : source_.fields)
    names.push_back(field.name);
  for (const auto& key : rule_.key) {
    auto found = source_.find(key.name);
    if (!found) {
      auto near = nearest_name(key.name, names);
      return user_error(
          key.where, fmt::format("the source has no column '{}'", key.name),
          near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
    needed_[*found] = true;
    to_.source_keys.push_back(static_cast<int>(*found));
  }
  return absl::OkStatus();
}

absl::Status rule_compiler::check_step_names() const {
  for (const auto& step : rule_.steps)
    if (source_.find(step.name.name))
      return user_error(step.name.where,
                        fmt::format("'{}' is a column of the source and "
                                    "cannot name a step",
                                    step.name.name),
                        "choose another name");
  return absl::OkStatus();
}

void rule_compiler::note(const expr_ptr& x, std::size_t current) {
  std::vector<int> columns;
  collect_columns(*x, columns);
  for (auto index : columns) {
    auto step = static_cast<std::size_t>(index) / width_;
    auto column = static_cast<std::size_t>(index) % width_;
    needed_[column] = true;
    if (step != current)
      captured_[step].push_back(static_cast<int>(column));
  }
}

absl::Status rule_compiler::bind_conditions() {
  for (std::size_t i = 0; i < rule_.steps.size(); ++i) {
    const auto& from = rule_.steps[i];
    rule_scope names(source_, rule_.steps, i);
    HERALD_ASSIGN(auto condition,
                  names.bind_condition(
                      *from.condition,
                      fmt::format("the condition of '{}'", from.name.name)));
    note(condition, i);
    compiled_step step;
    step.name = from.name.name;
    step.follows = from.follows;
    step.condition = std::move(condition);
    to_.steps.push_back(std::move(step));
  }
  return absl::OkStatus();
}

absl::Status rule_compiler::bind_columns() {
  auto last = rule_.steps.size() - 1;
  rule_scope names(source_, rule_.steps, last);
  schema layout;
  for (const auto& column : rule_.columns) {
    HERALD_ASSIGN(auto value, names.bind(*column.value, "a column of a match"));
    if (value->type.kind() == type_kind::null)
      return user_error(column.value->where, "this NULL has no type",
                        "as in CAST(NULL AS STRING)");
    note(value, last);
    layout.fields.push_back({column.name.name, value->type});
    emit_.push_back(std::move(value));
  }
  to_.layout = std::make_shared<const schema>(std::move(layout));
  return absl::OkStatus();
}

void rule_compiler::place_reads(int time_column) {
  needed_[static_cast<std::size_t>(time_column)] = true;
  schema layout;
  for (std::size_t i = 0; i < width_; ++i) {
    if (!needed_[i])
      continue;
    to_.reads.push_back(static_cast<int>(i));
    layout.fields.push_back(source_.fields[i]);
  }
  to_.read_layout = std::make_shared<const schema>(std::move(layout));
  to_.time_column = read_of(time_column);
  for (auto key : to_.source_keys)
    to_.keys.push_back(read_of(key));
}

void rule_compiler::place_captures() {
  for (std::size_t i = 0; i < to_.steps.size(); ++i) {
    auto& columns = captured_[i];
    std::sort(columns.begin(), columns.end());
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
    auto& step = to_.steps[i];
    schema layout;
    for (auto column : columns) {
      const auto& field = source_.fields[static_cast<std::size_t>(column)];
      layout.fields.push_back(
          {fmt::format("{}.{}", step.name, field.name), field.type});
      step.captured.push_back(read_of(column));
    }
    step.captured_layout = std::make_shared<const schema>(std::move(layout));
  }
}

joint_input rule_compiler::inputs_of(const std::vector<expr_ptr>& list,
                                     std::size_t current) const {
  std::vector<int> columns;
  for (const auto& x : list)
    collect_columns(*x, columns);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  joint_input result;
  schema layout;
  for (auto index : columns) {
    auto step = static_cast<std::size_t>(index) / width_;
    auto column = index % static_cast<int>(width_);
    layout.fields.push_back(source_.fields[static_cast<std::size_t>(column)]);
    if (step == current) {
      result.columns.push_back({-1, read_of(column)});
      continue;
    }
    const auto& kept = captured_[step];
    auto at = std::lower_bound(kept.begin(), kept.end(), column);
    result.columns.push_back(
        {static_cast<int>(step), static_cast<int>(at - kept.begin())});
  }
  result.layout = std::make_shared<const schema>(std::move(layout));
  return result;
}

/// `x` with the wide columns replaced by places among `inputs`.
expr_ptr rule_compiler::over(const joint_input& inputs, const expr_ptr& x,
                             std::size_t current) const {
  std::vector<expr_ptr> places(to_.steps.size() * width_);
  for (std::size_t i = 0; i < inputs.columns.size(); ++i) {
    auto [step, slot] = inputs.columns[i];
    auto event = step < 0 ? current : static_cast<std::size_t>(step);
    auto column = step < 0 ? to_.reads[static_cast<std::size_t>(slot)]
                           : captured_[event][static_cast<std::size_t>(slot)];
    const auto& field = inputs.layout->fields[i];
    places[static_cast<std::size_t>(
        wide(event, static_cast<std::size_t>(column)))]
        = make_column(static_cast<int>(i), field.type, field.name);
  }
  return substitute(x, places);
}

void rule_compiler::place_conditions() {
  joint_input event;
  for (std::size_t i = 0; i < to_.reads.size(); ++i)
    event.columns.push_back({-1, static_cast<int>(i)});
  event.layout = to_.read_layout;
  for (std::size_t i = 0; i < to_.steps.size(); ++i) {
    auto& step = to_.steps[i];
    std::vector<expr_ptr> own;
    std::vector<expr_ptr> joint;
    for (const auto& part : conjuncts(step.condition)) {
      std::vector<int> columns;
      collect_columns(*part, columns);
      auto alone = std::all_of(columns.begin(), columns.end(), [&](int x) {
        return static_cast<std::size_t>(x) / width_ == i;
      });
      (alone ? own : joint).push_back(part);
    }
    if (!own.empty())
      step.own = over(event, conjunction(own), i);
    if (joint.empty())
      continue;
    step.inputs = inputs_of(joint, i);
    step.joint = over(step.inputs, conjunction(joint), i);
  }
}

absl::StatusOr<compiled_rule_ptr> rule_compiler::compile(int time_column) {
  HERALD_CHECK(time_column >= 0
                   && static_cast<std::size_t>(time_column) < width_,
               "the source has its time");
  HERALD_TRY(check_step_names());
  HERALD_TRY(find_keys());
  HERALD_TRY(bind_conditions());
  HERALD_TRY(bind_columns());
  to_.name = rule_.name;
  to_.version = rule_.version;
  to_.source = rule_.source.name;
  to_.source_layout = std::make_shared<const schema>(source_);
  to_.within_ms = rule_.within_ms;
  to_.mode = rule_.mode;
  to_.into = rule_.into.name;
  place_reads(time_column);
  place_captures();
  place_conditions();
  auto last = to_.steps.size() - 1;
  to_.emit_inputs = inputs_of(emit_, last);
  for (const auto& x : emit_)
    to_.emit.push_back(over(to_.emit_inputs, x, last));
  return std::make_shared<const compiled_rule>(std::move(to_));
}

bool same_steps(const compiled_rule& a, const compiled_rule& b) {
  return std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(),
                    b.steps.end(), [](const auto& x, const auto& y) {
                      return x.name == y.name && x.follows == y.follows
                             && equal(*x.condition, *y.condition);
                    });
}

} // namespace

absl::StatusOr<compiled_rule_ptr> compile_rule(const rule_file& rule,
                                               const schema& source_layout,
                                               int time_column) {
  return rule_compiler(rule, source_layout).compile(time_column);
}

bool reads_no_more(const compiled_rule& from, const compiled_rule& to) {
  return from.source == to.source && *from.source_layout == *to.source_layout
         && from.source_keys == to.source_keys
         && std::includes(from.reads.begin(), from.reads.end(),
                          to.reads.begin(), to.reads.end());
}

bool carries_over(const compiled_rule& from, const compiled_rule& to) {
  if (!reads_no_more(from, to) || from.within_ms != to.within_ms
      || from.mode != to.mode || !same_steps(from, to))
    return false;
  for (std::size_t i = 0; i < from.steps.size(); ++i)
    for (const auto& field : to.steps[i].captured_layout->fields)
      if (!from.steps[i].captured_layout->find(field.name))
        return false;
  return true;
}

} // namespace herald
