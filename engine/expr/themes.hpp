#pragma once

// The files that fill the registry, one function a theme. Called once, when
// the registry is made.

namespace herald {

class registry;

void register_arithmetic(registry& to);
void register_comparison(registry& to);
void register_logical(registry& to);
void register_conditional(registry& to);

inline void register_themes(registry& to) {
  register_arithmetic(to);
  register_comparison(to);
  register_logical(to);
  register_conditional(to);
}

} // namespace herald
