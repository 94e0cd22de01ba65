#pragma once

#include <cstdint>

#include <kj/async-io.h>
#include <kj/timer.h>

// Closing a socket so that the last words on it arrive: a close with unread
// input resets the connection and takes what is on its way with it. Only on
// the gateway's thread; bounded in time.

namespace herald::gateway {

/// Reads and throws away what the other side still sends, until it ends, or
/// `limit_ms` have passed, so that closing does not reset the connection
/// while our last words are on their way.
kj::Promise<void> linger(kj::AsyncIoStream& stream, kj::Timer& timer,
                         std::uint32_t limit_ms);

} // namespace herald::gateway
