#pragma once

#include "actors/atoms.hpp"
#include "actors/caf_compat.hpp"
#include "engine/serving/job.hpp"

#include <string>
#include <vector>

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>

// What queues, workers and the desks of nodes say to each other. A queue and
// its workers may be on different nodes, so these are integers and texts
// only; a request that crosses nodes always has a time limit. The kinds
// marked unsafe at the end never leave a process.

namespace herald {

HERALD_INSPECT(job_error, x.code, x.message, x.line, x.column, x.hint)
HERALD_INSPECT(job_order, x.id, x.sql, x.user, x.kind, x.format, x.timeout_ms,
               x.idle_timeout_ms)
HERALD_INSPECT(job_report, x.order, x.state, x.error, x.queue, x.worker,
               x.engine, x.position, x.attempt, x.released, x.result,
               x.submitted_ms, x.started_ms, x.finished_ms, x.rows, x.bytes)
HERALD_INSPECT(job_news, x.id, x.attempt, x.over, x.error, x.result, x.released,
               x.rows, x.bytes)
HERALD_INSPECT(queue_settings, x.name, x.weight_milli, x.capacity,
               x.running_max, x.core, x.kinds)
HERALD_INSPECT(queue_score, x.job_weight, x.dynamic_factor, x.queue_weight)
HERALD_INSPECT(queue_report, x.settings, x.waiting, x.running, x.score)

/// A queue's bid for a free worker.
struct queue_bid {
  bool any = false;
  std::int64_t score_milli = 0;
};

HERALD_INSPECT(queue_bid, x.any, x.score_milli)

/// A job for a worker, if there still was one.
struct job_offer {
  bool any = false;
  job_report job;
};

HERALD_INSPECT(job_offer, x.any, x.job)

/// A job and the worker that has its result; null if none has.
struct job_place {
  bool found = false;
  job_report job;
  caf::strong_actor_ptr worker;
};

HERALD_INSPECT(job_place, x.found, x.job, x.worker)

/// Which jobs to list.
struct job_filter {
  std::string user;         ///< empty: all
  std::uint32_t states = 0; ///< bit per `job_state`; 0: all
  std::uint32_t limit = 0;
};

HERALD_INSPECT(job_filter, x.user, x.states, x.limit)

struct job_list {
  std::vector<job_report> jobs;
  bool more = false;
};

HERALD_INSPECT(job_list, x.jobs, x.more)

/// An answer to "the next piece".
enum class piece_kind : std::uint8_t {
  bytes,
  end,   ///< all were taken
  later, ///< nothing yet: ask again
  error, ///< there will be none
};

struct result_piece {
  piece_kind kind = piece_kind::later;
  std::string bytes;
  job_error error;
};

HERALD_INSPECT(result_piece, x.kind, x.bytes, x.error)

/// A job as the log has it, for the queue's new owner too.
struct job_seed {
  job_report job;
  bool worker_lives = false; ///< the node that ran it is a member
};

/// What a queue asks its node to write to the log.
struct journal_entry {
  std::string queue;
  std::uint64_t held = 0; ///< generation under which the node owns it
  bool over = false;      ///< the end of the job, not its start
  job_report job;
};

/// The thread of a worker is free again.
struct query_over {
  job_error error;
};

struct queue_links;

} // namespace herald

CAF_BEGIN_TYPE_ID_BLOCK(herald_serving, caf::first_custom_type_id + 100)

  CAF_ADD_TYPE_ID(herald_serving, (herald::job_error))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_order))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_news))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_offer))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_place))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_filter))
  CAF_ADD_TYPE_ID(herald_serving, (herald::job_list))
  CAF_ADD_TYPE_ID(herald_serving, (herald::queue_bid))
  CAF_ADD_TYPE_ID(herald_serving, (herald::queue_report))
  CAF_ADD_TYPE_ID(herald_serving, (herald::queue_settings))
  CAF_ADD_TYPE_ID(herald_serving, (herald::result_piece))

  CAF_ADD_ATOM(herald_serving, herald::atom, put, "put")
  CAF_ADD_ATOM(herald_serving, herald::atom, bid, "bid")
  CAF_ADD_ATOM(herald_serving, herald::atom, take, "take")
  CAF_ADD_ATOM(herald_serving, herald::atom, allow, "allow")
  CAF_ADD_ATOM(herald_serving, herald::atom, next, "next")
  CAF_ADD_ATOM(herald_serving, herald::atom, cancel, "cancel")
  CAF_ADD_ATOM(herald_serving, herald::atom, list, "list")
  CAF_ADD_ATOM(herald_serving, herald::atom, piece, "piece")

CAF_END_TYPE_ID_BLOCK(herald_serving)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::job_seed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::journal_entry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::query_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::queue_links)

namespace herald {

/// Writes the log for the queues of a node: the node actor.
using queue_journal = caf::typed_actor<
    // Answers whether the log has it: a start only if it is accepted, an end
    // also if the job has ended already.
    on<journal_entry>::reply<bool>>;

/// The QUEUE actor interface.
using queue_actor = caf::typed_actor<
    // The log has this job: take it in.
    tell<job_seed>,
    // What is the best job worth? A worker that gets nothing is woken later.
    on<atom::bid>::reply<queue_bid>,
    // The sender, a worker of this node with this engine, takes the best job.
    on<atom::take, std::string, std::string>::reply<job_offer>,
    // May this attempt of the job give its first piece to the client?
    on<atom::allow, std::string, std::uint32_t>::reply<bool>,
    // How a job fares; also the sign that its worker lives.
    tell<job_news>,
    // Where is the job? Answers when its state is not the one given, at the
    // latest after so many milliseconds.
    on<atom::status, std::string, std::uint8_t,
       std::uint32_t>::reply<job_place>,
    // End the job; nothing if it has ended. Answers whether it is known, when
    // the log has its end.
    on<atom::cancel, std::string>::reply<bool>,
    // Some of its jobs, newest first.
    on<atom::list, job_filter>::reply<job_list>,
    // The queue itself.
    on<atom::status>::reply<queue_report>,
    // Go on with other limits.
    tell<atom::change, queue_settings>,
    // Time passes.
    tell<atom::tick>>;

/// The WORKER actor interface.
using worker_actor = caf::typed_actor<
    // The queues of the cluster, whenever they change.
    tell<queue_links>,
    // A queue that had nothing may have something.
    tell<atom::wake>,
    // Time passes.
    tell<atom::tick>,
    // The query's thread has made a piece.
    tell<atom::piece>,
    // The query's thread is free.
    tell<query_over>,
    // The next piece of this job's result.
    on<atom::next, std::string>::reply<result_piece>,
    // The log has the end of this attempt of a job: its client may hear it.
    tell<atom::done, std::string, std::uint32_t>,
    // Drop this attempt of a job and its result.
    tell<atom::cancel, std::string, std::uint32_t>>;

/// A queue as a node knows it.
struct queue_link {
  queue_settings settings;
  std::string node; ///< its owner
  queue_actor queue;
};

struct queue_links {
  std::vector<queue_link> list;
};

} // namespace herald
