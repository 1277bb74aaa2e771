// A workbench in which people's comparisons are being learned from: what the GET routes would give.
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const script = `"""Learn: what people prefer becomes a reward model, and that a policy: start("reward", …), then start(method, …)."""
pairs  = param.dataset("", "comparisons: prompt, a, b, label")
method = param("rloo", "how the policy learns", one_of = ["best_of_n", "rloo", "ppo", "dpo"])

def flow(item):
    taught = start("reward", pairs = pairs)
    policy = start(method, reward = taught.models[0])
    judged = start("evaluate", policy = policy.models[0])
    return judged.result
`;
const learning = "01JFA0W000000000000000000K";
const learned = "01JFA0W000000000000000000M";
const first = (flow) => `${flow}.0000000`;
const settings = { pairs: "comparisons", method: "rloo" };
const start = (flow, n, recipe, more) => ({ call: n, primitive: "start", status: "done", args: { recipe, params: { pairs: "comparisons" } }, result: null, error: "", recorded: null, cites: [], child: "", task: "", answers: [], wanted: 0, leased: [], began: ago(900 - 100 * n), ended: ago(800 - 100 * n), ...more });
const runOf = (flow, n, script, more) => ({ id: `01JRNN${flow.slice(-1)}00000000000000000${n}A`, name: "", call: `call:${first(flow)}:0000${n}`, script, status: "done", error: "", started: ago(900 - 100 * n), ended: ago(800 - 100 * n), step: 40, steps: 40, says: "", ...more });
const runsOf = (flow) => [runOf(flow, 1, "reward"), runOf(flow, 2, "rloo"), runOf(flow, 3, "evaluate")];
const [one, two] = runsOf(learning);
export const loopRuns = [one, { ...two, status: "running", started: ago(75), ended: undefined, step: 22, steps: 60 }, ...runsOf(learned)];

const flow = (id, status, name) => ({
  id, name, recipe: "learn", status, created: ago(900), starter: "Ada", items: 1, instances: { [status === "done" ? "done" : "running"]: 1 },
  steps: [{ step: "start", kind: "model", waiting: 0, leased: status === "done" ? 0 : 1, done: status === "done" ? 3 : 1, failed: 0 }],
  priority: 0, ahead: 100, answers_per_hour: 0, script, params: settings, datasets: [],
});
const story = (id, status, calls, result) => ({ id: first(id), function: "flow", status, waiting: "", error: "", title: "", updated: ago(20), flow: id, flow_name: "learn", parent: "", args: {}, result, created: ago(900), calls });
const came = (flow, n, models) => ({ run: runsOf(flow)[n - 1].id, result: {}, models });
const estimate = (value, low, high, n) => ({ value, low, high, n, groups: n });
export const loopModels = [{ name: "rloo-0412", kind: "adapter", base: "embedded", from_run: runsOf(learned)[1].id, digest: "7fe2", version: 1, created: ago(300), carried: false, note: "" }];
export const loopIds = { learning, learned, run: loopRuns[1].id };

export const loopFlows = [flow(learning, "running", "learn-0413"), flow(learned, "done", "learn-0412")];
export const loop = {
  ...Object.fromEntries(loopFlows.map((f) => [`/api/flows/${f.id}`, f])),
  ...Object.fromEntries(loopFlows.map((f) => [`/api/flows/${f.id}/instances`, { instances: [], next: "", counts: { [f.status]: 1 } }])),
  [`/api/instances/${first(learning)}`]: story(learning, "running", [
    start(learning, 1, "reward", { result: came(learning, 1, ["reward-0413"]) }), start(learning, 2, "rloo", { status: "waiting", ended: undefined }),
  ], null),
  [`/api/instances/${first(learned)}`]: story(learned, "done", ["reward", "rloo", "evaluate"].map((recipe, i) => start(learned, i + 1, recipe, { result: came(learned, i + 1, i < 2 ? [`${recipe}-0412`] : []) })), {
    verdict: "Most intervals include no change. People's held-out comparisons: the tuned model agrees with 58 % of 40 (42 to 72 %). At a share of 0.25 held out that is about 600 labels more.",
    wins: estimate(0.575, 0.422, 0.715, 40), wins_at_equal_length: estimate(0.55, 0.4, 0.69, 40), longest_wins: estimate(0.61, 0.52, 0.69, 120),
  }),
};

/** chat answers as two models would, in the pieces of server-sent events; the n-th answer has the id of its model and n. */
export function chat(answers) {
  let n = 0;
  return ({ model, messages }) => {
    const id = `chatcmpl-${model}-${++n}`;
    const said = answers[model] ?? `${model} says: ${messages.at(-1).content}`;
    const half = Math.ceil(said.length / 2);
    const piece = (content, finish_reason = null) => `data: ${JSON.stringify({ id, object: "chat.completion.chunk", model, choices: [{ index: 0, delta: content === undefined ? {} : { content }, finish_reason }] })}\n\n`;
    return { contentType: "text/event-stream", body: `${piece(said.slice(0, half))}${piece(said.slice(half))}${piece(undefined, "stop")}data: [DONE]\n\n` };
  };
}

const link = (kind, id, how, title, page = "") => ({ node: `${kind}:${id}`, kind, how, title, page });
const counts = (links) => links.reduce((all, l) => ({ ...all, [l.kind]: (all[l.kind] ?? 0) + 1 }), {});

/** traced answers as the route of the lineage does: one side or both, of one kind or of all, so many at a time. */
const traced = (node, title, { page = "", facts = [], from = [], to = [] }) => (_, query) => {
  const [skip, limit] = [Number(query.get("skip") ?? 0), Number(query.get("limit") ?? 50)];
  const some = (links, side) => {
    const all = links.filter((l) => !query.get("kind") || l.kind === query.get("kind"));
    return query.get("side") && query.get("side") !== side ? [[], 0, {}] : [all.slice(skip, skip + limit), skip + limit < all.length ? skip + limit : 0, counts(links)];
  };
  const [[f, fn, fc], [t, tn, tc]] = [some(from, "from"), some(to, "to")];
  return { node, kind: node.split(":")[0], title, page, facts, from: f, to: t, from_counts: fc, to_counts: tc, from_next: fn, to_next: tn };
};

/** traces are the lineage of one tuned model, from its run down to an answer. */
export function traces({ run, answer, story, flow }) {
  const row = (n) => link("row", `comparisons/01JR0W00000000000000000${String(n).padStart(3, "0")}`, n > 46 ? "held out" : "read", ["Why does bread go stale faster in the fridge? a", "Write a haiku about a bicycle. b", "Explain recursion to a child. tie"][n % 3], "/data/comparisons");
  const rows = Array.from({ length: 58 }, (_, n) => row(n));
  const data = link("dataset", "comparisons@99ab", "read", "comparisons, 58 records", "/data/comparisons");
  const base = link("model", "8be1042c", "used", "embedded", "/models/embedded");
  const given = link("answer", answer, "made of", "Noor: preference 2", `/answers/${answer}`);
  const made = link("model", "7fe2", "kept", "ppo-0412, version 3", "/models/ppo-0412");
  const noor = link("person", "01JP1", "given by", "Noor", "/people");
  const task = link("task", `${story}:00003`, "answers", "Which answer is better?", `/instances/${story}#call-3`);
  const whole = link("run", run, "kept by", "ppo-0412", `/runs/${run}`);
  const all = {
    [`run:${run}`]: traced(`run:${run}`, "ppo-0412", { page: `/runs/${run}`, from: [base, data, ...rows], to: [made] }),
    "model:8be1042c5f3b1d77aa81": traced("model:8be1042c5f3b1d77aa81", "ppo-0412, version 3", { page: "/models/ppo-0412", from: [whole, base], to: [link("flow", flow, "answered in", "compare-0412", `/flows/${flow}`)] }),
    [`answer:${answer}`]: traced(`answer:${answer}`, "Noor: preference 2", { page: `/answers/${answer}`, from: [noor, task], to: [{ ...row(0), how: "made" }] }),
    [row(0).node]: traced(row(0).node, row(0).title, { page: "/data/comparisons", facts: [{ name: "dataset", value: "comparisons" }, { name: "recorded", value: "2026-11-26 09:12" }], from: [given, link("sample", `${story}:00001/1`, "made of", "“Bread goes stale because its starch…”", `/instances/${story}#call-1`)], to: [{ ...whole, how: "read by" }] }),
    [noor.node]: traced(noor.node, "Noor", { page: "/people", to: [given] }),
  };
  return Object.fromEntries(Object.entries(all).map(([node, of]) => [`/api/trace/${node}`, of]));
}
