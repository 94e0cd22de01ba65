#include "engine/formats/json_tree.hpp"

#include "engine/columnar/bits.hpp"
#include "engine/columnar/nested_builder.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace herald {

namespace {

json_node::shape shape_of(const data_type& type) {
  switch (type.kind()) {
  case type_kind::row:
    return json_node::shape::object;
  case type_kind::array:
    return json_node::shape::list;
  case type_kind::map:
    return json_node::shape::map;
  default:
    return json_node::shape::leaf;
  }
}

json_node child_of(const json_node& parent, const std::string& name,
                   const data_type& type) {
  json_node result;
  result.name = name;
  result.path = parent.path.empty() ? name : parent.path + "." + name;
  result.type = type;
  result.kind = shape_of(type);
  return result;
}

/// Makes `node` write whole values of its type to `builder`.
void expand(json_node& node, column_builder& builder) {
  node.builder = &builder;
  auto add = [&](const std::string& name, const data_type& type,
                 column_builder& target) {
    expand(node.children.emplace_back(child_of(node, name, type)), target);
  };
  const auto& fields = node.type.fields();
  if (node.kind == json_node::shape::object) {
    auto& row = static_cast<row_builder&>(builder);
    for (std::size_t i = 0; i < fields.size(); ++i)
      add(fields[i].name, fields[i].type, row.child(i));
  } else if (node.kind == json_node::shape::list) {
    add("element", fields[0].type,
        static_cast<list_builder&>(builder).elements());
  } else if (node.kind == json_node::shape::map) {
    auto& entries = static_cast<row_builder&>(
        static_cast<list_builder&>(builder).elements());
    add("key", fields[0].type, entries.child(0));
    add("value", fields[1].type, entries.child(1));
  }
}

const data_type* type_at(const std::vector<field>& fields,
                         const std::vector<std::string>& path) {
  const auto* level = &fields;
  const data_type* type = nullptr;
  for (const auto& name : path) {
    if (type != nullptr) {
      if (type->kind() != type_kind::row)
        return nullptr;
      level = &type->fields();
    }
    auto at = std::find_if(level->begin(), level->end(),
                           [&](const field& x) { return x.name == name; });
    if (at == level->end())
      return nullptr;
    type = &at->type;
  }
  return type;
}

absl::Status unknown_path(const std::vector<std::string>& path) {
  return user_error(
      fmt::format("the format has no field {}", fmt::join(path, ".")));
}

/// Goes to the node at `path`, making what is missing, or to the node above
/// it that writes a whole column; `depth` tells how far it got.
json_node& walk(json_node& root, const std::vector<field>& fields,
                const std::vector<std::string>& path, std::size_t& depth) {
  auto* node = &root;
  for (depth = 0; depth < path.size() && node->builder == nullptr; ++depth) {
    auto at = node->find(path[depth]);
    if (at < 0) {
      auto prefix = path;
      prefix.resize(depth + 1);
      node->children.push_back(
          child_of(*node, path[depth], *type_at(fields, prefix)));
      at = static_cast<int>(node->children.size()) - 1;
    }
    node = &node->children[static_cast<std::size_t>(at)];
  }
  return *node;
}

/// The field `child` of every row of `x`; NULL where the row is.
column_ptr field_of(const column& x, int child) {
  const auto& inner = x.children[static_cast<std::size_t>(child)];
  if (!x.validity)
    return inner;
  auto result = std::make_shared<column>(*inner);
  auto bytes = (x.length + 7) / 8;
  auto bits = allocate_zeros(bytes);
  for (std::int64_t i = 0; i < bytes; ++i)
    bits->mutable_data()[i]
        = x.validity->data()[i]
          & (inner->validity ? inner->validity->data()[i] : 0xff);
  result->null_count = count_nulls(bits.get(), x.length);
  result->validity = std::move(bits);
  return result;
}

void settle_node(json_node& node, std::int64_t rows) {
  if (node.builder == nullptr) {
    for (auto& child : node.children)
      settle_node(child, rows);
    return;
  }
  if (node.builder->length() >= rows)
    return;
  switch (node.kind) {
  case json_node::shape::leaf:
    node.builder->append_null();
    break;
  case json_node::shape::object:
    for (auto& child : node.children)
      settle_node(child, rows);
    static_cast<row_builder*>(node.builder)->close();
    break;
  case json_node::shape::list: {
    auto* list = static_cast<list_builder*>(node.builder);
    settle_node(node.children[0], list->elements().length() + 1);
    list->close();
    break;
  }
  case json_node::shape::map: {
    auto* list = static_cast<list_builder*>(node.builder);
    auto& entries = static_cast<row_builder&>(list->elements());
    for (auto& child : node.children)
      settle_node(child, entries.length() + 1);
    entries.close();
    list->close();
    break;
  }
  }
}

} // namespace

int json_node::find(std::string_view key) const {
  for (std::size_t i = 0; i < children.size(); ++i)
    if (children[i].name == key)
      return static_cast<int>(i);
  return -1;
}

absl::StatusOr<std::unique_ptr<json_tree>>
json_tree::make(const decoder_spec& spec) {
  auto tree = std::make_unique<json_tree>();
  tree->layout_ = spec.layout;
  tree->root_.kind = json_node::shape::object;
  tree->outputs_.resize(spec.paths.size());
  // Short paths first, so that a whole column is met before parts of it.
  std::vector<std::size_t> sequence(spec.paths.size());
  std::iota(sequence.begin(), sequence.end(), std::size_t{0});
  std::stable_sort(sequence.begin(), sequence.end(),
                   [&](std::size_t a, std::size_t b) {
                     return spec.paths[a].size() < spec.paths[b].size();
                   });
  for (auto i : sequence) {
    HERALD_TRY(
        tree->add_path(spec, spec.paths[i], spec.layout->fields[i].type));
    std::swap(tree->outputs_[i], tree->outputs_.back());
    tree->outputs_.pop_back();
  }
  for (const auto& pushed : spec.pushed)
    HERALD_TRY(tree->add_equality(spec, pushed));
  return tree;
}

absl::Status json_tree::add_path(const decoder_spec& spec,
                                 const std::vector<std::string>& path,
                                 const data_type& type) {
  const auto* declared = type_at(spec.fields, path);
  if (declared == nullptr)
    return unknown_path(path);
  std::size_t depth = 0;
  auto& node = walk(root_, spec.fields, path, depth);
  output result;
  if (node.builder == nullptr) {
    node.type = type;
    builders_.push_back(make_builder(type));
    expand(node, *builders_.back());
    result.builder = builders_.size() - 1;
  } else {
    auto at
        = std::find_if(builders_.begin(), builders_.end(),
                       [&](const auto& x) { return x.get() == node.builder; });
    result.builder = static_cast<std::size_t>(at - builders_.begin());
    const auto* inner = &node;
    for (; depth < path.size(); ++depth) {
      result.way.push_back(inner->find(path[depth]));
      inner = &inner->children[static_cast<std::size_t>(result.way.back())];
    }
  }
  outputs_.push_back(std::move(result));
  return absl::OkStatus();
}

absl::Status json_tree::add_equality(const decoder_spec& spec,
                                     const pushed_condition& pushed) {
  const auto* type = type_at(spec.fields, pushed.path);
  if (type == nullptr)
    return unknown_path(pushed.path);
  // CHAR compares with padding; other types are not worth it.
  bool integer = type->is_integer()
                 && std::holds_alternative<std::int64_t>(pushed.value.value);
  bool text = type->kind() == type_kind::varchar
              && std::holds_alternative<std::string>(pushed.value.value);
  if (!integer && !text)
    return absl::OkStatus();
  std::size_t depth = 0;
  auto* node = &walk(root_, spec.fields, pushed.path, depth);
  for (; depth < pushed.path.size(); ++depth)
    node = &node->children[static_cast<std::size_t>(
        node->find(pushed.path[depth]))];
  if (node->equals != nullptr)
    return absl::OkStatus(); // one is enough: the plan keeps its filters
  equalities_.push_back(std::make_unique<scalar>(pushed.value));
  node->equals = equalities_.back().get();
  return absl::OkStatus();
}

void json_tree::settle(std::int64_t rows) {
  settle_node(root_, rows);
}

batch_ptr json_tree::finish(std::int64_t rows) {
  std::vector<column_ptr> whole;
  for (auto& builder : builders_)
    whole.push_back(builder->finish());
  std::vector<column_ptr> columns;
  for (const auto& wanted : outputs_) {
    auto column = whole[wanted.builder];
    for (int child : wanted.way)
      column = field_of(*column, child);
    columns.push_back(std::move(column));
  }
  return make_batch(layout_, std::move(columns), rows);
}

} // namespace herald
