@0xbedb05a64f313031;
# What the catalog stores: the commands of the log, one message per record,
# and the snapshot that stands for all records up to a position.
#
# Rules of change: fields are only ever added at the end; a new command is a
# new union member. A node that reads a union member it does not know stops
# following the log (it is older than the writer), it never skips it.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("herald::schemas");

struct Bits128 {
  high @0 :UInt64;
  low @1 :UInt64;
}

struct NodeId {
  uuid @0 :Bits128;
  incarnation @1 :UInt64;
}

struct Member {
  id @0 :NodeId;
  host @1 :Text;
  actorPort @2 :UInt16;
  gatewayPort @3 :UInt16;
  cores @4 :UInt32;
  version @5 :Text;
  clientHost @6 :Text;
  # Where clients reach it; empty: as other nodes do.
}

enum ObjectKind {
  task @0;
  queue @1;
  rule @2;
}

enum ObjectState {
  waiting @0;
  running @1;
  restarting @2;
  stopped @3;
  failed @4;
  finished @5;
}

struct ObjectKey {
  kind @0 :ObjectKind;
  project @1 :Text;
  name @2 :Text;
}

struct Option {
  name @0 :Text;
  value @1 :Text;
}

# A condition on the version of what a command changes.
struct Condition {
  union {
    always @0 :Void;
    versionIs @1 :UInt64;
    # 0 means: it does not exist.
  }
}

struct Command {
  request @0 :Bits128;
  author @1 :Text;
  timeMs @2 :Int64;
  # Milliseconds since 1970, for people only: no rule of the catalog reads it.
  union {
    join @3 :Member;
    leave @4 :NodeId;
    suspect @5 :Suspect;
    trust @6 :Trust;
    answer @7 :NodeId;
    put @8 :Put;
    remove @9 :Remove;
    setWanted @10 :SetWanted;
    set @11 :Set;
    claim @12 :Claim;
    report @13 :Report;
    release @14 :Release;
    submitJob @15 :SubmitJob;
    startJob @16 :StartJob;
    endJob @17 :EndJob;
  }

  struct Suspect {
    by @0 :NodeId;
    target @1 :NodeId;
    repeats @2 :UInt64;
  }

  struct Trust {
    by @0 :NodeId;
    target @1 :NodeId;
  }

  struct Put {
    key @0 :ObjectKey;
    type @1 :Text;
    text @2 :Text;
    options @3 :List(Option);
    condition @4 :Condition;
    wanted @5 :Bool = true;
    # Whether a new object should run; one that is there stays as it is.
  }

  struct Remove {
    key @0 :ObjectKey;
    condition @1 :Condition;
  }

  struct SetWanted {
    key @0 :ObjectKey;
    running @1 :Bool;
    condition @2 :Condition;
  }

  struct Set {
    name @0 :Text;
    value @1 :Text;
    remove @2 :Bool;
    condition @3 :Condition;
  }

  struct Claim {
    key @0 :ObjectKey;
    owner @1 :NodeId;
    expected @2 :UInt64;
  }

  struct Report {
    key @0 :ObjectKey;
    owner @1 :NodeId;
    generation @2 :UInt64;
    sequence @3 :UInt64;
    status @4 :Status;
  }

  struct Release {
    key @0 :ObjectKey;
    owner @1 :NodeId;
    generation @2 :UInt64;
    version @3 :UInt64;
    status @4 :Status;
  }
}

struct JobError {
  code @0 :UInt8;
  message @1 :Text;
  line @2 :UInt32;
  column @3 :UInt32;
  hint @4 :Text;
}

struct JobOrder {
  id @0 :Text;
  sql @1 :Text;
  user @2 :Text;
  kind @3 :UInt8;
  # Numbered as in the client protocol. So for the next one.
  format @4 :UInt8;
  timeoutMs @5 :UInt32;
  idleTimeoutMs @6 :UInt32;
}

struct QueueOwner {
  queue @0 :Text;
  node @1 :NodeId;
  generation @2 :UInt64;
}

struct SubmitJob {
  queue @0 :Text;
  order @1 :JobOrder;
}

struct StartJob {
  by @0 :QueueOwner;
  id @1 :Text;
  attempt @2 :UInt32;
  worker @3 :Text;
  engine @4 :Text;
  startedMs @5 :Int64;
}

struct EndJob {
  by @0 :QueueOwner;
  id @1 :Text;
  error @2 :JobError;
  finishedMs @3 :Int64;
  rows @4 :UInt64;
  bytes @5 :UInt64;
}

struct Status {
  state @0 :ObjectState;
  reason @1 :Text;
  restarts @2 :UInt32;
}

struct Snapshot {
  format @0 :UInt32;
  position @1 :UInt64;
  view @2 :UInt64;
  generationFloor @3 :UInt64;
  members @4 :List(SeatedMember);
  departed @5 :List(NodeId);
  objects @6 :List(Object);
  settings @7 :List(Setting);
  outcomes @8 :List(Outcome);
  jobs @9 :List(Job);
  # Those that have not ended by id, then the others by when they ended.

  struct SeatedMember {
    member @0 :Member;
    joinedBy @1 :Bits128;
    answeredAt @2 :UInt64;
    suspicions @3 :List(Suspicion);
  }

  struct Suspicion {
    by @0 :NodeId;
    at @1 :UInt64;
  }

  struct Version {
    number @0 :UInt64;
    text @1 :Text;
    options @2 :List(Option);
    author @3 :Text;
    timeMs @4 :Int64;
  }

  struct Object {
    key @0 :ObjectKey;
    type @1 :Text;
    versions @2 :List(Version);
    wantedRunning @3 :Bool;
    owned @4 :Bool;
    owner @5 :NodeId;
    generation @6 :UInt64;
    sequence @7 :UInt64;
    status @8 :Status;
  }

  struct Setting {
    name @0 :Text;
    value @1 :Text;
    version @2 :UInt64;
  }

  struct Job {
    at @0 :UInt64;
    order @1 :JobOrder;
    queue @2 :Text;
    state @3 :UInt8;
    error @4 :JobError;
    worker @5 :Text;
    engine @6 :Text;
    attempt @7 :UInt32;
    submittedMs @8 :Int64;
    startedMs @9 :Int64;
    finishedMs @10 :Int64;
    rows @11 :UInt64;
    bytes @12 :UInt64;
    starts @13 :UInt32;
  }

  struct Outcome {
    request @0 :Bits128;
    at @1 :UInt64;
    refusal @2 :UInt16;
    number @3 :UInt64;
  }
}
