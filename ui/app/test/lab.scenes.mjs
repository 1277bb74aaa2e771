// What is looked at of the pages for researchers. See look.mjs for what a scene is.
import { ada, empty, full, ids, news } from "./lab.mjs";
import { chat, loopIds } from "./loop.lab.mjs";
import { compare } from "./samples.mjs";

const refused = { status: 422, json: { code: "invalid", says: "Some settings are not good.", problems: [{ field: "prompts", says: "there is no dataset nothing_here; there are books, comparisons and oasst_prompts" }, { field: "people", says: "12 is more than 9" }] } };
const duel = { "/v1/chat/completions": chat({ "ppo-0412": compare.item.left, embedded: compare.item.right }), "/v1/feedback": { status: 201, json: {} } };
const asked = async (page) => { await page.getByLabel("Question").fill("Why does bread go stale faster in the fridge?"); await page.keyboard.press("Control+Enter"); await page.waitForSelector(".votes button:not(:disabled)"); };
export const labScenes = {
  flows: { path: "/flows" },
  "flows-empty": { path: "/flows", get: empty },
  start: { path: "/flows?start=compare", post: { "/api/flows": refused }, steps: async (page) => { await page.fill("input[list] >> nth=0", "nothing_here"); await page.getByLabel("people", { exact: true }).fill("12"); await page.click("text=Start the flow"); await page.waitForSelector(".wrong"); } },
  script: { path: "/flows?start=compare", post: { "/api/check": { status: 422, json: { code: "invalid", says: "my.star:3:9: undefined: sampel", next: "Did you mean sample?" } } }, steps: async (page) => { await page.click("text=A script of my own"); await page.fill("textarea", "def flow(item):\n    sampel()\n"); await page.waitForSelector(".notice.bad"); } },
  flow: { path: `/flows/${ids.flow}` },
  "flow-cancel": { path: `/flows/${ids.flow}`, steps: (page) => page.click("text=Cancel the flow") },
  learning: { path: `/flows/${loopIds.learning}` },
  learned: { path: `/flows/${loopIds.learned}`, steps: (page) => page.click("text=The numbers") },
  learn: { path: "/data/comparisons", steps: async (page) => { await page.keyboard.press("l"); await page.waitForSelector("dialog form"); } },
  story: { path: `/instances/${ids.story}` },
  reopen: { path: `/instances/${ids.story}`, steps: (page) => page.click("text=Re-open >> nth=0") },
  diverged: { path: `/instances/${ids.diverged}` },
  parked: { path: `/instances/${ids.parked}` },
  book: { path: `/instances/${ids.book}`, steps: async (page) => { await page.click("text=Its story here"); await page.waitForSelector(".child .calls"); } },
  answer: { path: `/answers/${ids.answer}` },
  people: { path: "/people" },
  "people-empty": { path: "/people", get: empty, news: {} },
  invite: { path: "/people", steps: (page) => page.keyboard.press("i") },
  invited: { path: "/people", post: { "/api/invites": { json: { id: "i9", name: "readers", role: "annotator", pools: ["readers"], uses: 1, used: 0, created: new Date().toISOString(), revoked: false, link: "https://workbench.example/?invite=4Zb6mUO7Qn3vGmXvU0h5Jw0cYk8rX2tQ6yJ1oP9sL3d" } } }, steps: async (page) => { await page.keyboard.press("i"); await page.click("text=Make the link"); await page.waitForSelector("text=Copy"); } },
  data: { path: "/data" },
  "data-empty": { path: "/data", get: empty },
  importing: { path: "/data", post: { "/api/datasets/broken": { body: '{"bytes":100,"of":0,"records":3}\n{"bytes":240,"of":0,"records":7,"error":{"code":"invalid","says":"broken.jsonl, line 8, column 14: a comma or } is missing","next":"Correct the line; nothing of the file was kept."}}\n' }, "/api/datasets/prompts": { body: '{"bytes":300,"of":0,"records":9,"done":{"name":"prompts","kind":"imported","source":"prompts.jsonl","records":9,"bytes":300,"digest":"aa","created":"2026-01-01T00:00:00Z"}}\n' } }, steps: async (page) => {
    await page.setInputFiles("input[type=file]", [{ name: "broken.jsonl", mimeType: "text/plain", buffer: Buffer.from("x".repeat(240)) }, { name: "prompts.jsonl", mimeType: "text/plain", buffer: Buffer.from("x".repeat(300)) }, { name: "books.txt", mimeType: "text/plain", buffer: Buffer.from("x".repeat(999)) }]);
    await page.getByRole("button", { name: "Import", exact: true }).first().click(); await page.waitForSelector(".notice.bad"); await page.getByRole("button", { name: "Import", exact: true }).first().click(); await page.waitForSelector("text=✓");
  } },
  dataset: { path: "/data/comparisons" },
  prompts: { path: "/data/oasst_prompts" },
  runs: { path: "/runs" },
  "runs-marked": { path: "/runs", steps: async (page) => { await page.getByLabel("Compare reward", { exact: true }).check(); await page.getByLabel("Compare ppo-0412").check(); } },
  trace: { path: `/trace/${encodeURIComponent("row:comparisons/01JR0W00000000000000000000")}`, steps: async (page) => { await page.getByLabel(/came from: Noor: pref/).click(); await page.getByLabel(/came from: Noor$/).click(); await page.waitForSelector(".below .below"); } },
  compare: { path: `/compare?runs=${ids.run},${ids.done},${ids.stopped}`, steps: (page) => page.waitForSelector("canvas") },
  "compare-empty": { path: "/compare" },
  "runs-empty": { path: "/runs", get: empty },
  run: { path: `/runs/${ids.run}`, steps: (page) => page.waitForSelector("canvas") },
  "run-smooth": { path: `/runs/${ids.run}`, steps: async (page) => { await page.waitForSelector("canvas"); await page.focus("input[type=range]"); for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowRight"); await page.keyboard.press("l"); await page.selectOption("select >> nth=0", { index: 1 }); await page.hover(".plot >> nth=0"); } },
  "run-table": { path: `/runs/${ids.run}`, steps: async (page) => { await page.waitForSelector("canvas"); await page.keyboard.press("t"); } },
  "run-failed": { path: `/runs/${ids.failed}`, steps: (page) => page.waitForSelector("canvas") },
  models: { path: "/models" },
  "models-empty": { path: "/models", get: empty },
  model: { path: "/models/ppo-0412", post: { "/api/models/ppo-0412/try": { body: '{"sample":0,"text":"Bread goes stale "}\n{"sample":1,"text":"Because it is cold."}\n{"sample":0,"text":"because its starch crystallises.","end":"eos"}\n{"sample":1,"text":"","end":"length"}\n' } }, steps: async (page) => { await page.getByLabel("Prompt").fill("Why does bread go stale?"); await page.keyboard.press("Control+Enter"); await page.waitForSelector(".samples li"); } },
  reward: { path: "/models/reward", post: { "/api/models/reward/try": { body: '{"sample":0,"text":"","score":[1.25,1.4]}\n' } }, steps: async (page) => { await page.getByLabel("Prompt").fill("Why?"); await page.getByLabel("Response").fill("Because."); await page.keyboard.press("Control+Enter"); await page.waitForSelector(".score"); } },
  playground: { path: "/playground?a=ppo-0412", post: duel, steps: asked },
  "playground-voted": { path: "/playground?a=ppo-0412", post: duel, steps: async (page) => { await asked(page); await page.keyboard.press("ArrowRight"); await page.waitForSelector(".won"); await page.getByLabel("Go on").fill("And in a freezer?"); await page.keyboard.press("Control+Enter"); await page.waitForSelector(".votes button:not(:disabled)"); await page.keyboard.press("ArrowDown"); await page.waitForSelector("p.votes"); } },
  "playground-empty": { path: "/playground" },
  missing: { path: "/flows/01JNOTHERE" },
};

for (const scene of Object.values(labScenes)) Object.assign(scene, { me: ada, news, get: full, ...scene });
