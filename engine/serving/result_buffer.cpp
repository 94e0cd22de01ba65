#include "engine/serving/result_buffer.hpp"

#include "engine/common/check.hpp"

#include <utility>

namespace herald {

result_buffer::result_buffer(std::function<void()> changed)
    : changed_(std::move(changed)) {}

bool result_buffer::push(std::string piece) {
  HERALD_CHECK(piece.size() <= piece_bytes_max, "a piece is too large");
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return closed_ || pieces_.size() < pieces_max; });
    if (closed_)
      return false;
    pieces_.push_back(std::move(piece));
  }
  changed_();
  return true;
}

bool result_buffer::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

std::optional<std::string> result_buffer::take() {
  std::lock_guard lock(mutex_);
  if (pieces_.empty())
    return std::nullopt;
  auto result = std::move(pieces_.front());
  pieces_.pop_front();
  room_.notify_one();
  return result;
}

bool result_buffer::ready() const {
  std::lock_guard lock(mutex_);
  return !pieces_.empty();
}

bool result_buffer::full() const {
  std::lock_guard lock(mutex_);
  return pieces_.size() >= pieces_max;
}

void result_buffer::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  pieces_.clear();
  room_.notify_all();
}

} // namespace herald
