#include "engine/formats/json_index.hpp"

#include <algorithm>

#include <simdjson.h>

namespace herald {

namespace {

/// Only simdjson's second stage uses the depth; it is not run.
constexpr std::size_t unused_depth = 1;

} // namespace

struct json_index::parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t capacity = 0;
};

json_index::json_index() : parser_(std::make_unique<parser>()) {}

json_index::~json_index() = default;

json_index_error json_index::run(std::string_view text) {
  tokens_ = {};
  auto& p = *parser_;
  if (!p.stage || p.capacity < text.size()) {
    auto wanted = std::max<std::size_t>(text.size() * 2, 4096);
    const simdjson::implementation* engine
        = simdjson::get_active_implementation();
    if (engine->create_dom_parser_implementation(wanted, unused_depth, p.stage))
      return json_index_error::other;
    p.capacity = wanted;
  }
  auto error
      = p.stage->stage1(reinterpret_cast<const std::uint8_t*>(text.data()),
                        text.size(), simdjson::stage1_mode::regular);
  switch (error) {
  case simdjson::SUCCESS:
    tokens_ = {p.stage->structural_indexes.get(),
               p.stage->n_structural_indexes + std::size_t{1}};
    return json_index_error::none;
  case simdjson::UTF8_ERROR:
    return json_index_error::utf8;
  case simdjson::UNCLOSED_STRING:
    return json_index_error::open_string;
  case simdjson::UNESCAPED_CHARS:
    return json_index_error::control_in_text;
  case simdjson::EMPTY:
    return json_index_error::empty;
  default:
    return json_index_error::other;
  }
}

std::size_t locate(json_index_error error, std::string_view text) {
  if (error == json_index_error::utf8) {
    std::size_t at = 0;
    while (at < text.size()) {
      auto lead = static_cast<unsigned char>(text[at]);
      std::size_t size = lead < 0x80   ? 1
                         : lead < 0xe0 ? 2
                         : lead < 0xf0 ? 3
                                       : 4;
      if (!simdjson::validate_utf8(text.substr(at, size)))
        break;
      at += size;
    }
    return at;
  }
  if (error == json_index_error::empty)
    return text.size();
  std::size_t opened = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    if (inside && c < 0x20 && error == json_index_error::control_in_text)
      return at;
    if (c == '\\') {
      ++at; // simdjson knows escapes outside strings, too
    } else if (c == '"') {
      inside = !inside;
      opened = at;
    }
  }
  return opened;
}

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text);
}

std::string_view to_string(json_index_error x) {
  switch (x) {
  case json_index_error::utf8:
    return "the text is not valid UTF-8";
  case json_index_error::open_string:
    return "a string is not closed";
  case json_index_error::control_in_text:
    return "an unescaped control character in a string";
  case json_index_error::empty:
    return "the text is empty";
  default:
    return "the text cannot be read";
  }
}

} // namespace herald
