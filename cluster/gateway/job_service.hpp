#pragma once

#include "cluster/gateway/session.hpp"
#include "schemas/herald.capnp.h"

#include <string>
#include <vector>

#include <absl/status/status.h>
#include <kj/async.h>
#include <kj/refcount.h>

// The schema's `Job`, for one client. It pulls one batch at a time from the
// backend, only when its client has asked, and keeps what is left of it until
// the client asks again: at most one batch per capability is in memory here.
// A fetched batch survives a cancelled call of `next`. The job is cancelled
// when its owner's capability goes before the result is consumed, or any that
// has taken a part of it: nobody can use a result with a hole. Only on the
// gateway's thread.

namespace herald::gateway {

/// Whether dropping a job's capability ends a job of which it took nothing.
enum class job_ownership { observer, owner };

// Servers are destroyed as what they are, by the kj::Own that made them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class job_service final : public protocol::Job::Server {
public:
  job_service(kj::Own<session> who, std::string id, job_ownership ownership);
  ~job_service() noexcept;

  kj::Promise<void> status(StatusContext context) override;
  kj::Promise<void> next(NextContext context) override;
  kj::Promise<void> cancel(CancelContext context) override;

private:
  /// Resolves when a piece, the end or an error is there.
  kj::Promise<void> have_piece(std::uint32_t max_bytes);
  void start_fetch(std::uint32_t max_bytes);
  void hand_out(protocol::NextReply::Builder out, std::uint32_t max_bytes);

  kj::Own<session> who_;
  std::string id_;
  job_ownership ownership_;
  bool began_ = false;
  bool consumed_ = false;

  /// The batch that is being handed out, from `offset_` on.
  std::vector<char> batch_;
  std::size_t offset_ = 0;
  bool ended_ = false;
  absl::Status failure_;

  std::uint32_t waiting_calls_ = 0;
  /// Resolves when all calls of `next` so far are answered or cancelled.
  kj::Promise<void> turn_ = kj::READY_NOW;
  bool fetching_ = false;
  kj::ForkedPromise<void> fetch_ = nullptr;
};

#pragma GCC diagnostic pop

} // namespace herald::gateway
