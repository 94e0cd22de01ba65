#pragma once

// The files that fill the registry, one function a theme. Called once, when
// the registry is made.

namespace herald {

class registry;

void register_arithmetic(registry& to);
void register_comparison(registry& to);
void register_logical(registry& to);
void register_conditional(registry& to);
void register_math(registry& to);
void register_rounding(registry& to);
void register_extremes(registry& to);
void register_hashes(registry& to);
void register_string_parts(registry& to);
void register_string_build(registry& to);
void register_string_codes(registry& to);
void register_string_split(registry& to);
void register_regexp(registry& to);
void register_collection_access(registry& to);
void register_array_edit(registry& to);
void register_array_order(registry& to);
void register_array_sets(registry& to);
void register_maps(registry& to);
void register_bitmaps(registry& to);
void register_reflection(registry& to);
void register_variants(registry& to);
void register_json_make(registry& to);
void register_json_read(registry& to);
void register_temporal_parts(registry& to);
void register_temporal_format(registry& to);
void register_temporal_now(registry& to);

inline void register_themes(registry& to) {
  register_arithmetic(to);
  register_comparison(to);
  register_logical(to);
  register_conditional(to);
  register_math(to);
  register_rounding(to);
  register_extremes(to);
  register_hashes(to);
  register_string_parts(to);
  register_string_build(to);
  register_string_codes(to);
  register_string_split(to);
  register_regexp(to);
  register_collection_access(to);
  register_array_edit(to);
  register_array_order(to);
  register_array_sets(to);
  register_maps(to);
  register_bitmaps(to);
  register_reflection(to);
  register_variants(to);
  register_json_make(to);
  register_json_read(to);
  register_temporal_parts(to);
  register_temporal_format(to);
  register_temporal_now(to);
}

} // namespace herald
