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
const learning = "01JFA0W000000000000000000L";
const learned = "01JFA0W000000000000000000M";
const first = (flow) => `${flow}.0000000`;
const settings = { pairs: "comparisons", method: "rloo" };
const start = (flow, n, recipe, more) => ({ call: n, primitive: "start", status: "done", args: { recipe, params: { pairs: "comparisons" } }, result: null, error: "", recorded: null, cites: [], child: "", task: "", answers: [], wanted: 0, leased: [], began: ago(900 - 100 * n), ended: ago(800 - 100 * n), ...more });
const runOf = (flow, n, script, more) => ({ id: `01JRNN${flow.slice(-1)}00000000000000000${n}A`, name: `${first(flow)}:0000${n}`, script, status: "done", error: "", started: ago(900 - 100 * n), ended: ago(800 - 100 * n), step: 40, steps: 40, says: "", ...more });
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
export const loopIds = { learning, learned, run: loopRuns[1].id };

export const loopFlows = [flow(learning, "running", "learn-0413"), flow(learned, "done", "learn-0412")];
export const loop = {
  ...Object.fromEntries(loopFlows.map((f) => [`/api/flows/${f.id}`, f])),
  ...Object.fromEntries(loopFlows.map((f) => [`/api/flows/${f.id}/instances`, { instances: [], next: "", counts: { [f.status]: 1 } }])),
  [`/api/instances/${first(learning)}`]: story(learning, "running", [
    start(learning, 1, "reward", { result: came(learning, 1, ["reward-0413"]) }), start(learning, 2, "rloo", { status: "waiting", ended: undefined }),
  ], null),
  [`/api/instances/${first(learned)}`]: story(learned, "done", ["reward", "rloo", "evaluate"].map((recipe, i) => start(learned, i + 1, recipe, { result: came(learned, i + 1, i < 2 ? [`${recipe}-0412`] : []) })), {
    says: ["The tuned model wins 58 % of 40 comparisons against the model that it began as (95 % interval 42 to 72 %): that includes no change.", "About 150 more comparisons would tell, if the difference is as large as it looks."],
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
