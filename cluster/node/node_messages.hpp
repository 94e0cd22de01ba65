#pragma once

#include "actors/interfaces.hpp"
#include "actors/serving_interfaces.hpp"
#include "cluster/commands.hpp"

#include <functional>
#include <memory>
#include <string>

#include <caf/typed_actor.hpp>

// What node actors say to each other, and what reaches one from the threads
// of its own process (log, gateway). The first kind is plain integers and
// bytes; the second never leaves the process.

namespace herald::cluster {

class node_shell;

/// "I am this node": introduces, and keeps the detector quiet.
struct peer_beat {
  std::uint64_t uuid_high = 0;
  std::uint64_t uuid_low = 0;
  std::uint64_t life = 0;
};

HERALD_INSPECT(peer_beat, x.uuid_high, x.uuid_low, x.life)

inline peer_beat beat_of(const node_id& id) {
  return {id.uuid.bits.high, id.uuid.bits.low, id.life.value};
}

inline node_id id_of(const peer_beat& x) {
  return {node_uuid{{x.uuid_high, x.uuid_low}}, incarnation{x.life}};
}

/// A client's call, passed on to the node that owns what it is about.
/// `method` is a `forward_method`; `bytes` its request as the client's schema.
struct forwarded_call {
  std::uint8_t method = 0;
  std::string bytes;
};

HERALD_INSPECT(forwarded_call, x.method, x.bytes)

/// `code` is an absl::StatusCode; with OK (0) `bytes` is the answer, else
/// `bytes` is the message.
struct forwarded_answer {
  std::uint8_t code = 0;
  std::string bytes;
};

HERALD_INSPECT(forwarded_answer, x.code, x.bytes)

/// "Where is the queue that you own under this generation?"
struct queue_lookup {
  std::string name;
  std::uint64_t held = 0;
};

HERALD_INSPECT(queue_lookup, x.name, x.held)

/// Its `queue_actor`; null if there is none.
struct queue_found {
  caf::strong_actor_ptr queue;
};

HERALD_INSPECT(queue_found, x.queue)

/// Work from another thread of this process, to be done on the node actor.
struct node_call {
  std::shared_ptr<std::function<void(node_shell&)>> run;
};

/// Begin: the ports are open and known.
struct node_start {
  member_info me;
};

struct log_record {
  log_position at;
  std::string bytes;
};

struct log_contact {
  log_position tail;
  std::int64_t asked_ns = 0; ///< steady clock
};

struct log_trouble {
  std::string reason;
};

} // namespace herald::cluster

CAF_BEGIN_TYPE_ID_BLOCK(herald_node, caf::first_custom_type_id + 200)

  CAF_ADD_TYPE_ID(herald_node, (herald::cluster::peer_beat))
  CAF_ADD_TYPE_ID(herald_node, (herald::cluster::forwarded_call))
  CAF_ADD_TYPE_ID(herald_node, (herald::cluster::forwarded_answer))
  CAF_ADD_TYPE_ID(herald_node, (herald::cluster::queue_lookup))
  CAF_ADD_TYPE_ID(herald_node, (herald::cluster::queue_found))

  CAF_ADD_ATOM(herald_node, herald::atom, leave, "leave")

CAF_END_TYPE_ID_BLOCK(herald_node)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::node_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::node_start)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::log_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::log_contact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::log_trouble)

namespace herald::cluster {

/// The NODE actor interface.
using node_actor = caf::typed_actor<
    // Begin to follow the log; before this everything else is ignored.
    tell<node_start>,
    // Time passes: look at everything.
    tell<atom::tick>,
    // A peer lives; the first one from it introduces it.
    tell<peer_beat>,
    // A call that a peer's client made about something that this node owns.
    on<forwarded_call>::reply<forwarded_answer>,
    // A peer asks for a queue that this node owns.
    on<queue_lookup>::reply<queue_found>,
    // A queue of this node has the start or end of a job written to the log.
    on<journal_entry>::reply<bool>,
    // Work from the gateway or the process.
    tell<node_call>,
    // A record of the command log.
    tell<log_record>,
    // The command log is in reach.
    tell<log_contact>,
    // The command log is out of reach.
    tell<log_trouble>,
    // A task that runs here changed its state.
    tell<task_event>,
    // Give everything back, leave the view, then end.
    tell<atom::leave>>;

} // namespace herald::cluster
