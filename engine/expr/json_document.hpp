#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// A JSON text parsed into a flat list of nodes, so that a row costs no
// allocation once the list has grown. Accepts what Jackson does, which Flink
// reads with: the first value of the text, whatever follows behind it; no
// leading zeros, no control characters inside texts. Values stay where they
// are in the text, which must live as long as the document is used. One
// thread; nesting is bounded by `json_depth_max`.

namespace herald {

/// Jackson's own bound: deeper text is no JSON.
constexpr int json_depth_max = 1000;

enum class json_kind : std::uint8_t {
  null,
  no,
  yes,
  integer,
  decimal, ///< a number with a point or an exponent
  string,
  array,
  object, ///< its children: key, value, key, value, …
};

struct json_value_node {
  json_kind kind;
  bool escaped;       ///< string: has backslashes
  std::uint32_t next; ///< the node behind this one and its children
  std::uint32_t begin;
  std::uint32_t size; ///< of the text, for a string without its quotes

  bool is_container() const {
    return kind >= json_kind::array;
  }

  bool is_number() const {
    return kind == json_kind::integer || kind == json_kind::decimal;
  }
};

class json_document {
public:
  /// Replaces what was parsed before. False if `text` begins with no value.
  /// O(text).
  bool parse(std::string_view text);

  const json_value_node& node(std::uint32_t index) const {
    return nodes_[index];
  }

  /// The root.
  const json_value_node& root() const {
    return nodes_[0];
  }

  /// The text of a scalar as it stands.
  std::string_view raw(const json_value_node& x) const {
    return text_.substr(x.begin, x.size);
  }

  /// Appends the value of a string, escapes resolved; half of a surrogate pair
  /// becomes '?', as Java writes it.
  void append_string(std::string& to, const json_value_node& x) const;

  /// True if the string node `x` has the value `value`.
  bool is_string(const json_value_node& x, std::string_view value) const;

  /// Calls f(index) for the elements of an array, in order.
  template <class F>
  void each_element(std::uint32_t array, F f) const {
    for (auto at = array + 1; at < nodes_[array].next; at = nodes_[at].next)
      f(at);
  }

  /// The members of an object that count, as key and value: of equal keys the
  /// last value, at the place of the first. O(n log n).
  using member_list = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  member_list members(std::uint32_t object) const;

  /// The value of member `name`, or 0 if there is none.
  std::uint32_t find(std::uint32_t object, std::string_view name) const;

private:
  bool read_value(int depth);
  bool read_object(int depth);
  bool read_array(int depth);
  bool read_string();
  bool read_escape();
  bool read_number();
  bool read_word(std::string_view word, json_kind kind);
  bool ends_root(std::size_t at) const;
  void skip_blanks();

  bool accept(char c) {
    if (at_ >= text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  std::uint32_t add(json_kind kind, std::size_t begin, std::size_t size) {
    auto index = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({kind, false, index + 1, static_cast<std::uint32_t>(begin),
                      static_cast<std::uint32_t>(size)});
    return index;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<json_value_node> nodes_;
};

} // namespace herald
