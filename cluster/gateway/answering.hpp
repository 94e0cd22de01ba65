#pragma once

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/reply.hpp"
#include "cluster/gateway/session.hpp"
#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "engine/common/check.hpp"
#include "engine/common/error.hpp"

#include <atomic>
#include <memory>
#include <utility>

#include <absl/status/statusor.h>
#include <capnp/message.h>
#include <fmt/format.h>
#include <kj/async.h>

// How a method of a capability is answered: admit the call, read and check
// its parameters, hand it to the backend, and fill the reply when the answer
// comes, from whatever thread. Errors of the backend become the reply's
// `error`. Used by herald_service and job_service on the gateway's thread.

namespace herald::gateway {

/// A reply to give away, and the promise of what it will be called with.
template <class T>
struct pending {
  reply<T> answer;
  kj::Promise<absl::StatusOr<T>> promise;
};

template <class T>
pending<T> make_pending() {
  // The answer goes beside KJ's promise, not through it: g++ 12 sees strings
  // without a value in the temporaries of its cross-thread fulfillers. Their
  // lock orders the write before the read, but the thread sanitizer, which
  // does not see into KJ, needs an order of our own.
  struct slot {
    absl::StatusOr<T> answer;
    std::atomic<bool> written = false;
  };

  auto shared = std::make_shared<slot>();
  auto pair = kj::newPromiseAndCrossThreadFulfiller<void>();
  auto give = [shared, fulfiller = kj::mv(pair.fulfiller)](
                  absl::StatusOr<T> answer) mutable {
    shared->answer = std::move(answer);
    shared->written.store(true, std::memory_order_release);
    fulfiller->fulfill();
  };
  auto take = [shared] {
    HERALD_CHECK(shared->written.load(std::memory_order_acquire),
                 "a promise kept without an answer");
    return std::move(shared->answer);
  };
  return {reply<T>(std::move(give)), pair.promise.then(std::move(take))};
}

/// Sets the reply of `context` to `fill(builder)`, or to an error if that
/// would be larger than a message may be.
template <class Context, class Fill>
void set_results(Context& context, Fill fill) {
  using results = capnp::FromBuilder<decltype(context.getResults())>;
  capnp::MallocMessageBuilder message;
  auto built = message.initRoot<results>();
  fill(built);
  constexpr std::size_t envelope_bytes = 4096;
  auto bytes = built.asReader().totalSize().wordCount * sizeof(capnp::word);
  if (bytes + envelope_bytes <= max_rpc_message_bytes) {
    context.setResults(built.asReader());
    return;
  }
  write_error(context.getResults().initError(),
              placed_error(absl::StatusCode::kResourceExhausted,
                           fmt::format("the answer has {} bytes, over the "
                                       "limit of {} (ask for fewer entries)",
                                       bytes, max_rpc_message_bytes),
                           {}, "ask for fewer entries"));
}

/// Passes a checked request on and fills the reply with `fill(builder,
/// answer)`. `method` is a literal.
template <class T, class Context, class Request, class Send, class Fill>
kj::Promise<void> answer(session& who, std::string_view method, Context context,
                         absl::StatusOr<Request> request, Send send,
                         Fill fill) {
  auto slot = who.admit(method);
  context.allowCancellation();
  if (!request.ok()) {
    who.count_error(method);
    write_error(context.getResults().initError(), request.status());
    return kj::READY_NOW;
  }
  context.releaseParams();
  auto waiting = make_pending<T>();
  send(*std::move(request), std::move(waiting.answer));
  return waiting.promise.then(
      [&who, method, context, fill = std::move(fill),
       slot = kj::mv(slot)](absl::StatusOr<T> got) mutable {
        if (!got.ok()) {
          who.count_error(method);
          write_error(context.getResults().initError(), got.status());
          return;
        }
        set_results(context, [&](auto out) { fill(out, *got); });
      });
}

/// Like `answer`, for a method of the backend whose request and answer are
/// read and written by their types alone.
template <class Context, class Request, class T>
kj::Promise<void> forward(session& who, std::string_view method,
                          Context context,
                          void (backend::*call)(Request, reply<T>)) {
  return answer<T>(
      who, method, context, read(context.getParams()),
      [&who, call](auto request, reply<T> to) {
        (who.node().*call)(std::move(request), std::move(to));
      },
      [](auto out, const T& got) { write(out, got); });
}

/// Like `forward`, for a list that is cut at the request's `limit`.
template <class Context, class Request, class T>
kj::Promise<void> forward_list(session& who, std::string_view method,
                               Context context,
                               void (backend::*call)(Request, reply<T>)) {
  auto limit = context.getParams().getLimit();
  return answer<T>(
      who, method, context, read(context.getParams()),
      [&who, call](auto request, reply<T> to) {
        (who.node().*call)(std::move(request), std::move(to));
      },
      [limit](auto out, const T& got) { write(out, got, limit); });
}

} // namespace herald::gateway
