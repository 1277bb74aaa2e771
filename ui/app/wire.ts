// Written by go test ./ui/web -run Wire -update from ui/web/wire*.go and tasks/form. Don't edit it.

/** Me is who is signed in, and how far their day has come. */
export interface Me {
  id: string;
  name: string;
  role: string; // admin, researcher or annotator
  pools: string[];
  today: number; // answers since midnight of the server's day
  total: number; // answers in all
  median_seconds: number; // of active time, over the last answers; 0 for none yet
}

/** Problem is one field of an answer that was not taken. */
export interface Problem {
  field: string;
  says: string;
}

/** Failure is an error in words: what, and what to do next. */
export interface Failure {
  code: string; // unauthorized, forbidden, not_found, invalid, conflict, too_large, too_many, full, internal
  says: string;
  next?: string;
  problems?: Problem[]; // of an answer, or of the settings of a start
}

/** Ask is a message of the websocket /ws/work from the browser. Every Ask has a Reply with its ID. */
export interface Ask {
  id: number;
  op: string; // next, submit, draft, skip, undo, touch
  lease?: string; // of submit, draft, skip, touch
  key?: string; // of submit and undo: the same key again is the same act
  values?: unknown; // of submit and draft
  seconds?: number; // of submit: active time as the browser measured it
  reason?: string; // of skip
}

/** Reply answers an Ask. One with ID 0 was not asked for: Me has changed, or there may be work now (Available). */
export interface Reply {
  id: number;
  error?: Failure;
  work?: Work; // the next task, of next, submit, skip, undo
  none?: NoWork; // why there is none
  answer?: string; // of submit: the id under which it is stored
  late?: boolean; // of submit: it came after the lease had ended; kept, and flagged
  saved?: string; // of draft
  deadline?: string; // of touch: the lease's new end
  me?: Me;
  available?: boolean;
}

/** Work is a leased task as its annotator sees it: only fields that the form shows. */
export interface Work {
  lease: string;
  task: string;
  flow: string; // its name
  form: Form;
  version: string; // of the form
  item: unknown;
  deadline: string;
  draft?: unknown;
  saved?: string; // when the draft was
  can_undo: boolean; // the answer before this one
  waiting: number; // tasks that this person could get after this one
}

/** NoWork says why somebody gets no task. */
export interface NoWork {
  says: string; // in a sentence
  reasons: Reason[]; // with counts
  can_undo: boolean;
}

/** Reason is why some tasks do not go to a person. */
export interface Reason {
  code: string; // none_open, taken, answered, skipped, excluded, other_pool, other_person, paused
  tasks: number;
  says: string;
}

/** Past is one of a person's own answers. */
export interface Past {
  answer: string;
  task: string;
  time: string;
  seconds: number;
  form: Form;
  item: unknown;
  values: unknown;
  undone: boolean;
  late: boolean;
}

/** Recipe is a script that can be started. */
export interface Recipe {
  name: string;
  summary: string;
  doc: string;
  text: string;
  flow: boolean; // it has flow(item): it waits for people
  run: boolean; // it has run(): it computes
  params: Param[];
}

/** Param is one setting of a recipe. */
export interface Param {
  name: string;
  kind: string; // int, float, bool, text, model, dataset, pool
  default: unknown;
  help: string;
  low?: number;
  high?: number;
  one_of?: unknown[];
  several?: boolean;
}

/** Start asks for a flow or a run. */
export interface Start {
  recipe?: string; // by name,
  script?: string; // or the text of one's own
  name?: string;
  params: Record<string, string>; // as they are typed
  fresh?: boolean; // of a run: answers that are remembered are computed anew
  from?: string; // of a run: RUN or RUN@STEP, the checkpoint that it goes on from, with that run's script and params where none are given
  limit?: number; // of a flow: only so many items; 0: all
  ahead?: number; // of a flow: instances under way at a time; 0: the default
  priority?: number;
}

/** FlowSummary is a flow in lists. */
export interface FlowSummary {
  id: string;
  name: string;
  recipe: string;
  status: string; // running, paused, done or cancelled
  created: string;
  starter: string; // name
  items: number;
  instances: Record<string, number>; // by status, roots only
  steps: StepCount[];
  priority: number;
  ahead: number;
  answers_per_hour: number; // over the last ten minutes
}

/** StepCount is how far the tasks or the work of one step of a flow's script are. */
export interface StepCount {
  step: string; // the form's title, or the primitive
  kind: string; // people or model
  waiting: number; // for people: answers wanted that nobody works on
  leased: number;
  done: number;
  failed: number;
}

/** FlowDetail is a flow's own page. */
export interface FlowDetail extends FlowSummary {
  script: string; // its text
  params: Record<string, unknown>;
  datasets: string[]; // that it has recorded into
}

/** InstanceSummary is an instance in lists. */
export interface InstanceSummary {
  id: string;
  function: string;
  status: string;
  waiting: string; // in words: for two answers to "Judge the digest"
  error: string;
  title: string; // the beginning of its item's first text
  updated: string;
}

/** InstanceList is a page of instances. */
export interface InstanceList {
  instances: InstanceSummary[];
  next: string; // give it back as after; empty at the end
  counts: Record<string, number>; // by status, of the whole flow
}

/** Story is everything that happened in an instance. */
export interface Story extends InstanceSummary {
  flow: string;
  flow_name: string;
  parent: string;
  args: unknown;
  result: unknown;
  created: string;
  calls: StoryCall[];
}

/** StoryCall is one call of an instance, with what came of it. */
export interface StoryCall {
  call: number;
  primitive: string;
  status: string; // waiting, done, failed, diverged or dropped
  args: unknown;
  result: unknown;
  error: string;
  recorded: unknown; // of a divergence: what the record says it called
  cites: string[];
  child: string; // the instance that it spawned
  task: string; // that it put before people
  form?: Form;
  answers: StoryAnswer[];
  wanted: number; // answers
  leased: string[]; // names of who works on it
  began: string;
  ended?: string;
}

/** StoryAnswer is an answer with who gave it. */
export interface StoryAnswer {
  id: string;
  person: string; // name
  values: unknown;
  seconds: number;
  time: string;
  late: boolean;
  undone: boolean;
}

/** AnswerDetail is an answer's own page: what was asked, and where. */
export interface AnswerDetail extends StoryAnswer {
  task: string;
  instance: string;
  flow: string;
  flow_name: string;
  form: Form;
  item: unknown;
}

/** Script is the text of a script that is to be checked. The reply is a Recipe. */
export interface Script {
  script: string;
}

/** Priority is a flow's: larger goes first. */
export interface Priority {
  priority: number;
}

/** Reopen drops the result of a call; what depends on it is asked again. */
export interface Reopen {
  call: number;
}

/** Signal is an outside event for an instance that waits for it. */
export interface Signal {
  name: string;
  value: unknown;
}

/** Feedback is what a user says of completions of the API: a thumb, which of two is better, or what it should
 * have said. A completion is named by its id; of several choices one is named id#index. */
export interface Feedback {
  kind: string; // thumbs, comparison or correction
  completion_id?: string; // of thumbs and corrections
  value?: string; // of thumbs: up or down
  text?: string; // of a correction
  chosen?: string; // of a comparison
  rejected?: string;
  tie?: string[]; // two that are equally good, instead
  comment?: string;
  user?: string; // whom the client names
  dataset?: string; // that takes the row, instead of feedback, comparisons or corrections
  /** Same makes of requests with the same key one row; without it, those that say the same are one. */
  idempotency_key?: string;
}

/** FeedbackKept is the row that feedback became. */
export interface FeedbackKept {
  id: string;
  object: string; // feedback
  dataset: string;
}

/** Event is an entry of the log of what people did. */
export interface Event {
  seq: number;
  time: string;
  kind: string;
  actor: string; // name; empty for the program itself
  object: string;
  data: unknown;
  hash: string; // over the entry and the one before it
}

/** EventList is a page of the log, the oldest first. */
export interface EventList {
  events: Event[];
  next: number; // give it back as from; 0 at the end
}

/** DatasetRow is a dataset in the list. */
export interface DatasetRow {
  name: string;
  kind: string; // imported or collected
  source: string;
  records: number;
  bytes: number;
  digest: string;
  created: string;
}

/** DatasetPage is some records of a dataset. */
export interface DatasetPage extends DatasetRow {
  fields: string[];
  offset: number;
  rows: Record<string, unknown>[];
  of: string[][]; // of a collected one: the nodes that each row came from
  nodes: string[]; // of a collected one: the node of each row
}

/** ImportProgress is said line by line (as JSON lines) while an upload is read; the last has Done or Error. */
export interface ImportProgress {
  bytes: number;
  of: number; // 0 where it is not known
  records: number;
  done?: DatasetRow;
  error?: Failure; // names line and column
}

/** RunSummary is a run in lists. */
export interface RunSummary {
  id: string;
  name: string;
  script: string;
  status: string; // running, done, failed or stopped
  error: string;
  started: string;
  ended?: string;
  step: number;
  steps: number; // 0 where it is not known
  says: string; // the last thing that it said
  call: string; // of the flow that started it, as the node call:…; empty for none
}

/** RunDetail is a run's own page. */
export interface RunDetail extends RunSummary {
  text: string; // of the script
  params: Record<string, unknown>;
  seed: number;
  result: unknown;
  inputs: Cited[];
  invariants: RunCheck[];
  tables: TableRef[];
  models: string[]; // names that it kept
  peak_bytes: number;
  used: RunUse;
  diagnoses: RunDiagnosis[]; // in the order in which they began
  hash: string; // SHA-256 of the script's text
  versions: RunVersions;
  resumable: boolean;
}

/** RunUse is what a run has used so far. Rates are tokens a second, 0 where there was nothing of the kind. */
export interface RunUse {
  cpu_seconds: number; // of the process while the run goes on
  peak_bytes: number; // of the process while the run goes on
  sampled: number; // tokens of responses a second
  scored: number; // tokens of texts a second, without gradients
  trained: number; // tokens a second, forward and backward
  left_seconds: number; // at the pace of the last minute; 0 where it is not known
}

/** RunDiagnosis is what looks wrong about a run. */
export interface RunDiagnosis {
  name: string; // of the rule; watch for what the script itself said
  step: number;
  seen: string; // with figures and steps
  why: string; // it usually happens; empty for what the script said
  next: string; // what to do
}

/** RunVersions are what a run was computed with. */
export interface RunVersions {
  binary: string;
  runtime: string; // ONNX Runtime
  device: string;
}

/** Cited is something that was read. */
export interface Cited {
  kind: string;
  name: string;
  sha256: string;
  node: string; // of the lineage
  records: number; // in a dataset
  used: number; // records that the script was given
  held_out: number; // records on which it only measured
}

/** RunCheck is an invariant that a run held. */
export interface RunCheck {
  name: string;
  ok: boolean;
  detail: string;
  step: number;
}

/** TableRef names a table of samples. */
export interface TableRef {
  name: string;
  step: number;
  rows: number;
}

/** SampleRows is a table of samples. */
export interface SampleRows {
  name: string;
  step: number;
  rows: Record<string, unknown>[];
}

/** MetricSeries is a curve. What is not finite is null, as in JSON there is no such number. */
export interface MetricSeries {
  name: string;
  steps: number[];
  values: (number | null)[];
}

/** Trace is a node of the lineage with its neighbours. A node is named kind:id, where the kind is flow, run, model,
 * checkpoint, dataset, person, instance, call, task, sample, completion, answer or row. */
export interface Trace {
  node: string;
  kind: string;
  title: string;
  page: string; // its address; empty where it has none
  facts: TraceFact[];
  from: TraceLink[]; // what it came from, at most limit (50) after skip
  to: TraceLink[]; // what came of it
  from_counts: Record<string, number>; // of all, by kind
  to_counts: Record<string, number>;
  from_next: number; // give it back as skip, with side=from; 0 at the end
  to_next: number;
  from_all?: Record<string, number>; // with all=true: what it came from in any number of steps, by kind
  to_all?: Record<string, number>;
}

/** TraceFact is something that a record says. */
export interface TraceFact {
  name: string;
  value: string;
}

/** TraceLink is a neighbour in the lineage. */
export interface TraceLink {
  node: string;
  kind: string;
  how: string; // it is related, such as "read", "held out" or "given by"
  title: string;
  page: string; // its address; empty where it has none
}

/** ModelRow is a model in the list. */
export interface ModelRow {
  name: string;
  kind: string; // base, adapter, reward or value
  base: string;
  from_run: string;
  digest: string;
  version: number;
  created: string;
  carried: boolean; // inside the binary
  path: string; // of its files, in the data folder
  bytes: number; // of its files
  note: string;
}

/** ModelDetail is a model's own page. */
export interface ModelDetail extends ModelRow {
  versions: ModelRow[];
  run?: RunSummary; // that made it
  inputs: Cited[]; // of that run
  used: RunRef[]; // what used it since
}

/** RunRef points to a run or a flow. */
export interface RunRef {
  kind: string; // run or flow
  id: string;
  name: string;
}

/** Try asks a model for samples (language models) or a score (reward models). The reply is JSON lines of TryPart. */
export interface Try {
  prompt: string;
  response?: string; // of a reward model: what is scored
  system?: string;
  max_tokens?: number;
  temperature: number;
  n?: number;
  seed?: number;
}

/** TryPart is a piece of what a model says. */
export interface TryPart {
  sample: number;
  text: string;
  end?: string;
  score?: number[];
  error?: Failure;
}

/** DeviceStatus is who computes and who waits. */
export interface DeviceStatus {
  running: string; // in words; empty when idle
  waiting: string[];
  reserved_bytes: number;
  budget_bytes: number;
}

/** Watch is a message of the websocket /ws/live from the browser: begin or end hearing a topic, which is
 * flows, flow/ID, instance/ID, people, runs, run/ID, data or device. A run topic may say from which
 * step its metrics are wanted. */
export interface Watch {
  op: string; // watch or unwatch
  topic: string;
  from?: number;
}

/** News is what a topic says: the object as its GET route gives it, at most four times a second; for
 * run/ID also the metrics since the last news, of which the first step may have been in it already. */
export interface News {
  topic: string;
  flows?: FlowSummary[];
  flow?: FlowDetail;
  story?: Story;
  people?: PersonRow[];
  runs?: RunSummary[];
  run?: RunDetail;
  metrics?: MetricSeries[];
  data?: DatasetRow[];
  device?: DeviceStatus;
  error?: Failure;
}

/** PersonRow is a person in the list. */
export interface PersonRow {
  id: string;
  name: string;
  role: string;
  pools: string[];
  disabled: boolean;
  online: boolean;
  working: string; // the step of the task that they have
  today: number;
  total: number;
  last_hour: number;
  median_seconds: number;
  skipped: number;
  agreement?: Agreement; // with the others on the same tasks
  created: string;
  last_seen?: string;
}

/** Agreement is a share with its 95 % interval (Wilson 1927) and the number of comparisons behind it. */
export interface Agreement {
  share: number;
  low: number;
  high: number;
  n: number;
}

/** PersonChange changes what is given. */
export interface PersonChange {
  name?: string;
  role?: string;
  pools?: string[];
  disabled?: boolean;
}

/** NewInvite asks for a link by which people come in. */
export interface NewInvite {
  name: string; // what it is for
  role: string;
  pools: string[];
  uses: number; // 0: any number
  hours: number; // until it expires; 0: never
}

/** Invite is a link by which people come in. Link is only in the reply to its making. */
export interface Invite {
  id: string;
  name: string;
  role: string;
  pools: string[];
  uses: number;
  used: number;
  created: string;
  expires?: string;
  revoked: boolean;
  link?: string;
}

/** SignIn exchanges a secret for a session: a token, or an invite with a name. */
export interface SignIn {
  token?: string;
  invite?: string;
  name?: string;
}

/** NewKey asks for a key: for a program, or for the link by which somebody signs in on another machine. */
export interface NewKey {
  name: string; // what it is for
  person?: string; // whose; empty: one's own
  /** Role is user for a key that is given away: it calls the API for models and nothing else. */
  role?: string;
}

/** Key is a key that was just made. Its secret is in this reply and nowhere else. */
export interface Key {
  id: string;
  name: string;
  role?: string;
  token: string; // for Authorization: Bearer
  link?: string; // signs in whoever opens it; none for a key with a role
}

/** Form is one kind of question. */
export interface Form {
  title: string;
  guide?: string; // what annotators should know, in a little Markdown
  show: Part[];
  ask: Field[];
}

/** Part shows fields of an item. */
export interface Part {
  kind: string; // of [Parts]
  fields: string[]; // of the item
}

/** Field asks for one answer. Settings that its kind does not have must be empty. */
export interface Field {
  name: string; // of the answer
  kind: string; // of [Fields]
  label?: string;
  optional?: boolean;
  options?: string[]; // that can be chosen
  several?: boolean; // more than one may be chosen or quoted
  points?: number; // of a scale, from 1
  left?: string; // what the lowest point means
  right?: string; // what the highest point means
  min_words?: number; // of a text
  max_words?: number; // of a text, 0 for no limit
  of?: string; // the item's field that is quoted
  max_chars?: number; // of a quote, in code points, 0 for no limit
}

/** Quote is a stretch of one of the item's texts. */
export interface Quote {
  start: number; // in code points
  end: number; // the first one behind it
  text: string; // what stands there
}
