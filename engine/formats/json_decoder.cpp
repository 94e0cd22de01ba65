#include "engine/formats/json_decoder.hpp"

#include "engine/columnar/nested_builder.hpp"
#include "engine/formats/json_string.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

decoded_rows json_decoder::decode(const documents& input) {
  out_ = {};
  good_.clear();
  rows_ = 0;
  for (std::size_t i = 0; i < input.size();)
    i = decode_group(input, i);
  out_.rows = tree_->finish(rows_);
  if (static_cast<std::int64_t>(good_.size()) < rows_)
    out_.rows = take(*out_.rows, good_);
  return std::move(out_);
}

/// Decodes documents from `first` on; returns the first that is left.
std::size_t json_decoder::decode_group(const documents& input,
                                       std::size_t first) {
  const auto& spans = input.spans();
  auto begin = spans[first].begin;
  auto last = first;
  while (
      last < spans.size()
      && (last == first
          || spans[last].begin + spans[last].size - begin <= json_index_bytes))
    ++last;
  auto end = spans[last - 1].begin + spans[last - 1].size;
  const char* text = input.text() + begin;
  // One broken string spoils the index of its neighbours: then one by one.
  if (last == first + 1
      || index_.run({text, end - begin}) != json_index_error::none) {
    for (auto i = first; i < last; ++i)
      decode_alone(input, i);
    return last;
  }
  const auto* token = index_.tokens().data();
  for (auto i = first; i < last; ++i) {
    if (spans[i].null) {
      decode_null(i);
      continue;
    }
    documents::span span{spans[i].begin - begin, spans[i].size, false};
    while (*token < span.begin)
      ++token;
    at_ = json_cursor(text, token, span.begin + span.size);
    decode_one(span.begin, i);
    token = at_.at();
  }
  return last;
}

void json_decoder::decode_alone(const documents& input, std::size_t index) {
  auto span = input.spans()[index];
  if (span.null)
    return decode_null(index);
  if (span.size > json_document_max)
    return reject(index, fmt::format("the document is larger than {} bytes",
                                     json_document_max));
  const char* text = input.text() + span.begin;
  auto error = index_.run({text, span.size});
  if (error != json_index_error::none)
    return reject(index, fmt::format("at byte {}: {}",
                                     locate(error, {text, span.size}),
                                     to_string(error)));
  at_ = json_cursor(text, index_.tokens().data(), span.size);
  decode_one(0, index);
}

void json_decoder::begin_row() {
  error_ = {};
  field_.clear();
  touched_ = false;
  skip_row_ = false;
  matched_ = 0;
}

void json_decoder::decode_null(std::size_t index) {
  static constexpr std::uint32_t end = 0;
  at_ = json_cursor("", &end, 0);
  begin_row();
  bool good = missing(tree_->root(), ++stamp_);
  end_row(good        ? outcome::row
          : skip_row_ ? outcome::skipped
                      : outcome::bad,
          index, 0);
}

void json_decoder::decode_one(std::uint32_t begin, std::size_t index) {
  begin_row();
  bool good = false;
  if (at_.peek() == '{') {
    good = object(tree_->root());
    if (good && at_.peek() != '\0')
      good = at_.fail(error_, "something follows the end of the document");
  } else {
    at_.fail(error_, at_.peek() == '\0' ? "the document is empty"
                                        : "expected an object");
  }
  // An equality whose field is missing or NULL is not met either.
  if (good && matched_ < tree_->equalities())
    skip_row_ = true;
  auto result = skip_row_ ? outcome::skipped
                : good    ? outcome::row
                          : outcome::bad;
  end_row(result, index, begin);
}

void json_decoder::end_row(outcome result, std::size_t index,
                           std::uint32_t begin) {
  if (result == outcome::row) {
    good_.push_back(static_cast<std::int32_t>(rows_++));
    out_.origin.push_back(static_cast<std::int32_t>(index));
    return;
  }
  if (touched_)
    tree_->settle(++rows_);
  if (result == outcome::bad)
    reject(index, fmt::format("at byte {}: {}{}", error_.offset - begin, field_,
                              error_.message));
}

void json_decoder::reject(std::size_t index, std::string reason) {
  auto& list = options_.ignore_parse_errors ? out_.ignored : out_.bad;
  list.push_back({static_cast<std::int32_t>(index), std::move(reason)});
}

// -- values ------------------------------------------------------------------

bool json_decoder::value(json_node& node) {
  switch (node.kind) {
  case json_node::shape::leaf:
    return leaf(node);
  case json_node::shape::object:
    if (at_.peek() == '{')
      return object(node);
    break;
  case json_node::shape::list:
    if (at_.peek() == '[')
      return list(node);
    break;
  case json_node::shape::map:
    if (at_.peek() == '{')
      return map(node);
  }
  auto offset = at_.offset();
  bool null = at_.peek() == 'n';
  if (!at_.skip(error_))
    return false;
  return null ? null_value(node)
              : mismatch(node, offset, at_.between(offset, at_.offset()));
}

json_node* json_decoder::match(json_node& node, std::size_t position,
                               std::string_view key) {
  if (position < node.order.size()) {
    auto guess = node.order[position];
    if (guess >= 0
        && node.children[static_cast<std::size_t>(guess)].name == key)
      return &node.children[static_cast<std::size_t>(guess)];
  } else {
    node.order.resize(position + 1, -1);
  }
  auto found = node.find(key);
  if (found < 0 && key.find('\\') != std::string_view::npos) {
    std::string plain;
    if (unescape_json(key, plain) == std::string_view::npos)
      found = node.find(plain);
  }
  node.order[position] = static_cast<std::int16_t>(found);
  return found < 0 ? nullptr : &node.children[static_cast<std::size_t>(found)];
}

bool json_decoder::object(json_node& node) {
  auto stamp = ++stamp_;
  at_.advance();
  bool more = at_.peek() != '}';
  for (std::size_t position = 0; more; ++position) {
    auto key = at_.peek() == '"' ? at_.token() : std::string_view();
    if (!is_closed_string(key))
      return at_.fail(error_, "expected a field name in quotes");
    auto key_offset = at_.offset();
    at_.advance();
    if (at_.peek() != ':')
      return at_.fail(error_, "expected ':'");
    at_.advance();
    auto* child = match(node, std::min(position, json_order_max),
                        key.substr(1, key.size() - 2));
    if (child == nullptr) {
      if (!has_good_escapes(key)) {
        error_ = {key_offset, "not a JSON value"};
        return false;
      }
      if (!at_.skip(error_))
        return false;
    } else {
      if (child->seen == stamp) {
        error_ = {key_offset, "the field appears twice"};
        field_ = child->path + ": ";
        return false;
      }
      child->seen = stamp;
      if (!value(*child))
        return false;
    }
    char next = at_.peek();
    more = next == ',';
    if (!more && next != '}')
      return at_.fail(error_, "expected ',' or '}'");
    if (more)
      at_.advance();
  }
  at_.advance();
  if (!missing(node, stamp))
    return false;
  if (node.builder != nullptr) {
    static_cast<row_builder*>(node.builder)->close();
    touched_ = true;
  }
  return true;
}

bool json_decoder::missing(json_node& parent, std::int64_t stamp) {
  for (auto& child : parent.children) {
    if (child.seen == stamp)
      continue;
    if (options_.fail_on_missing_field) {
      field_ = child.path + ": ";
      return at_.fail(error_, "the field is missing");
    }
    if (!null_value(child))
      return false;
  }
  return true;
}

bool json_decoder::null_value(json_node& node) {
  if (node.equals != nullptr) {
    skip_row_ = true;
    return false;
  }
  if (node.builder == nullptr) {
    for (auto& child : node.children)
      if (!null_value(child))
        return false;
    return true;
  }
  if (!node.type.nullable()) {
    field_ = node.path + ": ";
    return at_.fail(error_, "NULL in a column that is NOT NULL");
  }
  node.builder->append_null();
  touched_ = true;
  return true;
}

bool json_decoder::list(json_node& node) {
  auto& builder = *static_cast<list_builder*>(node.builder);
  touched_ = true;
  at_.advance();
  bool more = at_.peek() != ']';
  while (more) {
    if (!value(node.children[0]))
      return false;
    char next = at_.peek();
    more = next == ',';
    if (!more && next != ']')
      return at_.fail(error_, "expected ',' or ']'");
    if (more)
      at_.advance();
  }
  at_.advance();
  builder.close();
  return true;
}

bool json_decoder::map(json_node& node) {
  auto& builder = *static_cast<list_builder*>(node.builder);
  auto& entries = static_cast<row_builder&>(builder.elements());
  touched_ = true;
  at_.advance();
  bool more = at_.peek() != '}';
  while (more) {
    auto key = at_.peek() == '"' ? at_.token() : std::string_view();
    if (!is_closed_string(key))
      return at_.fail(error_, "expected a field name in quotes");
    auto offset = at_.offset();
    at_.advance();
    if (at_.peek() != ':')
      return at_.fail(error_, "expected ':'");
    at_.advance();
    if (!leaf_.append(node.children[0], key))
      return mismatch(node.children[0], offset, key);
    if (!value(node.children[1]))
      return false;
    entries.close();
    char next = at_.peek();
    more = next == ',';
    if (!more && next != '}')
      return at_.fail(error_, "expected ',' or '}'");
    if (more)
      at_.advance();
  }
  at_.advance();
  builder.close();
  return true;
}

bool json_decoder::leaf(json_node& node) {
  char first = at_.peek();
  auto offset = at_.offset();
  if (first == '{' || first == '[') {
    if (!at_.skip(error_))
      return false;
    auto text = at_.between(offset, at_.offset());
    return node.type.is_text() ? leaf_token(node, text)
                               : mismatch(node, offset, text);
  }
  if (first == '\0')
    return at_.fail(error_, "the document ends in the middle of a value");
  auto token = at_.token();
  bool null = token == "null";
  // Numbers are checked where they are converted; see `json_leaf`.
  bool checked = first == '"'
                     ? is_closed_string(token)
                     : null || token == "true" || token == "false"
                           || (!node.type.is_text() && node.type.is_numeric())
                           || is_json_number(token);
  if (!checked)
    return at_.fail(error_, "not a JSON value");
  at_.advance();
  return null ? null_value(node) : leaf_token(node, token);
}

bool json_decoder::leaf_token(json_node& node, std::string_view token) {
  auto offset = static_cast<std::uint32_t>(token.data() - at_.text());
  if (node.equals != nullptr) {
    switch (leaf_.compare(node, token)) {
    case json_leaf::match::equal:
      ++matched_;
      break;
    case json_leaf::match::different:
      skip_row_ = true;
      return false;
    case json_leaf::match::malformed:
      return mismatch(node, offset, token);
    }
  }
  if (node.builder == nullptr)
    return true;
  touched_ = true;
  return leaf_.append(node, token) || mismatch(node, offset, token);
}

bool json_decoder::mismatch(json_node& node, std::uint32_t offset,
                            std::string_view found) {
  // Grammar mistakes of a number spoil the row even if they are ignored.
  if (options_.ignore_parse_errors && node.type.nullable()
      && (found.front() == '"' || found.front() == '{' || found.front() == '['
          || found == "true" || found == "false" || is_json_number(found)))
    return null_value(node);
  field_ = fmt::format("{}: found {}, ", node.path, excerpt(found));
  expected_ = "expected " + node.type.to_short_string();
  error_ = {offset, expected_.c_str()};
  return false;
}

} // namespace herald
