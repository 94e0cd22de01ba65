#pragma once

#include "engine/common/shared_text.hpp"
#include "engine/connectors/kafka/options.hpp"

#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

// librdkafka's objects with owners, and its settings. The handle may be used
// from any thread; a `trouble` is shared between librdkafka's callbacks and
// whoever shows it.

namespace herald::kafka {

template <auto Destroy>
struct deleter {
  template <class T>
  void operator()(T* x) const {
    Destroy(x);
  }
};

using queue_ptr
    = std::unique_ptr<rd_kafka_queue_t, deleter<rd_kafka_queue_destroy>>;
using topic_ptr
    = std::unique_ptr<rd_kafka_topic_t, deleter<rd_kafka_topic_destroy>>;
using conf_ptr
    = std::unique_ptr<rd_kafka_conf_t, deleter<rd_kafka_conf_destroy>>;
using error_ptr
    = std::unique_ptr<rd_kafka_error_t, deleter<rd_kafka_error_destroy>>;
using event_ptr
    = std::unique_ptr<rd_kafka_event_t, deleter<rd_kafka_event_destroy>>;
using offsets_ptr
    = std::unique_ptr<rd_kafka_topic_partition_list_t,
                      deleter<rd_kafka_topic_partition_list_destroy>>;

/// The consumer must not be closed by its destructor: it has no group to
/// leave, and closing can block.
inline void destroy_client(rd_kafka_t* x) {
  rd_kafka_destroy_flags(x, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using client_ptr = std::unique_ptr<rd_kafka_t, deleter<destroy_client>>;

/// What is wrong with the connection right now, for people. Any thread.
class trouble {
public:
  /// `servers`: the brokers as the user named them; every text begins so.
  explicit trouble(std::string servers) : servers_(std::move(servers)) {}

  void set(std::string_view what) {
    text_.set("Kafka at " + servers_ + ": " + std::string(what));
  }

  /// All is well.
  void clear() {
    text_.set({});
  }

  std::string get() const {
    return text_.get();
  }

private:
  std::string servers_;
  shared_text text_;
};

/// Settings of a consumer: bounded prefetch, no automatic commits, positions
/// that no longer exist are errors. `group` is used unless the table names
/// one. Errors name the property.
absl::StatusOr<conf_ptr> consumer_conf(const options& x,
                                       const std::string& group);

/// Settings of an idempotent producer that reports through events.
absl::StatusOr<conf_ptr> producer_conf(const options& x);

/// Makes the client. Errors and troubles of the connection go to `where`,
/// which must outlive it.
absl::StatusOr<client_ptr> make_client(rd_kafka_type_t type, conf_ptr conf,
                                       trouble* where);

/// For `rd_kafka_queue_cb_event_enable`: calls the `wake_function` that
/// `opaque` points at, from a thread of librdkafka.
void ring(rd_kafka_t* client, void* opaque);

/// An error of librdkafka as one of ours.
absl::Status broker_error(std::string_view what, rd_kafka_resp_err_t code);

} // namespace herald::kafka
