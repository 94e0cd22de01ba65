#include "engine/plan/optimiser.hpp"
#include "engine/plan/time_term.hpp"

#include <algorithm>
#include <limits>

namespace herald {

namespace {

/// What is known of right.time - left.time for one pair of columns.
struct time_range {
  int left = 0;
  int right = 0;
  std::optional<std::int64_t> lower;
  std::optional<std::int64_t> upper;
};

/// Builds one join out of its parts.
class join_builder {
public:
  join_builder(plan_ptr left, plan_ptr right, join_spec spec)
      : left_(std::move(left)), right_(std::move(right)),
        spec_(std::move(spec)),
        left_count_(static_cast<int>(left_->columns.size())),
        right_count_(static_cast<int>(right_->columns.size())) {}

  absl::StatusOr<plan_ptr> build(const std::vector<expr_ptr>& conditions) {
    for (const auto& condition : conditions) {
      // Those with versions have their keys.
      if (spec_.versions) {
        residual_.push_back(condition);
        continue;
      }
      // An equality of times is a key and a bound of width 0.
      add_time_range(*condition);
      add_life(*condition);
      if (!add_key(*condition))
        residual_.push_back(condition);
    }
    drop_window_starts();
    choose_bound();
    choose_lives();
    return finish();
  }

private:
  enum class side : std::uint8_t { left, right, both, none };

  side side_of(const expr& x) const {
    std::vector<int> columns;
    collect_columns(x, columns);
    bool left = false;
    bool right = false;
    for (const int column : columns)
      (column < left_count_ ? left : right) = true;
    return left && right ? side::both
           : left        ? side::left
           : right       ? side::right
                         : side::none;
  }

  bool add_key(const expr& x);
  void add_time_range(const expr& x);
  void add_life(const expr& x);
  void add_life(std::string_view op, const time_term& time,
                const expr_ptr& limit);
  void narrow(int left, int right, std::optional<std::int64_t> lower,
              std::optional<std::int64_t> upper);
  void drop_window_starts();
  void choose_bound();
  void choose_lives();
  void drop_what_the_bound_checks();
  plan_ptr finish();

  /// Place of `x`, over one side's columns, in that side; added if need be.
  static int place_of(const expr_ptr& x, std::vector<expr_ptr>& extra,
                      int count);

  /// A window's end is beyond the last time that belongs to it: with the
  /// watermark at the end - 1 ms no row of that window comes any more.
  int before_end(int index) const {
    return column(index).role == window_role::end ? 1 : 0;
  }

  /// A window's end may be local time; all other times are instants.
  std::string zone_of(int index) const {
    const auto& x = column(index);
    return x.role == window_role::end ? x.window.zone : std::string();
  }

  const plan_column& column(int index) const {
    return index < left_count_
               ? left_->columns[static_cast<std::size_t>(index)]
               : right_->columns[static_cast<std::size_t>(index - left_count_)];
  }

  plan_ptr left_;
  plan_ptr right_;
  join_spec spec_;
  int left_count_;
  int right_count_;
  std::vector<expr_ptr> left_extra_;
  std::vector<expr_ptr> right_extra_;
  std::vector<expr_ptr> residual_;
  std::vector<time_range> ranges_;
  std::optional<row_life> left_limit_; ///< by a column that is no event time
  std::optional<row_life> right_limit_;
};

int join_builder::place_of(const expr_ptr& x, std::vector<expr_ptr>& extra,
                           int count) {
  if (x->kind == expr_kind::column)
    return x->column;
  for (std::size_t i = 0; i < extra.size(); ++i)
    if (equal(*extra[i], *x))
      return count + static_cast<int>(i);
  extra.push_back(x);
  return count + static_cast<int>(extra.size()) - 1;
}

bool join_builder::add_key(const expr& x) {
  if (x.kind != expr_kind::call || x.args.size() != 2
      || (x.name != "=" && x.name != "IS NOT DISTINCT FROM"))
    return false;
  auto a = x.args[0];
  auto b = x.args[1];
  if (side_of(*a) == side::right)
    std::swap(a, b);
  if (side_of(*a) != side::left || side_of(*b) != side::right)
    return false;
  // Keys are compared by their stored form.
  const bool texts = a->type.is_text() && b->type.is_text();
  if (!texts && !a->type.same_kind(b->type))
    return false;
  std::vector<int> to_right(
      static_cast<std::size_t>(left_count_ + right_count_), -1);
  for (int i = 0; i < right_count_; ++i)
    to_right[static_cast<std::size_t>(left_count_ + i)] = i;
  b = remap(b, to_right, right_->columns);
  spec_.left_keys.push_back(place_of(a, left_extra_, left_count_));
  spec_.right_keys.push_back(place_of(b, right_extra_, right_count_));
  spec_.null_safe.push_back(x.name != "=");
  return true;
}

void join_builder::narrow(int left, int right,
                          std::optional<std::int64_t> lower,
                          std::optional<std::int64_t> upper) {
  auto found = std::find_if(ranges_.begin(), ranges_.end(), [&](const auto& x) {
    return x.left == left && x.right == right;
  });
  if (found == ranges_.end())
    found = ranges_.insert(ranges_.end(), {left, right, {}, {}});
  if (lower)
    found->lower = std::max(*lower, found->lower.value_or(*lower));
  if (upper)
    found->upper = std::min(*upper, found->upper.value_or(*upper));
}

/// `l + c op r + d` bounds r - l. The condition itself stays for now: another
/// pair of columns may be chosen.
void join_builder::add_time_range(const expr& x) {
  if (x.kind != expr_kind::call || x.args.size() != 2)
    return;
  auto a = time_term_of(*x.args[0]);
  auto b = time_term_of(*x.args[1]);
  if (!a || !b)
    return;
  auto name = x.name;
  if (a->column >= left_count_) {
    std::swap(a, b);
    if (name.front() == '<' && name != "<>")
      name.front() = '>';
    else if (name.front() == '>')
      name.front() = '<';
  }
  if (a->column >= left_count_ || b->column < left_count_
      || !column(a->column).follows_watermark()
      || !column(b->column).follows_watermark()
      || zone_of(a->column) != zone_of(b->column))
    return;
  // l + c <= r + d: r - l >= c - d.
  const auto gap = a->shift_ms - b->shift_ms;
  const int right = b->column - left_count_;
  if (name == "<=")
    narrow(a->column, right, gap, {});
  else if (name == "<")
    narrow(a->column, right, gap + 1, {});
  else if (name == ">=")
    narrow(a->column, right, {}, gap);
  else if (name == ">")
    narrow(a->column, right, {}, gap - 1);
  else if (name == "=")
    narrow(a->column, right, gap, gap);
}

/// Windows of one kind that end together start together, but for sessions:
/// one key is enough.
void join_builder::drop_window_starts() {
  const auto is_pair
      = [&](std::size_t i, window_role role, const window_spec* window) {
          const auto left = static_cast<std::size_t>(spec_.left_keys[i]);
          const auto right = static_cast<std::size_t>(spec_.right_keys[i]);
          if (left >= left_->columns.size() || right >= right_->columns.size())
            return false;
          const auto& a = left_->columns[left];
          const auto& b = right_->columns[right];
          return a.role == role && b.role == role && a.window == b.window
                 && !a.window.is_session() && (!window || a.window == *window);
        };
  for (std::size_t end = 0; end < spec_.left_keys.size(); ++end) {
    if (!is_pair(end, window_role::end, nullptr))
      continue;
    const auto window
        = left_->columns[static_cast<std::size_t>(spec_.left_keys[end])].window;
    for (std::size_t i = spec_.left_keys.size(); i-- > 0;)
      if (is_pair(i, window_role::start, &window)) {
        const auto at = static_cast<std::ptrdiff_t>(i);
        spec_.left_keys.erase(spec_.left_keys.begin() + at);
        spec_.right_keys.erase(spec_.right_keys.begin() + at);
        spec_.null_safe.erase(spec_.null_safe.begin() + at);
      }
    return;
  }
}

/// The narrowest range with two limits, else one with a limit.
void join_builder::choose_bound() {
  constexpr auto unlimited = std::numeric_limits<std::int64_t>::max();
  const auto width = [](const auto& lower, const auto& upper) {
    return lower && upper ? *upper - *lower : unlimited;
  };
  for (const auto& x : ranges_) {
    if (x.lower && x.upper && *x.lower > *x.upper)
      continue;
    if (spec_.bound
        && width(spec_.bound->lower_ms, spec_.bound->upper_ms)
               <= width(x.lower, x.upper))
      continue;
    spec_.bound = time_bound{x.left, x.right, x.lower, x.upper};
  }
}

/// `l.time + c op e` with e over the right side: once the watermark is past
/// e - c, no left row to come can meet the right one.
void join_builder::add_life(const expr& x) {
  if (x.kind != expr_kind::call || x.args.size() != 2)
    return;
  auto name = x.name;
  for (const bool swapped : {false, true}) {
    const auto& time = x.args[swapped ? 1 : 0];
    const auto& limit = x.args[swapped ? 0 : 1];
    if (swapped && name != "=" && (name.front() == '<' || name.front() == '>'))
      name.front() = name.front() == '<' ? '>' : '<';
    const auto term = time_term_of(*time);
    if (term && (name == "<" || name == "<=" || name == "="))
      add_life(name, *term, limit);
  }
}

void join_builder::add_life(std::string_view op, const time_term& time,
                            const expr_ptr& limit) {
  const bool of_right = time.column < left_count_;
  auto& life = of_right ? right_limit_ : left_limit_;
  // A row that is taken back must still be there.
  const bool retracts = (of_right ? right_ : left_)->retracts;
  if (life || retracts || !column(time.column).follows_watermark()
      || side_of(*limit) != (of_right ? side::right : side::left)
      || !limit->type.is_timestamp() || limit->type.precision() > 3)
    return;
  auto value = limit;
  if (of_right) {
    std::vector<int> to_right(
        static_cast<std::size_t>(left_count_ + right_count_), -1);
    for (int i = 0; i < right_count_; ++i)
      to_right[static_cast<std::size_t>(left_count_ + i)] = i;
    value = remap(value, to_right, right_->columns);
  }
  const auto place = of_right ? place_of(value, right_extra_, right_count_)
                              : place_of(value, left_extra_, left_count_);
  life = row_life{
      place, -time.shift_ms - (op == "<" ? 1 : 0) - before_end(time.column),
      zone_of(time.column)};
}

/// Rows are over when the other side's times have left what the bound, or a
/// limit of their own, lets them meet; those that may be taken back not before
/// that would come late.
void join_builder::choose_lives() {
  spec_.left_life = left_limit_;
  spec_.right_life = right_limit_;
  if (!spec_.bound)
    return;
  const auto& bound = *spec_.bound;
  const auto left = before_end(bound.left_time);
  const auto right = before_end(left_count_ + bound.right_time);
  const auto zone = zone_of(bound.left_time); // the other's is the same
  const auto until = [](std::int64_t over, bool retracts, std::int64_t late) {
    return retracts ? std::max(over, late) : over;
  };
  if (bound.upper_ms)
    spec_.left_life
        = {bound.left_time,
           until(*bound.upper_ms - right, left_->retracts, -left), zone};
  if (bound.lower_ms)
    spec_.right_life
        = {bound.right_time,
           until(-*bound.lower_ms - left, right_->retracts, -right), zone};
}

/// Conditions that the chosen bound checks by itself.
void join_builder::drop_what_the_bound_checks() {
  const auto& bound = *spec_.bound;
  std::erase_if(residual_, [&](const expr_ptr& x) {
    if (x->kind != expr_kind::call || x->args.size() != 2)
      return false;
    const auto a = time_term_of(*x->args[0]);
    const auto b = time_term_of(*x->args[1]);
    return a && b && x->name != "<>"
           && std::minmax({a->column, b->column})
                  == std::minmax(
                      {bound.left_time, left_count_ + bound.right_time});
  });
}

plan_ptr join_builder::finish() {
  if (spec_.bound)
    drop_what_the_bound_checks();
  const auto widen = [](plan_ptr plan, const std::vector<expr_ptr>& extra) {
    if (extra.empty())
      return plan;
    auto columns = columns_of(plan->columns);
    auto names = names_of(plan->columns);
    for (const auto& x : extra) {
      columns.push_back(x);
      names.push_back(to_string(*x));
    }
    return make_project(std::move(plan), std::move(columns), names);
  };
  auto left = widen(left_, left_extra_);
  auto right = widen(right_, right_extra_);
  const int shift = static_cast<int>(left_extra_.size());
  std::vector<int> places;
  for (int i = 0; i < left_count_ + right_count_; ++i)
    places.push_back(i < left_count_ ? i : i + shift);
  if (!residual_.empty()) {
    auto columns = left->columns;
    columns.insert(columns.end(), right->columns.begin(), right->columns.end());
    spec_.residual = remap(conjunction(residual_), places, columns);
  }
  const bool is_whole = left_extra_.empty() && right_extra_.empty();
  auto names = names_of(left_->columns);
  if (is_filter(spec_.type)) {
    places.resize(names.size());
  } else {
    const auto right_names = names_of(right_->columns);
    names.insert(names.end(), right_names.begin(), right_names.end());
  }
  auto result = make_join(std::move(left), std::move(right), std::move(spec_));
  if (is_whole)
    return result;
  std::vector<expr_ptr> columns;
  for (const int place : places)
    columns.push_back(column_of(result->columns, place));
  return make_project(std::move(result), std::move(columns), names);
}

} // namespace

absl::StatusOr<plan_ptr> build_join(plan_ptr left, plan_ptr right,
                                    join_spec spec,
                                    const std::vector<expr_ptr>& conditions) {
  return join_builder(std::move(left), std::move(right), std::move(spec))
      .build(conditions);
}

} // namespace herald
