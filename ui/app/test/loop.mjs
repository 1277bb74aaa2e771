// The loop closes: node test/loop.mjs BINARY [FOLDER FOR PICTURES]
//
// Somebody compares pairs by keys; a researcher presses "Learn from these" and watches the curves; the evaluation says in
// words what changed; the tuned model answers through the API to a program with a key, and is voted on in the
// playground; and its lineage leads down to the answers. Prints what was seen; ends with an error when something is
// not so. WORKBENCH_PAIRS says how many pairs, 40 if nothing.
import assert from "node:assert/strict";
import { base, come, compare, invite, lines, picture, slow, startFlow, tell } from "./workbench.mjs";

const pairs = Number(process.env.WORKBENCH_PAIRS ?? 40);
const settings = { tokens: "16", least: "8" }; // so small that it takes minutes, on 40 pairs or on fewer
const long = { timeout: 1_200_000 }; // on a machine that does other things, too

/** collect has an annotator compare pairs, and returns the flow's page. */
async function collect(chromium, page) {
  const topics = ["the sea", "a good breakfast", "why leaves are green", "how to wait", "an old clock"];
  const prompts = Array.from({ length: pairs + 8 }, (_, i) => ({ prompt: `Say one sentence about ${topics[i % topics.length]}, number ${i + 1}.` }));
  const flow = await startFlow(page, "compare", lines("prompts.jsonl", prompts), "prompts", { prompts: "prompts", max_tokens: "16", pool: "comparers" });
  const annotator = await come(chromium, await invite(page, "comparers", 1), "Ada");
  await compare(annotator, pairs, 0);
  await annotator.context().close();
  await page.goto(flow);
  await page.getByText(new RegExp(`${pairs} comparisons in`)).waitFor(slow);
  console.log(`${pairs} pairs were compared by keys`);
  return flow;
}

/** steps is the step that a run's first chart tells of. */
const steps = async (page) => Number((await page.locator(".readout").first().innerText()).match(/step (\d+)/)?.[1] ?? -1);

/** learn starts the recipe by its button, sees curves move, and returns what it came to. */
async function learn(page) {
  await page.keyboard.press("l");
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("pairs", { exact: true }).inputValue(), "comparisons");
  for (const [name, value] of Object.entries(settings)) await dialog.getByLabel(name, { exact: true }).fill(value);
  await picture(page, "learn");
  await dialog.getByRole("button", { name: "Start the flow" }).click();
  const stages = page.getByRole("list", { name: "Stages" });
  await stages.locator("li").nth(2).waitFor();
  const flow = page.url();
  await watch(page, stages, 1);
  await page.goto(flow);
  await page.getByRole("heading", { name: "What came of it" }).waitFor(long);
  // The last run's end and the flow's are two pieces of news, and may come in any order.
  for (let n = 0; n < 3; n++) await stages.locator("li").nth(n).locator(".status", { hasText: "done" }).waitFor();
  const verdict = await page.locator(".verdict").innerText();
  assert.match(verdict, /\d/, "the verdict has no number");
  await picture(page, "learned");
  console.log(`what came of it: ${verdict}`);
  const made = await stages.locator("li").nth(1).getByText("made").getByRole("link").innerText();
  return { flow, model: made };
}

/** watch opens the run of a stage while it goes on, and sees its curves grow. */
async function watch(page, stages, n) {
  const link = stages.locator("li").nth(n).getByRole("link").first();
  await link.waitFor(long);
  await link.click();
  await page.locator("canvas").first().waitFor(long);
  const before = await steps(page);
  await page.waitForFunction((old) => Number(document.querySelector(".readout")?.textContent.match(/step (\d+)/)?.[1] ?? -1) > old || document.querySelector(".facts")?.textContent.includes("done"), before, long);
  const after = await steps(page);
  assert.ok(after > before, `the curves stand at step ${after}, as they did at ${before}`);
  await picture(page, "curves");
  console.log(`curves went from step ${before} to ${after} while they were looked at`);
}

/** ask asks the tuned model as any program does: with a key, over the API of OpenAI. */
async function ask(page, model) {
  await page.goto(`${base}/people`);
  await page.getByRole("button", { name: "Make a key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What it is for").fill("a program");
  await dialog.getByLabel("What it may").selectOption("user");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  const key = await page.getByRole("dialog").getByLabel("Key for programs").inputValue();
  const response = await fetch(`${base}/v1/chat/completions`, {
    method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Say one sentence about the sea." }], max_tokens: 24, temperature: 0, seed: 1 }),
  });
  const said = await response.json();
  assert.equal(response.status, 200, JSON.stringify(said));
  assert.ok(said.choices[0].message.content.trim().length > 0 && said.usage.completion_tokens > 0, JSON.stringify(said));
  console.log(`${said.model} answers over the API: ${JSON.stringify(said.choices[0].message.content)}`);
}

/** vote compares the tuned model with the one that it was, blind. */
async function vote(page, model) {
  await page.goto(`${base}/playground?${new URLSearchParams({ a: model, b: "embedded" })}`);
  await page.getByLabel("Question", { exact: true }).fill("Say one sentence about an old clock.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".votes button:not(:disabled)").first().waitFor(slow);
  assert.doesNotMatch(await page.locator(".duel").innerText(), new RegExp(`embedded|${model}`), "names show before the vote");
  await page.keyboard.press("ArrowLeft");
  await page.locator("p.votes").waitFor();
  await picture(page, "playground");
  await page.goto(`${base}/data/comparisons`);
  await page.getByText(`${pairs + 1} records`).first().waitFor(slow);
  console.log("the tuned model was voted on, and that is one comparison more");
}

/** trace goes down from the tuned model to the people's answers, and up from a row that it learned from. */
async function trace(page, model) {
  await page.goto(`${base}/models/${encodeURIComponent(model)}`);
  await page.locator(".walk a").first().waitFor();
  await picture(page, "lineage");
  const reach = (node, side) => page.evaluate(async ([of, all]) => (await (await fetch(`/api/trace/${encodeURIComponent(of)}?all=true`)).json())[all], [node, side]);
  const down = await reach(model, "from_all");
  assert.ok(down.answer >= pairs / 2 && down.person >= 1, `from the model down: ${JSON.stringify(down)}`);
  // A row that was held out changed no model; of the first few one was learned from.
  let up;
  for (let row = 1; row <= 12 && !up?.model; row++) {
    await page.goto(`${base}/data/comparisons`);
    await page.getByRole("link", { name: `Where row ${row} came from,` }).click();
    await page.getByRole("heading", { name: "What this changed" }).waitFor();
    up = await reach(decodeURIComponent(new URL(page.url()).pathname.replace("/trace/", "")), "to_all");
  }
  assert.ok(up?.model >= 1, `from a row up: ${JSON.stringify(up)}`);
  console.log(`from the model down: ${JSON.stringify(down)}; from a row up: ${JSON.stringify(up)}`);
}

await tell(async (chromium, page) => {
  await collect(chromium, page);
  const { model } = await learn(page);
  await ask(page, model);
  await vote(page, model);
  await trace(page, model);
});
