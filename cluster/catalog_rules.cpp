#include "cluster/catalog_rules.hpp"

#include "cluster/limits.hpp"
#include "engine/common/cut_text.hpp"

#include <algorithm>
#include <charconv>

namespace herald::cluster {

namespace {

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool has_name_size(std::string_view name) {
  return !name.empty() && name.size() <= max_name_bytes;
}

} // namespace

bool is_name(std::string_view name) {
  return has_name_size(name)
         && std::all_of(name.begin(), name.end(), is_word_character);
}

bool is_dotted_name(std::string_view name) {
  return has_name_size(name)
         && std::all_of(name.begin(), name.end(), [](char c) {
              return c == '.' || is_word_character(c);
            });
}

bool is_valid(const object_key& key) {
  return is_name(key.project) && is_name(key.name);
}

bool is_valid(const member_info& info) {
  return info.id != node_id{} && has_name_size(info.host)
         && info.client_host.size() <= max_name_bytes
         && info.version.size() <= max_name_bytes && info.cores >= 1;
}

bool is_valid(const put_command& what) {
  auto fits = [](const auto& option) {
    return is_dotted_name(option.first)
           && option.second.size() <= max_value_bytes;
  };
  return is_valid(what.key) && is_name(what.type)
         && what.text.size() <= max_text_bytes
         && what.options.size() <= max_options
         && std::all_of(what.options.begin(), what.options.end(), fits);
}

std::size_t size_of(const object_version& version) {
  auto bytes = version.text.size() + version.author.size();
  for (const auto& [name, value] : version.options)
    bytes += name.size() + value.size();
  return bytes;
}

std::size_t size_of(const object& what) {
  std::size_t bytes = 0;
  for (const auto& version : what.versions)
    bytes += size_of(version);
  return bytes;
}

std::size_t jobs_max(const object& queue) {
  auto number = [&queue](const char* name, std::size_t otherwise) {
    const auto& options = queue.current().options;
    auto at = options.find(name);
    if (at == options.end())
      return otherwise;
    std::uint32_t value = 0;
    const auto& text = at->second;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::size_t{value};
  };
  const queue_settings defaults;
  return number("capacity", defaults.capacity)
         + number("running_max", defaults.running_max);
}

void cut(std::string& text, std::size_t size) {
  text.resize(cut_text(text, size).size());
}

} // namespace herald::cluster
