#pragma once

#include "cluster/catalog_types.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// What the catalog accepts as a name, a text, a list. Pure functions, the same
// on every node: they are part of the state machine. Bounds: limits.hpp.

namespace herald::cluster {

/// Returns whether `name` has 1 to `max_name_bytes` letters, digits, '_' or
/// '-' of ASCII: a project or an object.
bool is_name(std::string_view name);

/// The same with '.' allowed: a setting or an option.
bool is_dotted_name(std::string_view name);

/// Returns whether both names of `key` are valid.
bool is_valid(const object_key& key);

/// Returns whether every field of a joining member is within its bound.
bool is_valid(const member_info& info);

/// Returns whether the content of an object is within its bounds.
bool is_valid(const put_command& what);

/// Returns the bytes that count against `max_catalog_bytes`.
std::size_t size_of(const object_version& version);
std::size_t size_of(const object& what);

/// Returns how many jobs that have not ended the queue may hold: those that
/// may wait and those that may run.
std::size_t jobs_max(const object& queue);

/// Cuts `text` to `size` bytes, never in the middle of a character.
void cut(std::string& text, std::size_t size);

} // namespace herald::cluster
