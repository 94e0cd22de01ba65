#pragma once

#include <utility>

#include <caf/config.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>

// The only file that knows which version of CAF this is. Everything else in
// this folder uses `HERALD_INSPECT`, `on`, `tell` and `post`.

static_assert(CAF_VERSION >= 1706 && CAF_VERSION < 1800,
              "port caf_compat.hpp first");

/// Declares how CAF writes and reads `type`: the listed members, in order.
#define HERALD_INSPECT(type, ...)                                              \
  template <class Inspector>                                                   \
  typename Inspector::result_type inspect(Inspector& f, type& x) {             \
    return f(caf::meta::type_name(#type), __VA_ARGS__);                        \
  }

namespace herald {

/// `on<A, B>::reply<C>`: a request (A, B) answered by C.
template <class... In>
struct on {
  template <class... Out>
  using reply = typename caf::replies_to<In...>::template with<Out...>;
};

/// `tell<A, B>`: a message (A, B) without an answer.
template <class... In>
using tell = caf::reacts_to<In...>;

} // namespace herald
