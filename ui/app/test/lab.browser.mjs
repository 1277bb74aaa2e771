// The pages for researchers, by hand, in Chromium.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser, context } from "./browser.mjs";
import { fake, origin } from "./fake.mjs";
import { ada, full, ids, metrics, news, people } from "./lab.mjs";
import { loopIds } from "./loop.lab.mjs";

const chrome = await browser();
after(() => chrome.close());

/** open shows a page to a researcher. */
async function open(t, path, server = {}) {
  const window = await context(chrome, {});
  t.after(() => window.close());
  const page = await window.newPage();
  page.setDefaultTimeout(20_000);
  const broken = [];
  page.on("pageerror", (e) => broken.push(String(e)));
  t.after(() => assert.deepEqual(broken, []));
  const other = await fake(page, { me: ada, news, get: full, ...server });
  await page.goto(origin + path);
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !/Loading /.test(document.body.textContent));
  return { page, ...other };
}

const shows = (page, selector, text) => page.waitForFunction(([s, want]) => [...document.querySelectorAll(s)].some((e) => e.textContent.includes(want)), [selector, text]);
const focused = (page) => page.evaluate(() => document.activeElement?.labels?.[0]?.textContent ?? document.activeElement?.textContent);
const sent = async (page, state, does) => {
  for (let i = 0; i < 200 && !state.sent.some((s) => s.does === does); i++) await page.waitForTimeout(25);
  const all = state.sent.filter((s) => s.does === does).map((s) => JSON.parse(s.body));
  assert.ok(all.length > 0, `${does} was not sent, but ${state.sent.map((s) => s.does)}`);
  return all.at(-1);
};

test("a flow is started by keys; what is wrong stands at its field, and only what was changed is sent", async (t) => {
  const post = { "/api/flows": { status: 400, json: { code: "invalid", says: "param people: 12 is above 9", problems: [{ field: "people", says: "12 is above 9" }] } } };
  const { page, state } = await open(t, "/flows", { post });
  await page.keyboard.press("n");
  await page.waitForSelector("dialog form");
  await page.getByRole("radio", { name: "compare" }).check();
  await page.getByLabel("people", { exact: true }).fill("12");
  await page.getByLabel("prompts", { exact: true }).fill("books");
  await page.getByRole("button", { name: "oasst_prompts" }).click();
  await page.getByLabel("people", { exact: true }).press("Enter");
  await shows(page, ".labelled .wrong", "12 is above 9");
  assert.equal(await focused(page), "people");
  assert.deepEqual(await sent(page, state, "POST /api/flows"), { recipe: "compare", params: { prompts: "books,oasst_prompts", people: "12" } });
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.equal(await focused(page), "Flows", "the focus is back where it was");
});

test("another run is started with the settings of the first, and a dataset is what a flow is about", async (t) => {
  const { page, state } = await open(t, `/runs/${ids.failed}`, { post: { "/api/check": { json: full["/api/recipes"].find((r) => r.name === "reward") }, "/api/runs": { status: 409, json: { code: "conflict", says: "The disk is full." } } } });
  await page.getByRole("button", { name: "Another like it" }).click();
  await page.getByLabel("lr", { exact: true }).fill("1e-5");
  await page.getByRole("button", { name: "Start the run" }).click();
  await shows(page, "dialog .notice", "The disk is full.");
  assert.deepEqual(await sent(page, state, "POST /api/runs"), { recipe: "reward", params: { lr: "1e-5" } });
  await page.goto(`${origin}/runs/${ids.run}`);
  await page.getByRole("button", { name: "Go on from it: ppo-0412" }).click();
  assert.equal(await page.getByLabel("base", { exact: true }).inputValue(), "ppo-0412");
  assert.equal(await page.getByLabel("lr", { exact: true }).inputValue(), "0.00003", "the other settings stay");
  await page.goto(`${origin}/data/books`);
  await page.getByRole("button", { name: "Start a flow" }).click();
  assert.equal(await page.getByLabel("books", { exact: true }).inputValue(), "books");
});

test("a flow's counts move as they are told; what was paused goes on by undo", async (t) => {
  const at = `/api/flows/${ids.flow}`;
  const { page, state, tell } = await open(t, `/flows/${ids.flow}`, { post: { [`${at}/pause`]: { json: {} }, [`${at}/resume`]: { json: {} } } });
  await shows(page, ".strip li", "41 waiting");
  const flow = full[at];
  tell(`flow/${ids.flow}`, { flow: { ...flow, steps: flow.steps.map((s) => (s.kind === "people" ? { ...s, waiting: 40, done: 177 } : s)) } });
  await shows(page, ".strip li", "40 waiting");
  await page.keyboard.press("p");
  await sent(page, state, `POST ${at}/pause`);
  await shows(page, ".toast", "Paused");
  await page.keyboard.press("Control+z");
  await sent(page, state, `POST ${at}/resume`);
});

test("comparisons are learned from by a key, and too few say how many are lacking", async (t) => {
  const made = { id: loopIds.learning, name: "learn-0413" };
  const { page, state } = await open(t, `/flows/${ids.flow}`, { post: { "/api/flows": { status: 201, json: made } } });
  await shows(page, ".offer", "176 comparisons in comparisons");
  await page.keyboard.press("l");
  assert.equal(await page.getByRole("dialog").getByLabel("pairs", { exact: true }).inputValue(), "comparisons");
  await page.getByRole("button", { name: "Start the flow" }).click();
  assert.deepEqual(await sent(page, state, "POST /api/flows"), { recipe: "learn", params: { pairs: "comparisons" } });
  await shows(page, ".stages li", "22 of 60 steps");
  const few = { ...full, "/api/datasets": full["/api/datasets"].map((d) => ({ ...d, records: 12 })) };
  const other = await open(t, "/data/comparisons", { get: few });
  await shows(other.page, ".offer", "15 more comparisons to go");
  assert.ok(await other.page.getByRole("button", { name: "Learn from these" }).isDisabled());
});

test("one walks by keys from a run to the answer that it learned from, and through more than is shown at a time", async (t) => {
  const { page } = await open(t, `/runs/${ids.run}`);
  const walk = page.getByRole("region", { name: "Lineage" });
  await walk.getByRole("button", { name: "20 more of 60" }).click();
  await walk.getByRole("button", { name: "20 more of 60" }).click();
  await walk.getByText("held out row").first().waitFor();
  assert.equal(await walk.getByRole("button", { name: "more of" }).count(), 0);
  await walk.getByRole("button", { name: "1 dataset" }).click();
  await walk.getByRole("link", { name: "comparisons, 58 records" }).waitFor();
  await walk.getByRole("button", { name: "58 rows" }).click();
  await walk.getByRole("link").first().focus();
  await page.keyboard.press("ArrowRight");
  await walk.locator(".below .walk").waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "Noor: preference 2");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await walk.locator(".below").count(), 0, "the arrow to the left closes what it stands in");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await shows(page, "h1", "Answer to");
  await page.goto(`${origin}/data/comparisons`);
  await page.getByRole("link", { name: "Where row 1 came from" }).click();
  await shows(page, "h1", "Why does bread go stale");
  await page.getByRole("link", { name: "Noor: preference 2" }).waitFor();
});

test("re-opening says what it asks before it asks", async (t) => {
  const at = `/api/instances/${ids.story}`;
  const { page, state } = await open(t, `/instances/${ids.story}`, { post: { [`${at}/reopen`]: { json: {} } } });
  await page.getByRole("button", { name: "Re-open call 1" }).click();
  await shows(page, "dialog", "up to 1 question to people");
  assert.equal(state.sent.length, 0);
  await page.locator("dialog footer button").click();
  assert.deepEqual(await sent(page, state, `POST ${at}/reopen`), { call: 1 });
});

test("pools are changed in place, news do not take what is being typed, and undo gives them back", async (t) => {
  const { page, state, tell } = await open(t, "/people", { post: { "/api/people/01JP2": { json: {} } } });
  const pools = page.getByLabel("Pools of Lin");
  await pools.fill("readers, jud");
  tell("people", { people: people.map((p) => ({ ...p, today: p.today + 1 })) });
  await shows(page, "td", "65");
  assert.equal(await pools.inputValue(), "readers, jud");
  await pools.press("Escape");
  assert.equal(await pools.inputValue(), "readers", "Esc leaves them as they were");
  await pools.fill("judges readers");
  await pools.press("Enter");
  assert.deepEqual(await sent(page, state, "PATCH /api/people/01JP2"), { pools: ["judges", "readers"] });
  await shows(page, ".toast", "Lin: judges, readers");
  await page.keyboard.press("Control+z");
  await page.waitForFunction(() => document.querySelector(".toast")?.textContent.includes("As it was"));
  assert.deepEqual(await sent(page, state, "PATCH /api/people/01JP2"), { pools: ["readers"] });
});

test("a file that is dropped is imported, and a bad record is named by its line and column", async (t) => {
  const post = { "/api/datasets/my-pairs": { body: '{"bytes":10,"of":20,"records":3}\n{"bytes":20,"of":20,"records":7,"error":{"code":"invalid","says":"pairs.jsonl:8:14: a comma is missing"}}\n' } };
  const { page, state } = await open(t, "/data", { post });
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(["twenty characters ok"], "My Pairs.jsonl"));
    for (const type of ["dragover", "drop"]) dispatchEvent(new DragEvent(type, { dataTransfer: data, cancelable: true }));
  });
  assert.equal(await page.locator(".imports input").inputValue(), "my-pairs");
  await page.locator(".imports input").press("Enter");
  await shows(page, ".imports [role=alert]", "pairs.jsonl:8:14: a comma is missing");
  assert.equal(state.sent.at(-1).body, "twenty characters ok");
  await page.getByRole("button", { name: "Change its name" }).click();
  assert.equal(await page.locator(".imports input").inputValue(), "my-pairs");
});

test("curves grow as a run goes on, and what comes again is not drawn twice", async (t) => {
  const { page, tell } = await open(t, `/runs/${ids.run}`);
  await page.waitForSelector("canvas");
  await shows(page, ".readout", "step 180");
  tell(`run/${ids.run}`, { metrics: [{ name: "loss", steps: [180, 181], values: [0.5, 0.25] }] });
  await shows(page, ".readout", "step 1810.25");
  await page.keyboard.press("t");
  await shows(page, "table td", "181");
  const steps = await page.locator("section[aria-label=Curves] tbody tr td:first-child").allTextContents();
  assert.deepEqual(steps.slice(0, 3), ["181", "180", "179"]);
  assert.equal(metrics[0].steps.length, 181, "the samples are as they were");
});

test("data are text, whatever they look like", async (t) => {
  const evil = '<img src=x onerror="document.title=`broken`"><script>document.title="broken"</script>';
  const story = full[`/api/instances/${ids.story}`];
  const get = {
    ...full,
    [`/api/instances/${ids.story}`]: { ...story, title: evil, args: { [evil]: evil }, calls: story.calls.map((c) => ({ ...c, error: evil })) },
    "/api/datasets/comparisons": { ...full["/api/datasets/comparisons"], fields: ["prompt", evil], rows: [{ prompt: evil, [evil]: [evil] }], of: [[evil]] },
  };
  const { page } = await open(t, `/instances/${ids.story}`, { get });
  await shows(page, "h1", evil);
  await page.goto(`${origin}/data/comparisons`);
  await shows(page, "td", evil);
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.doesNotMatch(await page.title(), /broken/);
});
