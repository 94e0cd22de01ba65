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

  struct Outcome {
    request @0 :Bits128;
    at @1 :UInt64;
    refusal @2 :UInt16;
    number @3 :UInt64;
  }
}
