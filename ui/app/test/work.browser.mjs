// Work, by hand: keys, a mouse, a finger, and a connection that breaks, in Chromium.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser, context } from "./browser.mjs";
import { fake, origin } from "./fake.mjs";
import { compare, me, passage, past, verdict } from "./samples.mjs";

const chrome = await browser();
after(() => chrome.close());

const task = (n, of = compare, item = {}) => ({ ...of, lease: `L${n}`, task: `T${n}`, item: { ...of.item, ...item } });
const prompts = (...texts) => texts.map((prompt, i) => task(i + 1, compare, { prompt }));

/** sit opens Work for somebody who has read the guides, unless they are to open. */
async function sit(t, { width = 1440, guide = false, ...server } = {}) {
  const window = await context(chrome, { width });
  t.after(() => window.close());
  const page = await window.newPage();
  page.setDefaultTimeout(20_000);
  if (!guide) await page.addInitScript((read) => read.forEach((v) => localStorage.setItem(`workbench.guide.${v}`, "true")), [compare, passage, verdict].map((x) => x.form.title));
  const other = await fake(page, { me, ...server });
  await page.goto(`${origin}/work`);
  await page.waitForSelector(".reading, .none");
  return { page, ...other };
}

const shows = (page, text) => page.waitForFunction((want) => document.querySelector(".reading")?.textContent === want, text);
const says = (page, selector, text) => page.waitForFunction(([s, want]) => document.querySelector(s)?.textContent?.includes(want), [selector, text]);
const values = (state) => state.answers.map((a) => a.values);

test("everything can be done by keys", async (t) => {
  const { page, state } = await sit(t, { guide: true, tasks: prompts("one", "two", "three"), get: { "/api/me/history": past } });
  const keys = async (...all) => { for (const key of all) await page.keyboard.press(key); };
  await page.waitForSelector("dialog");
  await keys("Enter"); // the guide was read
  await page.waitForSelector("dialog", { state: "detached" });
  await keys("7", "Enter");
  await shows(page, "two");
  await says(page, ".happened", "Saved");
  await keys("u");
  await shows(page, "one");
  assert.equal(await page.locator(".point input:checked + span").textContent(), "7", "the answer is there to be changed");
  await keys("2", "n");
  await page.keyboard.type("Changed my mind?");
  await keys("Control+Enter");
  await shows(page, "two");
  await keys("s", "2", "Enter");
  await shows(page, "three");
  await keys("h");
  await page.waitForSelector(".history li");
  await keys("Escape", "?");
  await says(page, "dialog", "Skip this task");
  await keys("Escape", "Enter");
  await says(page, ".problem", "an answer is needed");
  await keys("9", "Enter");
  await page.waitForSelector(".none");
  assert.deepEqual(values(state), [{ preference: 2, why: "Changed my mind?" }, { preference: 9 }]);
  assert.equal(state.asked.find((a) => a.op === "skip").reason, "Something is broken or missing");
});

test("digits go from one question to the next, and up and down choose", async (t) => {
  const { page, state } = await sit(t, { tasks: [task(1, verdict)] });
  for (const key of ["3", "4", "1", "3", "ArrowUp", "5", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".none");
  assert.deepEqual(values(state), [{ accuracy: 3, coverage: 5, flaws: ["invents something", "hard to read"] }]);
});

test("Tab goes through the task in the order in which it is read", async (t) => {
  const { page } = await sit(t, { tasks: prompts("one") });
  const names = [];
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press("Tab");
    names.push(await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent));
  }
  assert.deepEqual(names, ["1, left much better", "Why…N", "SkipS", "Send↵"]);
});

test("a selection is a quote in code points, whatever stands before it", async (t) => {
  const text = "👩‍👩‍👧 Grüße\r\nשלום 👋🏽 end";
  const { page, state } = await sit(t, { tasks: [task(1, passage, { text })] });
  await page.evaluate(() => {
    const node = document.querySelector(".reading").firstChild;
    const from = node.data.indexOf("👋");
    document.getSelection().setBaseAndExtent(node, from - 1, node, from + 5); // with white space at both ends
  });
  await page.getByText("Quote the selection").waitFor();
  await page.keyboard.press("q");
  await page.fill("textarea", "so");
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector(".none");
  const start = [...text].indexOf("👋");
  assert.deepEqual(values(state), [{ answer: "so", evidence: { start, end: start + 2, text: "👋🏽" } }]);
});

test("a quote is made and removed without a mouse", async (t) => {
  const { page, state } = await sit(t, { tasks: [task(1, passage)] });
  for (const key of ["q", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"]) await page.keyboard.press(key);
  assert.equal(await page.locator(".quotes blockquote").textContent(), "had come down");
  assert.equal(await page.locator(".reading mark").first().textContent(), "had come down");
  await page.getByRole("button", { name: "Remove" }).press("Enter");
  assert.equal(await page.locator(".quotes li").count(), 0);
  await page.keyboard.press("Enter");
  await says(page, ".field.quote .problem", "an answer is needed");
  assert.equal(state.answers.length, 0);
});

test("an answer that is sent while the connection is gone goes out when it is back, once", async (t) => {
  const { page, state, cut, mend } = await sit(t, { tasks: prompts("one", "two") });
  cut();
  await says(page, ".states", "Offline");
  await page.keyboard.press("4");
  await page.keyboard.press("Enter");
  await says(page, ".states", "goes out by itself");
  await page.reload(); // the browser crashes, say
  await says(page, ".task", "Sending what you did before");
  mend();
  await shows(page, "two");
  assert.deepEqual(values(state), [{ preference: 4 }]);
});

test("what was typed is there after a reload, without a server", async (t) => {
  const { page, state, cut, mend } = await sit(t, { tasks: prompts("one") });
  cut();
  await page.keyboard.press("n");
  await page.keyboard.type("Every keystroke");
  await page.reload();
  mend();
  await shows(page, "one");
  assert.equal(await page.inputValue("textarea"), "Every keystroke");
  await says(page, ".states", "Draft saved");
  assert.deepEqual(state.asked.findLast((a) => a.op === "draft").values, { why: "Every keystroke" });
});

test("a finger is enough", async (t) => {
  const { page, state } = await sit(t, { width: 390, tasks: prompts("one", "two") });
  await page.getByRole("radio", { name: "8" }).tap();
  await page.getByRole("button", { name: "Send" }).tap();
  await shows(page, "two");
  await page.getByRole("button", { name: "Skip" }).tap();
  await page.getByRole("radio", { name: "I can't decide" }).tap();
  await page.getByRole("dialog").getByRole("button", { name: "Skip" }).tap();
  await page.waitForSelector(".none");
  assert.deepEqual(values(state), [{ preference: 8 }]);
});

test("data is text, and runs in its own direction", async (t) => {
  const evil = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
  const { page } = await sit(t, { tasks: [task(1, { ...compare, form: { ...compare.form, title: evil } }, { prompt: evil, left: "שלום עולם", right: evil })] });
  await shows(page, evil);
  assert.equal(await page.textContent("h1"), evil);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.evaluate(() => document.querySelectorAll(".task img, .task script").length), 0);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll(".pair .reading")].map((e) => getComputedStyle(e).direction)), ["rtl", "ltr"]);
});

test("keys of a single letter can be switched off", async (t) => {
  const { page } = await sit(t, { tasks: prompts("one") });
  await page.keyboard.press("?");
  await page.getByLabel(/Keys of a single letter/).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await page.keyboard.press("5");
  assert.equal(await page.locator("dialog").count(), 0);
  assert.equal(await page.locator(".point input:checked").count(), 0);
});
