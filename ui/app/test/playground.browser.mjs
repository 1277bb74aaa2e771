// The playground by hand, in Chromium.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser, context } from "./browser.mjs";
import { fake, origin } from "./fake.mjs";
import { ada, full, news } from "./lab.mjs";
import { chat } from "./loop.lab.mjs";

const chrome = await browser();
after(() => chrome.close());

const answers = { "ppo-0412": "The starch crystallises.", embedded: "It is cold." };

async function open(t, post = {}) {
  const window = await context(chrome, {});
  t.after(() => window.close());
  const page = await window.newPage();
  page.setDefaultTimeout(20_000);
  const { state } = await fake(page, { me: ada, news, get: full, post: { "/v1/chat/completions": chat(answers), "/v1/feedback": { status: 201, json: {} }, ...post } });
  await page.goto(`${origin}/playground?a=ppo-0412&b=embedded`);
  const ask = async (label, text) => {
    await page.getByLabel(label, { exact: true }).fill(text);
    await page.keyboard.press("Control+Enter");
  };
  const sent = (does) => state.sent.filter((s) => s.does === `POST ${does}`).map((s) => JSON.parse(s.body));
  const side = (name) => page.getByRole("region", { name, exact: true });
  return { page, ask, sent, side };
}

test("a blind vote is a comparison, names are shown after it, and the talk goes on with what was preferred", async (t) => {
  const { page, ask, sent, side } = await open(t);
  await ask("Question", "Why does bread go stale?");
  await page.waitForSelector(".votes button:not(:disabled)");
  const left = await side("Left").innerText();
  const [winner, loser] = left.includes(answers.embedded) ? ["embedded", "ppo-0412"] : ["ppo-0412", "embedded"];
  assert.match(left, /^Left/);
  assert.doesNotMatch(await page.locator(".duel").innerText(), /embedded|ppo-0412/, "names show before the vote");
  await page.keyboard.press("ArrowLeft");
  await page.waitForSelector("p.votes");
  assert.match(await side("Left").innerText(), new RegExp(`^${winner}`));
  const [first, second] = sent("/v1/chat/completions");
  const id = (model) => `chatcmpl-${model}-${first.model === model ? 1 : 2}`;
  assert.deepEqual(new Set([first.model, second.model]), new Set(["embedded", "ppo-0412"]));
  assert.deepEqual(sent("/v1/feedback"), [{ kind: "comparison", chosen: id(winner), rejected: id(loser), dataset: "comparisons" }]);
  assert.match(await page.getByRole("region", { name: "Votes" }).innerText(), new RegExp(`${winner}\\s*100 % \\(21–100, n 1\\)`));
  await ask("Go on", "And in a freezer?");
  await page.waitForSelector(".votes button:not(:disabled)");
  assert.deepEqual(sent("/v1/chat/completions").at(-1).messages, [
    { role: "user", content: "Why does bread go stale?" }, { role: "assistant", content: answers[winner] }, { role: "user", content: "And in a freezer?" },
  ]);
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("p.votes");
  assert.deepEqual(Object.keys(sent("/v1/feedback")[1]).sort(), ["dataset", "kind", "tie"]);
  await page.reload();
  assert.match(await page.getByRole("region", { name: "Votes" }).innerText(), /n 2/, "votes are counted after a reload, too");
});

test("what a model cannot answer is said, and nothing can be voted on", async (t) => {
  const wrong = { "/v1/chat/completions": ({ model }) => (model === "embedded" ? { status: 400, json: { error: { message: "max_tokens must be at least 1", type: "invalid_request_error" } } } : chat(answers)({ model, messages: [] })) };
  const { page, ask, sent } = await open(t, wrong);
  await page.getByRole("checkbox").uncheck();
  await ask("Question", "Why?");
  await page.waitForSelector(".duel .notice");
  assert.match(await page.getByRole("region", { name: "Right" }).innerText(), /^embedded\s+max_tokens must be at least 1/);
  assert.ok(await page.getByRole("button", { name: "Left is better" }).isDisabled());
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(sent("/v1/feedback"), []);
});
