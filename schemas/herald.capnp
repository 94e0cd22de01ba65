# What a client can ask of a Herald node.
#
# The one definition of the client protocol: served as Cap'n Proto RPC over TCP
# (bootstrap capability: `Herald`) and, through Cap'n Proto's JSON codec, as
# HTTP/JSON. docs/protocol.md holds the HTTP paths, limits and examples.
#
# Rules for changes: numbers are never reused or renumbered; new fields go at
# the end with a default that means "as before"; nothing is removed.
#
# Every reply has `error` as its field 0: null when the call succeeded. RPC
# exceptions are kept for what is not an answer: too many calls in flight, a
# message that breaks a limit, a node that is going down.
#
# Any node answers any call: one that does not own the object passes the call
# on to the one that does. nodeStatus tells of the node that is asked only, and
# the figures in lists of tasks and rules are those of what runs on it.

@0xc3d997a7803d4287;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("herald::protocol");

interface Herald {
  # Tasks: SQL that runs until it is stopped or its bounded sources end.

  createTask @0 CreateTask -> VersionReply;
  # Checks the SQL and stores it as version 1. alreadyExists if the name is
  # taken, invalidArgument with line and column if the SQL is wrong.

  updateTask @1 UpdateTask -> VersionReply;
  # Stores a new version. A running task restarts with it; if the SQL is wrong
  # the version that runs stays.

  startTask @2 ObjectRef -> Done;
  # Sets the wanted state to running. Starting what runs is no error.

  stopTask @3 ObjectRef -> Done;
  # Sets the wanted state to stopped. Stopping what is stopped is no error.

  deleteTask @4 ObjectRef -> Done;
  # Ends a task if it runs, and removes it and its versions.

  listTasks @5 ListObjects -> TaskList;
  # Tasks in the order of project and name.

  taskStatus @6 ObjectRef -> TaskReply;
  # One task: its definition and its figures.

  # Rules: patterns over events, loaded while the node runs.

  putRule @7 PutRule -> PutRuleReply;
  # Loads or replaces the rule that the YAML names. A wrong file is refused
  # with line and column, and the version that runs stays.

  deleteRule @8 ObjectRef -> Done;
  # Unloads a rule; its partial matches are dropped.

  listRules @9 ListObjects -> RuleList;
  # Rules in the order of project and name.

  # Queries: statements that wait in a queue, run on an engine and give rows.

  submitQuery @10 SubmitQuery -> SubmitReply;
  # Puts a statement into a queue and returns at once. Dropping the returned
  # capability (or losing the connection) before its result is consumed
  # cancels the job, unless `detached` was set and nothing was taken yet.

  getJob @11 JobRef -> GetJobReply;
  # Finds a job by id. Dropping this capability cancels the job only if a part
  # of the result was taken through it: a result with a hole is of no use.

  listJobs @12 ListJobs -> JobList;
  # Newest jobs first, finished ones for as long as the node remembers them.

  # Queues: weighted, with a bound on what waits and what runs.

  putQueue @13 QueueSpec -> Done;
  # Creates or changes a queue. What already waits keeps its place.

  listQueues @14 ListQueues -> QueueList;
  # Queues in the order of their names, with their load and score.

  # Cluster.

  clusterStatus @15 Empty -> ClusterReply;
  # The view as the answering node knows it.

  nodeStatus @16 NodeRef -> NodeReply;
  # Figures of one node.

  getSettings @17 GetSettings -> SettingList;
  # Settings whose key starts with `prefix`, in the order of keys.

  putSetting @18 PutSetting -> VersionReply;
  # Changes one setting on every node, in one order.
}

interface Job {
  # One submitted statement.

  status @0 JobStatusRequest -> JobReply;
  # Where the job is. With `waitMs` the answer waits until the state changes.

  next @1 NextRequest -> NextReply;
  # The next piece of the result; waits until there is one. Pieces come in
  # order, each once: what was handed out is not handed out again, to anyone.
  # So a call that is cancelled may take a piece with it: wait on, do not ask
  # again.
  # At most a few calls of `next` may be in flight for one job (resource
  # exhausted beyond). Nothing is computed ahead of the client beyond a fixed
  # number of batches.

  cancel @2 Empty -> Done;
  # Ends the job; its state becomes fail with code cancelled. Cancelling a
  # job that has ended is no error.
}

# --- Common ------------------------------------------------------------------

struct Empty {}

struct Error {
  # What was wrong, where, and what to do.
  code @0 :ErrorCode;
  message @1 :Text; # A sentence for people; place and hint are part of it.
  line @2 :UInt32; # From 1; 0: the mistake has no place in a text.
  column @3 :UInt32; # From 1, in characters.
  hint @4 :Text; # What to do; empty if there is nothing to say.
}

enum ErrorCode {
  # The numbers are Herald's own; docs/protocol.md gives the HTTP status.
  unknown @0;
  cancelled @1;
  invalidArgument @2;
  deadlineExceeded @3;
  notFound @4;
  alreadyExists @5;
  permissionDenied @6;
  unauthenticated @7;
  resourceExhausted @8; # A limit or a full queue: try later, or less.
  failedPrecondition @9; # The object is in a state that forbids the call.
  aborted @10; # Another command came first: read again, then retry.
  outOfRange @11;
  unimplemented @12;
  internal @13; # A bug of Herald.
  unavailable @14; # No owner at the moment: retry.
  dataLoss @15;
}

struct Done {
  error @0 :Error;
}

struct VersionReply {
  error @0 :Error;
  version @1 :UInt32; # The version that now stands, from 1.
}

struct Option {
  # One entry of a map of texts.
  key @0 :Text;
  value @1 :Text;
}

struct ObjectRef {
  # Names a task or a rule.
  project @0 :Text = "default";
  name @1 :Text;
}

struct ListObjects {
  project @0 :Text; # Empty: all projects.
  limit @1 :UInt32 = 1000; # At most 10000.
}

# --- Tasks -------------------------------------------------------------------

struct CreateTask {
  project @0 :Text = "default";
  name @1 :Text;
  sql @2 :Text; # At most 256 KiB.
  options @3 :List(Option); # As after `herald run --set`: parallelism, …
  start @4 :Bool; # Start at once.
}

struct UpdateTask {
  project @0 :Text = "default";
  name @1 :Text;
  sql @2 :Text; # At most 256 KiB.
  options @3 :List(Option); # Replace the earlier options.
  ifVersion @4 :UInt32; # Only if this version stands (else aborted); 0: any.
}

enum WantedState {
  stopped @0;
  running @1;
}

enum TaskState {
  # What a task really does.
  stopped @0;
  starting @1; # Claimed by its owner, not yet reading.
  running @2;
  backingOff @3; # Failed; waits for its next start.
  stopping @4;
  finished @5; # Its bounded sources ended.
  failed @6; # Failed more often than its restart limit allows.
  unowned @7; # Wanted, but no node has claimed it yet.
}

struct TaskStatus {
  project @0 :Text;
  name @1 :Text;
  version @2 :UInt32;
  wanted @3 :WantedState;
  actual @4 :TaskState;
  owner @5 :Text; # Node; empty while unowned.
  generation @6 :UInt64; # Counts claims; fences earlier owners.
  restarts @7 :UInt32; # Since this generation started.
  recordsIn @8 :UInt64; # Since this generation started.
  recordsOut @9 :UInt64;
  watermarkMs @10 :Int64 = -9223372036854775808;
  # Event time, ms since 1970 UTC; the default means that there is none yet.
  lag @11 :Int64 = -1; # Records behind the end of its sources; -1: unknown.
  deadLetters @12 :UInt64; # Malformed rows set aside.
  lastError @13 :Error; # Of the latest failure, or what it waits for; or null.
  late @14 :UInt64; # Rows dropped behind the watermark.
}

struct TaskList {
  error @0 :Error;
  tasks @1 :List(TaskStatus);
  more @2 :Bool; # There were more than `limit`.
}

struct TaskReply {
  error @0 :Error;
  status @1 :TaskStatus;
  sql @2 :Text;
  options @3 :List(Option);
  plan @4 :Text;
  # What it runs, and how many rows each operator took and gave since it was
  # started. For people; empty while it does not run.
}

# --- Rules -------------------------------------------------------------------

struct PutRule {
  project @0 :Text = "default";
  yaml @1 :Text; # The rule file, see docs/rules.md. At most 256 KiB.
}

struct PutRuleReply {
  error @0 :Error;
  name @1 :Text;
  version @2 :UInt32; # Counts how often the name was loaded, from 1.
}

enum RuleState {
  loading @0;
  running @1;
  failed @2;
  unowned @3; # Waits for a node.
  finished @4; # Its source ended.
}

struct RuleStatus {
  project @0 :Text;
  name @1 :Text;
  version @2 :UInt32;
  state @3 :RuleState;
  owner @4 :Text; # Node; empty while unowned.
  matches @5 :UInt64;
  partialMatches @6 :UInt64; # Alive now.
  lastError @7 :Error;
}

struct RuleList {
  error @0 :Error;
  rules @1 :List(RuleStatus);
  more @2 :Bool;
}

# --- Queries -----------------------------------------------------------------

enum ResultFormat {
  arrow @0; # An Arrow IPC stream, the schema first.
  jsonLines @1; # One JSON object a row and line.
}

enum JobKind {
  adHoc @0;
  etl @1;
  export @2;
  import @3;
}

struct SubmitQuery {
  sql @0 :Text; # At most 512 KiB.
  queue @1 :Text = "default";
  user @2 :Text;
  timeoutMs @3 :UInt32; # From submission to the last row; 0: the queue's.
  options @4 :List(Option); # None yet: any is refused by its name.
  format @5 :ResultFormat;
  kind @6 :JobKind;
  detached @7 :Bool;
  # Whether the job outlives its capability. HTTP always sets it.
  idleTimeoutMs @8 :UInt32;
  # A result that nobody asks for this long is dropped; 0: the node's.
}

struct SubmitReply {
  error @0 :Error;
  jobId @1 :Text;
  job @2 :Job; # Absent over HTTP: use the id.
}

struct JobRef {
  jobId @0 :Text;
}

enum JobState {
  new @0; # Known, not yet in its queue.
  waiting @1;
  running @2;
  success @3; # All rows were computed; some may wait to be read.
  fail @4; # `error` says why; cancelled and timed-out jobs end here too.
}

struct JobStatus {
  jobId @0 :Text;
  state @1 :JobState;
  error @2 :Error; # Why it failed.
  queue @3 :Text;
  user @4 :Text;
  kind @5 :JobKind;
  sql @6 :Text; # Shortened in lists.
  queuePosition @7 :UInt32; # From 1 while waiting, else 0.
  submittedMs @8 :Int64; # ms since 1970 UTC; 0: not yet. So for the next two.
  startedMs @9 :Int64;
  finishedMs @10 :Int64;
  rows @11 :UInt64; # Computed so far.
  bytes @12 :UInt64; # Computed so far, in the result's format.
  worker @13 :Text; # Node that runs it.
  engine @14 :Text; # What runs it, as "duckdb".
  format @15 :ResultFormat; # Of its result.
}

struct GetJobReply {
  error @0 :Error;
  status @1 :JobStatus;
  job @2 :Job; # Absent over HTTP.
}

struct JobStatusRequest {
  waitMs @0 :UInt32;
  # Wait up to this long for a change of state; 0: answer at once. At most a
  # minute.
  seen @1 :JobState; # The state that the client knows; others end the wait.
}

struct JobReply {
  error @0 :Error;
  status @1 :JobStatus;
}

struct NextRequest {
  maxBytes @0 :UInt32 = 1048576; # At most 1 MiB.
}

struct NextReply {
  error @0 :Error; # Why the job failed; no piece follows.
  data @1 :Data;
  # The next piece of the byte stream, at most `maxBytes`. Pieces may end
  # anywhere: join them, or feed them to a streaming decoder.
  done @2 :Bool; # The stream has ended; data is empty.
}

struct ListJobs {
  queue @0 :Text; # Empty: all.
  user @1 :Text; # Empty: all.
  states @2 :List(JobState); # Empty: all.
  limit @3 :UInt32 = 100; # At most 10000.
}

struct JobList {
  error @0 :Error;
  jobs @1 :List(JobStatus);
  more @2 :Bool;
}

# --- Queues ------------------------------------------------------------------

struct QueueSpec {
  name @0 :Text;
  weight @1 :Float64 = 1; # Share against other queues, above 0.
  capacity @2 :UInt32 = 1000; # Jobs that may wait; more are refused.
  maxRunning @3 :UInt32 = 4; # Jobs of this queue that run at a time.
  core @4 :Bool; # Core work runs on workers kept for it.
  kinds @5 :List(JobKind); # What it takes; empty: all.
}

struct ListQueues {
  limit @0 :UInt32 = 1000; # At most 10000.
}

struct QueueStatus {
  spec @0 :QueueSpec;
  depth @1 :UInt32; # Waiting.
  running @2 :UInt32;
  owner @3 :Text; # Node.
  score @4 :Float64; # Of its best job: the sum of the next three.
  jobWeight @5 :Float64; # From the job's timeout and age.
  dynamicFactor @6 :Float64; # From depth, capacity and running jobs.
  queueWeight @7 :Float64; # From the queue's weight.
}

struct QueueList {
  error @0 :Error;
  queues @1 :List(QueueStatus);
  more @2 :Bool;
}

# --- Cluster -----------------------------------------------------------------

enum MemberState {
  joining @0;
  up @1;
  suspect @2; # Some node reported it; the view still has it.
  left @3;
}

struct Member {
  name @0 :Text;
  incarnation @1 :UInt64; # Counts its joins.
  address @2 :Text; # host:port of its actors.
  rpcAddress @3 :Text; # host:port for clients; empty: serves none.
  state @4 :MemberState;
}

struct Owner {
  # Who runs an object.
  kind @0 :Text; # task, rule, queue, …
  name @1 :Text; # project/name, or the name of a queue.
  node @2 :Text;
  generation @3 :UInt64;
}

struct ClusterReply {
  error @0 :Error;
  cluster @1 :Text;
  answeredBy @2 :Text; # The node that answered.
  view @3 :UInt64; # Number of the view in the command log.
  logPosition @4 :UInt64; # Commands that this node has applied.
  members @5 :List(Member);
  owners @6 :List(Owner);
}

struct NodeRef {
  node @0 :Text; # Empty: the node that answers.
}

struct NodeReply {
  error @0 :Error;
  name @1 :Text;
  incarnation @2 :UInt64;
  version @3 :Text; # Of the program.
  uptimeMs @4 :UInt64;
  residentBytes @5 :UInt64;
  cpuMs @6 :UInt64; # User and system time of the process.
  actors @7 :UInt32; # Alive now.
  tasks @8 :UInt32; # Owned.
  rules @9 :UInt32; # Owned.
  queues @10 :UInt32; # Owned.
  runningJobs @11 :UInt32;
}

struct Setting {
  key @0 :Text;
  value @1 :Text;
  version @2 :UInt32; # Counts changes; 0: the built-in default.
}

struct GetSettings {
  prefix @0 :Text; # Empty: all.
}

struct SettingList {
  error @0 :Error;
  settings @1 :List(Setting);
}

struct PutSetting {
  key @0 :Text;
  value @1 :Text;
  ifVersion @2 :UInt32; # Only if this version stands (else aborted); 0: any.
}
