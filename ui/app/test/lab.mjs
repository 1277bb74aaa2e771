// A workbench in full swing, for pictures of the pages for researchers: what each GET route would give.
import { loop, loopFlows, loopModels, loopRuns, traces } from "./loop.lab.mjs";
import { compare, passage, verdict } from "./samples.mjs";

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const minute = 60;
const hour = 3600;
const day = 86400;

export const ada = { id: "01JRESEARCHERZ000000000ADA", name: "Ada", role: "admin", pools: [], today: 3, total: 12, median_seconds: 31 };

const recipe = (name, summary, flow, params, doc = summary) => ({ name, summary, doc, text: script, flow, run: !flow, params });
const script = `"""Compare: two samples, a person's choice."""
prompts = param.dataset("", "prompts: rows with a field prompt")
policy  = param.model("embedded", "the model that writes")
better  = form("Which answer is better?",
    show = [text("prompt"), pair("left", "right")],
    ask  = [scale("preference", 9, left = "left much better", right = "right much better"), longtext("why", optional = True)])

def flow(item):
    a, b   = generate(policy, prompt = item.prompt, n = 2, temperature = 0.9)
    l, r   = (a, b) if random() < 0.5 else (b, a)
    choice = ask(better, {"prompt": item.prompt, "left": l.text, "right": r.text})
    record("comparisons", {"prompt": item.prompt, "left": l.text, "right": r.text, "preference": choice.preference}, of = [l, r, choice])
`;

export const recipes = [
  recipe("book_questions", "People answer questions about passages, a model condenses, somebody else judges.", true, [
    { name: "books", kind: "dataset", default: "", help: "books: rows with a field text" },
    { name: "readers", kind: "pool", default: "readers", help: "who answers" },
  ]),
  recipe("compare", "Two samples of a model, and a person who says which one is better.", true, [
    { name: "prompts", kind: "dataset", default: "", help: "prompts: rows with a field prompt", several: true },
    { name: "policy", kind: "model", default: "embedded", help: "the model that writes" },
    { name: "pool", kind: "pool", default: "", help: "who compares; empty for everybody" },
    { name: "people", kind: "int", default: 1, help: "answers to each pair", low: 1, high: 9 },
    { name: "temperature", kind: "float", default: 0.9, help: "sampling temperature", low: 0, high: 2 },
    { name: "sides", kind: "text", default: "random", help: "which sample stands left", one_of: ["random", "as drawn"] },
    { name: "why", kind: "bool", default: true, help: "ask for a reason too" },
  ]),
  recipe("learn", "From people's comparisons to a reward model, from there to a policy, and what changed.", true, [
    { name: "pairs", kind: "dataset", default: "", help: "comparisons: prompt, a, b, label", several: true },
    { name: "prompts", kind: "dataset", default: "", help: "what the policy practises on; empty for the prompts of the comparisons", several: true },
    { name: "policy", kind: "model", default: "embedded", help: "the model that learns" },
    { name: "held_out", kind: "float", default: 0.25, help: "share that nothing is trained on", low: 0.05, high: 0.5 },
    { name: "least", kind: "int", default: 20, help: "fewest comparisons to train on", low: 4 },
    { name: "method", kind: "text", default: "rloo", help: "how", one_of: ["best_of_n", "rloo", "ppo", "dpo"] },
  ]),
  recipe("reward", "Learn from people's comparisons which of two answers they prefer.", false, [
    { name: "base", kind: "model", default: "embedded", help: "the language model below the head" },
    { name: "lr", kind: "float", default: 0.0001, help: "learning rate of adapter and head", low: 1e-7, high: 0.1 },
  ]),
];

const flow = "01JFA0W000000000000000000A";
const steps = [
  { step: "generate", kind: "model", waiting: 3, leased: 2, done: 220, failed: 1 },
  { step: "Which answer is better?", kind: "people", waiting: 41, leased: 3, done: 176, failed: 0 },
  { step: "record", kind: "model", waiting: 0, leased: 0, done: 176, failed: 0 },
];
export const flows = [
  { id: "01JFA0W000000000000000000C", name: "Tides", recipe: "book_questions", status: "done", created: ago(3 * day), starter: "Ada", items: 12, instances: { done: 12 }, steps: [{ step: "Answer from the passage", kind: "people", waiting: 0, leased: 0, done: 36, failed: 0 }, { step: "generate", kind: "model", waiting: 0, leased: 0, done: 12, failed: 0 }, { step: "Judge the digest", kind: "people", waiting: 0, leased: 0, done: 12, failed: 0 }], priority: 0, ahead: 100, answers_per_hour: 0 },
  { id: "01JFA0W000000000000000000B", name: "pilot", recipe: "compare", status: "paused", created: ago(day), starter: "Grace", items: 40, instances: { waiting: 22, done: 18 }, steps, priority: 2, ahead: 100, answers_per_hour: 0 },
  { id: flow, name: "compare-0412", recipe: "compare", status: "running", created: ago(5 * hour), starter: "Ada", items: 400, instances: { running: 5, waiting: 44, done: 176, parked: 1 }, steps, priority: 0, ahead: 100, answers_per_hour: 212.4 },
];
const detail = { ...flows[2], script, params: { prompts: ["oasst_prompts"], policy: "embedded", pool: "readers", people: 1, temperature: 0.9, why: true }, datasets: ["comparisons"] };

const titles = ["Why does bread go stale faster in the fridge than on the counter?", "Write a haiku about a bicycle.", "Explain recursion to a child.", "¿Por qué el cielo es azul?", "لماذا السماء زرقاء؟", "Give me three names for a bakery 🥐 that also sells books."];
const instances = titles.map((title, i) => ({
  id: `${flow}.${String(i + 3).padStart(7, "0")}`, function: "flow", status: ["parked", "waiting", "waiting", "running", "done", "done"][i],
  waiting: ["", "for 1 answer to “Which answer is better?”", "for 1 answer to “Which answer is better?”", "for the model", "", ""][i],
  error: i === 0 ? "generate: model embedded: the prompt has 9,214 tokens, and the model reads at most 8,192: shorten the item, or split it with passages(…)" : "", title, updated: ago(40 + i * 300),
}));
const list = { instances, next: "x", counts: { running: 5, waiting: 44, done: 176, parked: 1 } };

const inst = instances[1].id;
const sample = (n, text, logp) => ({ id: `${inst}:00001/${n}`, text, logp, tokens: Array.from({ length: 60 + n }, (_, i) => i), ended: n === 1, model: "embedded", seed: 4821003912 });
const call = (n, primitive, more) => ({ call: n, primitive, status: "done", args: null, result: null, error: "", recorded: null, cites: [], child: "", task: "", answers: [], wanted: 0, leased: [], began: ago(600 - n), ended: ago(590 - n), ...more });
const answerID = "01JANSWER0000000000000000A";
export const story = {
  ...instances[1], status: "waiting", flow, flow_name: "compare-0412", parent: "", args: { prompt: compare.item.prompt, group: "kitchen" }, result: null, created: ago(700),
  calls: [
    call(1, "generate", { args: { model: "embedded", messages: [{ role: "user", content: compare.item.prompt }], n: 2, max_tokens: 128, temperature: 0.9, top_p: 1, stop: [] }, result: [sample(1, compare.item.left, -61.3312), sample(2, compare.item.right, -88.02)], cites: ["model:8be1042c5f3b1d77aa"] }),
    call(2, "random", { args: null, result: 0.4471829 }),
    call(3, "ask", { status: "dropped", args: { item: compare.item, people: 1 }, form: compare.form, task: `${inst}:00003`, wanted: 1, answers: [{ id: "01JANSWER0000000000000000B", person: "Lin", values: { preference: 5 }, seconds: 4.1, time: ago(400), late: false, undone: true }] }),
    call(3, "ask", { status: "waiting", ended: undefined, args: { item: compare.item, people: 2, pool: "readers", unlike: [`${flow}.0000001:00003`] }, form: compare.form, task: `${inst}:00003~02`, wanted: 2, leased: ["Lin"], answers: [{ id: answerID, person: "Noor", values: { preference: 2, why: "The right one is wrong about the water: the fridge is not what dries it." }, seconds: 38.2, time: ago(200), late: false, undone: false }] }),
  ],
};
export const diverged = {
  ...story, id: `${flow}.0000009`, status: "diverged", error: "", title: "Explain recursion to a child.",
  calls: [story.calls[0], call(2, "generate", { status: "diverged", ended: undefined, args: { model: "embedded", messages: [{ role: "user", content: "Explain recursion to a child." }], n: 2, temperature: 0.7 }, recorded: { primitive: "generate", args: { model: "embedded", messages: [{ role: "user", content: "Explain recursion to a child." }], n: 2, temperature: 0.9 } } })],
};
export const book = {
  ...story, id: "01JFA0W000000000000000000C.0000000", status: "done", title: "They had come down to the sand", flow: "01JFA0W000000000000000000C", flow_name: "Tides", waiting: "", args: passage.item, result: { accuracy: 6, coverage: 5 },
  calls: [
    call(1, "ask", { args: { item: passage.item, people: 3, pool: "readers" }, form: passage.form, wanted: 3, answers: ["Noor", "Lin", "Sam"].map((person, i) => ({ id: `01JANSWER000000000000000C${i}`, person, values: { answer: "She fears that the water will come from behind and cut them off.", evidence: { start: 420, end: 497, text: "the water did not come in from the sea, as one would think, but rose from behind" } }, seconds: 91 + 20 * i, time: ago(2 * day - i * 400), late: i === 2, undone: false })) }),
    call(2, "spawn", { args: { function: "condense", args: ["She fears the tide."] }, child: `${"01JFA0W000000000000000000C"}.0000000.00002`, cites: ["01JANSWER000000000000000C0", "01JANSWER000000000000000C1"] }),
    call(3, "record", { args: { dataset: "digests", value: { digest: verdict.item.digest, accuracy: 6 } }, cites: [answerID] }),
  ],
};

const agree = (share, low, high, n) => ({ share, low, high, n });
export const people = [
  { ...ada, disabled: false, online: true, working: "", last_hour: 3, skipped: 0, created: ago(20 * day), last_seen: ago(2) },
  { id: "01JP1", name: "Noor", role: "annotator", pools: ["readers", "judges"], disabled: false, online: true, working: "Which answer is better?", today: 64, total: 1204, last_hour: 31, median_seconds: 38, skipped: 2, agreement: agree(0.77, 0.72, 0.81, 318), created: ago(12 * day), last_seen: ago(3) },
  { id: "01JP2", name: "Lin", role: "annotator", pools: ["readers"], disabled: false, online: true, working: "Which answer is better?", today: 48, total: 611, last_hour: 27, median_seconds: 52.4, skipped: 0, agreement: agree(0.69, 0.61, 0.76, 140), created: ago(9 * day), last_seen: ago(12) },
  { id: "01JP3", name: "Sam Okonkwo-Bielefeld", role: "annotator", pools: ["judges"], disabled: false, online: false, working: "", today: 0, total: 12, last_hour: 0, median_seconds: 121, skipped: 5, agreement: agree(0, 0, 0, 0), created: ago(2 * day), last_seen: ago(5 * hour) },
  { id: "01JP4", name: "Grace", role: "researcher", pools: [], disabled: false, online: false, working: "", today: 0, total: 0, last_hour: 0, median_seconds: 0, skipped: 0, created: ago(day) },
  { id: "01JP5", name: "spammer", role: "annotator", pools: [], disabled: true, online: false, working: "", today: 0, total: 402, last_hour: 0, median_seconds: 1.4, skipped: 0, agreement: agree(0.51, 0.44, 0.58, 201), created: ago(8 * day), last_seen: ago(7 * day) },
];
const invites = [
  { id: "i1", name: "readers, April", role: "annotator", pools: ["readers"], uses: 20, used: 7, created: ago(6 * day), expires: new Date(Date.now() + 3 * day * 1000).toISOString(), revoked: false },
  { id: "i2", name: "", role: "researcher", pools: [], uses: 1, used: 0, created: ago(hour), revoked: false },
  { id: "i3", name: "old", role: "annotator", pools: [], uses: 1, used: 1, created: ago(30 * day), revoked: false },
];

export const datasets = [
  { name: "comparisons", kind: "collected", source: "", records: 176, bytes: 0, digest: "", created: ago(5 * hour) },
  { name: "oasst_prompts", kind: "imported", source: "oasst_prompts.jsonl.gz", records: 12400, bytes: 3_112_000, digest: "8be1042c5f3b1d77aa81", created: ago(4 * day) },
  { name: "books", kind: "imported", source: "the-tide.txt", records: 212, bytes: 488_120, digest: "11ab", created: ago(3 * day) },
];
const rows = Array.from({ length: 12 }, (_, i) => ({ prompt: titles[i % titles.length], a: compare.item.left, b: compare.item.right, label: i % 5 === 0 ? "tie" : i % 2 ? "a" : "b", why: i % 3 ? "" : "Says something false." }));

const steps400 = Array.from({ length: 181 }, (_, i) => i);
const noise = (i) => Math.sin(i * 12.9898) * 0.5 + Math.sin(i * 78.233) * 0.5;
export const metrics = [
  { name: "loss", steps: steps400, values: steps400.map((i) => 0.3 + 0.4 * Math.exp(-i / 60) + 0.05 * noise(i)) },
  { name: "accuracy", steps: steps400, values: steps400.map((i) => 0.75 - 0.25 * Math.exp(-i / 50) + 0.06 * noise(i + 3)) },
  { name: "kl", steps: steps400, values: steps400.map((i) => (i === 40 ? null : 0.02 * i + 0.2 * Math.abs(noise(i)) + 0.01)) },
  { name: "reward", steps: steps400, values: steps400.map((i) => -1 + i / 120 + 0.3 * noise(i + 9)) },
  { name: "grad_norm", steps: steps400, values: steps400.map((i) => 1.2 + Math.abs(noise(i)) * (i % 40 === 0 ? 12 : 1)) },
  { name: "lr", steps: steps400, values: steps400.map((i) => 1e-4 * (1 - i / 400)) },
];
const run = "01JRNN0000000000000000000A";
export const runs = [
  { id: run, name: "ppo-0412", script: "ppo", status: "running", error: "", started: ago(900), step: 180, steps: 400, says: "length grows 0.4 tokens/step since 120" },
  { id: "01JRNN0000000000000000000B", name: "reward", script: "reward", status: "done", error: "", started: ago(2 * day), ended: ago(2 * day - 2400), step: 640, steps: 640, says: "" },
  { id: "01JRNN0000000000000000000C", name: "", script: "sft", status: "failed", error: "step 12: the loss is not finite: lower lr, or look at row 812 of demonstrations", started: ago(3 * day), ended: ago(3 * day - 40), step: 12, steps: 900, says: "" },
  { id: "01JRNN0000000000000000000D", name: "eval", script: "evaluate", status: "stopped", error: "the process ended before the run did; it can be resumed", started: ago(6 * day), ended: ago(6 * day - 90), step: 0, steps: 0, says: "" },
].map((r) => ({ ...r, call: "" }));
const runDetail = {
  ...runs[0], text: script, params: { lr: 3e-5, epochs: 4, policy: "embedded" }, seed: 7, result: null,
  inputs: [{ kind: "model", name: "embedded", sha256: "8be1042c5f3b1d77aa81" }, { kind: "dataset", name: "oasst_prompts", sha256: "11ab42c5f3b1d77aa812" }, { kind: "file", name: "pairs.jsonl.gz", sha256: "99aa" }],
  invariants: [["ratio = 1 and KL = 0 at step 0", "largest |ratio − 1| 3.1e-6, limit 1e-4"], ["sampler = trainer", "largest difference of log-probabilities 2.2e-5, limit 1e-4"], ["padded = unpadded", "largest difference 0, limit 1e-4"], ["batch = its rows accumulated", "largest relative difference 4e-7, limit 1e-3"]].map(([name, detail], i) => ({ name, ok: true, detail, step: i === 0 ? 0 : 1 })),
  tables: [{ name: "samples", step: 120, rows: 4 }, { name: "samples", step: 180, rows: 4 }], models: ["ppo-0412"], peak_bytes: 2_140_000_000, resumable: true, hash: "5bd1e995a7c3", versions: { binary: "v0.4-12-gb760b1e", runtime: "1.22.0", device: "2 cores, AVX-512" },
  used: { cpu_seconds: 1530, peak_bytes: 2_140_000_000, sampled: 61.3, scored: 420.7, trained: 188.2, left_seconds: 1130 },
  diagnoses: [
    { name: "length drift", step: 120, seen: "Responses grow by 0.4 tokens a step since step 120, from 41 to 65, while the reward grows by 0.3.", why: "A reward model that likes long texts teaches length before anything else.", next: "Compare at equal length (evaluate does), lower max_tokens, or raise beta." },
    { name: "watch", step: 140, seen: "reward without gain elsewhere: the judge's score has not moved for 40 steps", why: "", next: "" },
  ],
};
const failed = { ...runDetail, ...runs[2], invariants: [{ name: "sampler = trainer", ok: false, detail: "largest difference of log-probabilities 0.04, limit 1e-4", step: 1 }, ...runDetail.invariants.slice(1)], models: [], tables: [], diagnoses: [] };
const samples = { name: "samples", step: 180, rows: titles.slice(0, 4).map((prompt, i) => ({ prompt, response: [compare.item.left, compare.item.right][i % 2], reward: [1.42, -0.3, 0.881, 2.0][i], kl: [3.1, 0.4, 1.2, 8.8][i], ended: i !== 3 })) };

const model = (name, kind, more) => ({ name, kind, base: "", from_run: "", digest: "8be1042c5f3b1d77aa81", version: 0, created: ago(9 * day), carried: false, note: "", ...more });
export const models = [
  model("embedded", "base", { carried: true, note: "SmolLM2 135M Instruct, float32" }),
  model("embedded:int8", "base", { carried: true, note: "faster; +0.2 % perplexity" }),
  model("reward", "reward", { base: "embedded", carried: true, note: "agrees with people in 65 % of unseen comparisons" }),
  model("ppo-0412", "adapter", { base: "embedded", from_run: run, version: 3, created: ago(300) }),
  ...loopModels,
];
const modelDetail = { ...models[3], versions: [3, 2, 1].map((version) => ({ ...models[3], version, created: ago(300 * version), note: version === 3 ? "step 180" : "" })), run: runs[0], inputs: runDetail.inputs, used: [{ kind: "flow", id: flow, name: "compare-0412" }, { kind: "run", id: "01JRNN0000000000000000000D", name: "eval" }] };
const baseDetail = { ...models[0], versions: [], inputs: [], used: [] };
const rewardDetail = { ...models[2], versions: [], inputs: [], used: [] };

const answer = { ...story.calls[3].answers[0], task: story.calls[3].task, instance: inst, flow, flow_name: "compare-0412", form: compare.form, item: compare.item };
const device = { running: "ppo-0412, step 180", waiting: ["compare-0412: generate"], reserved_bytes: 1e9, budget_bytes: 4e9 };

/** full is a workbench in which much is going on; empty one that was just started. */
export const full = {
  "/api/recipes": recipes, "/api/recipes/learn": recipes.find((r) => r.name === "learn"), ...loop, ...traces({ run, answer: answerID, story: inst, flow }), "/api/flows": [...flows, ...loopFlows], [`/api/flows/${flow}`]: detail, [`/api/flows/${flow}/instances`]: list,
  [`/api/instances/${story.id}`]: story, [`/api/instances/${diverged.id}`]: diverged, [`/api/instances/${book.id}`]: book,
  "/api/instances/01JFA0W000000000000000000C.0000000.00002": { ...book, id: "01JFA0W000000000000000000C.0000000.00002", function: "condense", parent: book.id, title: "Condense", calls: story.calls.slice(0, 1), result: "done" },
  [`/api/instances/${instances[0].id}`]: { ...story, ...instances[0], calls: [{ ...story.calls[0], status: "failed", result: null, error: instances[0].error }] },
  [`/api/answers/${answerID}`]: answer, "/api/people": people, "/api/invites": invites, "/api/datasets": datasets,
  "/api/datasets/comparisons": { ...datasets[0], fields: ["prompt", "a", "b", "label", "why"], offset: 0, rows, of: rows.map(() => [`${inst}:00001/1`, `${inst}:00001/2`, `answer:${answerID}`]), nodes: rows.map((_, n) => `row:comparisons/01JR0W00000000000000000${String(n).padStart(3, "0")}`) },
  "/api/datasets/oasst_prompts": { ...datasets[1], fields: ["prompt", "lang"], offset: 0, rows: rows.map((r, i) => ({ prompt: r.prompt, lang: i % 2 ? "en" : "es" })), of: [] },
  "/api/runs": [...runs, ...loopRuns], [`/api/runs/${run}`]: runDetail, [`/api/runs/${run}/metrics`]: metrics, [`/api/runs/${run}/samples`]: samples,
  [`/api/runs/${runs[2].id}`]: failed, [`/api/runs/${runs[2].id}/metrics`]: metrics.map((m) => ({ ...m, steps: m.steps.slice(0, 12), values: m.values.slice(0, 12) })),
  [`/api/runs/${runs[1].id}`]: { ...runDetail, ...runs[1], params: { ...runDetail.params, lr: 1e-5, kl: 0.05 }, seed: 8, result: { wins: { value: 0.575, low: 0.422, high: 0.715, n: 40, groups: 38 }, length: { before: 88.1, after: 104.25 } } },
  [`/api/runs/${runs[3].id}`]: { ...runDetail, ...runs[3], result: { wins: { value: 0.61, low: 0.52, high: 0.69, n: 120, groups: 120 }, note: "judged by people" } }, [`/api/runs/${runs[3].id}/metrics`]: metrics.slice(0, 3).map((m) => ({ ...m, values: m.values.map((v) => v === null ? v : v * 1.1 + 0.02) })), [`/api/runs/${runs[1].id}/metrics`]: metrics.map((m) => ({ ...m, values: m.values.map((v) => v === null ? v : v * 0.9 + 0.1) })),
  "/api/models": models, "/api/models/ppo-0412": modelDetail, "/api/models/embedded": baseDetail, "/api/models/reward": rewardDetail, "/api/device": device,
};
export const empty = { "/api/recipes": recipes, "/api/flows": [], "/api/people": people.slice(0, 1), "/api/invites": [], "/api/datasets": [], "/api/runs": [], "/api/models": [], "/api/device": { running: "", waiting: [], reserved_bytes: 0, budget_bytes: 0 } };
export const news = { people: { people }, device: { device } };
export const ids = { flow, story: story.id, diverged: diverged.id, parked: instances[0].id, book: book.id, run, done: runs[1].id, failed: runs[2].id, stopped: runs[3].id, answer: answerID };
