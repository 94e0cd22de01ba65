#include "cluster/gateway/job_service.hpp"

#include "cluster/gateway/answering.hpp"

#include <algorithm>

namespace herald::gateway {

job_service::job_service(kj::Own<session> who, std::string id,
                         job_ownership ownership)
    : who_(kj::mv(who)), id_(std::move(id)), ownership_(ownership) {
  who_->add_job();
}

job_service::~job_service() noexcept {
  who_->remove_job();
  if (!consumed_ && (began_ || ownership_ == job_ownership::owner))
    who_->node().job_cancel(id_, reply<done>([](absl::StatusOr<done>) {}));
}

kj::Promise<void> job_service::status(StatusContext context) {
  auto request = read(context.getParams());
  if (request.ok())
    request->id = id_;
  return answer<job_status>(
      *who_, "job.status", context, std::move(request),
      [this](job_status_request what, reply<job_status> to) {
        who_->node().job_status(std::move(what), std::move(to));
      },
      [](auto out, const job_status& got) { write(out, got); });
}

kj::Promise<void> job_service::cancel(CancelContext context) {
  return answer<done>(
      *who_, "job.cancel", context, absl::StatusOr<std::string>(id_),
      [this](std::string id, reply<done> to) {
        who_->node().job_cancel(std::move(id), std::move(to));
      },
      [this](auto, const done&) { consumed_ = true; });
}

kj::Promise<void> job_service::next(NextContext context) {
  auto slot = who_->admit("job.next");
  context.allowCancellation();
  auto bytes = read(context.getParams());
  if (bytes.ok() && waiting_calls_ >= who_->limits().pieces_in_flight)
    bytes = placed_error(absl::StatusCode::kResourceExhausted,
                         fmt::format("over the limit of {} calls of next in "
                                     "flight for one job (wait for a piece)",
                                     who_->limits().pieces_in_flight),
                         {}, "wait for a piece");
  if (!bytes.ok()) {
    who_->count_error("job.next");
    write_error(context.getResults().initError(), bytes.status());
    return kj::READY_NOW;
  }
  // Calls are answered in order, and a cancelled one lets the next go on.
  auto mine = kj::newPromiseAndFulfiller<void>();
  auto before = turn_.fork();
  turn_ = before.addBranch().then(
      [done = kj::mv(mine.promise)]() mutable { return kj::mv(done); });
  ++waiting_calls_;
  auto leave = kj::defer([this, fulfiller = kj::mv(mine.fulfiller)]() mutable {
    --waiting_calls_;
    fulfiller->fulfill();
  });
  return before.addBranch()
      .then([this]() { return who_->ready_to_send(); })
      .then([this, max = *bytes]() { return have_piece(max); })
      .then([this, context, max = *bytes]() mutable {
        hand_out(context.getResults(), max);
      })
      .attach(kj::mv(slot), kj::mv(leave));
}

kj::Promise<void> job_service::have_piece(std::uint32_t max_bytes) {
  if (offset_ < batch_.size() || ended_ || !failure_.ok())
    return kj::READY_NOW;
  if (!fetching_)
    start_fetch(max_bytes);
  return fetch_.addBranch().then(
      [this, max_bytes]() { return have_piece(max_bytes); });
}

void job_service::start_fetch(std::uint32_t max_bytes) {
  auto waiting = make_pending<job_batch>();
  fetching_ = true;
  began_ = true;
  who_->node().job_next(id_, max_bytes, std::move(waiting.answer));
  fetch_ = waiting.promise
               .then([this](absl::StatusOr<job_batch> got) {
                 fetching_ = false;
                 if (!got.ok()) {
                   failure_ = got.status();
                   return;
                 }
                 batch_ = std::move(got->bytes);
                 offset_ = 0;
                 ended_ = got->done;
               })
               .fork();
}

void job_service::hand_out(protocol::NextReply::Builder out,
                           std::uint32_t max_bytes) {
  if (offset_ < batch_.size()) {
    auto size = std::min<std::size_t>(max_bytes, batch_.size() - offset_);
    auto* from = reinterpret_cast<const kj::byte*>(batch_.data()) + offset_;
    out.setData(kj::arrayPtr(from, size));
    offset_ += size;
    who_->counters().result_bytes += size;
    if (offset_ == batch_.size()) {
      batch_.clear();
      offset_ = 0;
    }
    return;
  }
  if (!failure_.ok()) {
    who_->count_error("job.next");
    write_error(out.initError(), failure_);
    // The next call may try again, and the job is still its owner's.
    if (absl::IsUnavailable(failure_))
      failure_ = absl::OkStatus();
    else
      consumed_ = true;
    return;
  }
  consumed_ = true;
  out.setDone(true);
}

} // namespace herald::gateway
