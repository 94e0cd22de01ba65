#include "engine/expr/json_path.hpp"
#include "engine/expr/json_text.hpp"

#include <algorithm>
#include <map>

// Following compiled paths. A step that does not fit is an error as long as
// all steps before it are definite, and leads nowhere after that.

namespace herald {

namespace {

using step = json_step::kind_type;

/// One evaluation: the nodes that the steps so far lead to.
class walker {
public:
  walker(const json_document& from, std::uint32_t start)
      : from_(from), items_{{start, nullptr}} {}

  /// False if the step leads nowhere although every step before is definite.
  bool take(const json_step& x, bool is_last) {
    auto before = std::move(items_);
    items_.clear();
    for (const auto& item : before)
      if (!take_from(x, item.node, is_last) && definite_)
        return false;
    if (x.kind != step::member && x.kind != step::element
        && !(x.kind == step::members && is_last))
      definite_ = false;
    return true;
  }

  std::vector<json_item> items() {
    return std::move(items_);
  }

private:
  bool take_from(const json_step& x, std::uint32_t node, bool is_last) {
    auto kind = from_.node(node).kind;
    switch (x.kind) {
    case step::member:
    case step::members:
      return kind == json_kind::object && members(x, node, is_last);
    case step::any:
      each_child(node, [&](std::uint32_t child) { add(child); });
      return true;
    case step::element:
    case step::elements:
    case step::slice:
      if (kind != json_kind::array)
        return false;
      elements(x, node);
      return true;
    case step::descend:
      descend(node);
      return true;
    case step::filter:
      return filter(*x.condition, node);
    }
    return true;
  }

  void add(std::uint32_t node) {
    items_.push_back({node, nullptr});
  }

  template <class F>
  void each_child(std::uint32_t node, F f) {
    auto kind = from_.node(node).kind;
    if (kind == json_kind::array)
      from_.each_element(node, f);
    else if (kind == json_kind::object)
      for (auto [key, value] : from_.members(node))
        f(value);
  }

  bool members(const json_step& x, std::uint32_t node, bool is_last) {
    if (x.kind == step::members && is_last) {
      items_.push_back({node, &x.names});
      return true;
    }
    auto all = true;
    for (const auto& name : x.names) {
      auto value = from_.find(node, name);
      if (value != 0)
        add(value);
      else
        all = false;
    }
    return all;
  }

  void elements(const json_step& x, std::uint32_t node) {
    std::vector<std::uint32_t> children;
    from_.each_element(node,
                       [&](std::uint32_t child) { children.push_back(child); });
    auto count = static_cast<std::int64_t>(children.size());
    auto add_at = [&](std::int64_t index) {
      auto at = index < 0 ? index + count : index;
      if (at >= 0 && at < count)
        add(children[static_cast<std::size_t>(at)]);
    };
    if (x.kind != step::slice) {
      for (auto index : x.indexes)
        add_at(index);
      return;
    }
    auto from = x.from.value_or(0);
    auto to = x.to.value_or(count);
    if (!x.to && from < 0)
      from = std::max<std::int64_t>(0, from + count);
    if (!x.from && to < 0)
      to += count;
    // Both ends may count from the end: -3:-1.
    for (auto i = std::max(from, -count); i < std::min(to, count); ++i)
      add_at(i);
  }

  /// Adds the containers at and below `node`, outer ones first.
  void descend(std::uint32_t node) {
    if (!from_.node(node).is_container())
      return;
    add(node);
    each_child(node, [&](std::uint32_t child) { descend(child); });
  }

  bool filter(const json_condition& condition, std::uint32_t node) {
    auto kind = from_.node(node).kind;
    if (kind == json_kind::object) {
      if (holds(condition, from_, node))
        add(node);
      return true;
    }
    if (kind != json_kind::array)
      return false;
    from_.each_element(node, [&](std::uint32_t child) {
      if (holds(condition, from_, child))
        add(child);
    });
    return true;
  }

  const json_document& from_;
  std::vector<json_item> items_;
  bool definite_ = true;
};

std::string json_double(double x) {
  std::string result;
  append_json_number(result, x);
  return result;
}

/// The numbers among the elements of an array.
std::vector<double> numbers_of(const json_document& from, std::uint32_t array) {
  std::vector<double> result;
  from.each_element(array, [&](std::uint32_t child) {
    const auto& x = from.node(child);
    if (x.is_number())
      result.push_back(std::strtod(std::string(from.raw(x)).c_str(), nullptr));
  });
  return result;
}

/// Replaces what was found by what `function` makes of it.
void apply(json_function function, const json_document& from,
           json_found& found) {
  if (found.items.empty())
    return;
  auto node = found.items[0].node;
  auto kind = from.node(node).kind;
  std::vector<std::uint32_t> children;
  if (kind == json_kind::array)
    from.each_element(node, [&](std::uint32_t x) { children.push_back(x); });
  auto count
      = kind == json_kind::object ? from.members(node).size() : children.size();
  found.many = false;
  found.items.clear();
  if (!from.node(node).is_container())
    return;
  if (function == json_function::length) {
    found.number = std::to_string(count);
  } else if (function == json_function::first
             || function == json_function::last) {
    if (!children.empty())
      found.items.push_back({function == json_function::first ? children.front()
                                                              : children.back(),
                             nullptr});
  } else if (auto numbers = numbers_of(from, node); !numbers.empty()) {
    auto sum = 0.0;
    for (auto x : numbers)
      sum += x;
    auto value = function == json_function::min
                     ? *std::min_element(numbers.begin(), numbers.end())
                 : function == json_function::max
                     ? *std::max_element(numbers.begin(), numbers.end())
                 : function == json_function::sum
                     ? sum
                     : sum / static_cast<double>(numbers.size());
    found.number = json_double(value);
  }
}

} // namespace

json_found follow(const json_path& path, const json_document& from,
                  std::uint32_t start) {
  json_found result;
  result.many = !path.definite;
  walker at(from, start);
  for (std::size_t i = 0; i < path.steps.size(); ++i)
    if (!at.take(path.steps[i], i + 1 == path.steps.size())) {
      result.missing = true;
      return result;
    }
  result.items = at.items();
  if (path.function != json_function::none)
    apply(path.function, from, result);
  return result;
}

void append_json_item(std::string& to, const json_document& from,
                      const json_item& item) {
  if (item.only == nullptr)
    return append_json(to, from, item.node);
  std::map<std::string_view, std::uint32_t> sorted;
  for (const auto& name : *item.only)
    if (auto value = from.find(item.node, name); value != 0)
      sorted[name] = value;
  to += '{';
  for (const auto& [name, value] : sorted) {
    if (to.back() != '{')
      to += ',';
    append_json_string(to, name);
    to += ':';
    append_json(to, from, value);
  }
  to += '}';
}

} // namespace herald
