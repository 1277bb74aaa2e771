// A day of work, as people have it: node test/day.mjs BINARY [FOLDER FOR PICTURES]
//
// A researcher imports prompts, starts the recipe compare, and invites an annotator by a link, who compares
// forty pairs by keys while the server is killed and started again in the middle. Then four people work on
// book_questions, through to the verdict. Prints what was seen; ends with an error when something is not so.
// With a folder, a run learns from the comparisons, too, and every page is kept as a picture there (make pictures).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browser, context } from "./browser.mjs";

const [binary, pictures] = process.argv.slice(2);
if (pictures) mkdirSync(pictures, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "workbench-day-"));
const pairs = Number(process.env.WORKBENCH_PAIRS ?? 40);
const slow = { timeout: 90_000 }; // a model writes while the machine does other things

const port = await new Promise((found) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});
const base = `http://127.0.0.1:${port}`;
let server;

/** start starts the server and returns the link that it prints. */
async function start() {
  server = spawn(binary, ["serve", "--data", join(folder, "data"), "--addr", `127.0.0.1:${port}`]);
  let said = "";
  server.stderr.on("data", (text) => (said += text));
  const link = await new Promise((found, failed) => {
    let out = "";
    server.stdout.on("data", (text) => {
      out += text;
      const line = out.match(/http\S+token=\S+/);
      if (line) found(line[0]);
    });
    server.once("exit", () => failed(new Error(`the server ended: ${said}`)));
  });
  for (;;) {
    try {
      if ((await fetch(`${base}/healthz`)).ok) return link;
    } catch {
      await new Promise((wait) => setTimeout(wait, 50));
    }
  }
}

async function kill() {
  const gone = once(server, "exit");
  server.removeAllListeners("exit");
  server.kill("SIGKILL");
  await Promise.race([gone, new Promise((wait) => setTimeout(wait, 2000))]);
}

/** picture keeps what a page looks like in each width, light and dark, where pictures are wanted. */
async function picture(page, name) {
  if (!pictures) return;
  const before = page.viewportSize();
  const session = await page.context().newCDPSession(page); // which can make small files
  for (const [width, height] of [[1440, 900], [768, 1024], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 55 });
      writeFileSync(join(pictures, `${name}-${width}-${colorScheme}.webp`), Buffer.from(data, "base64"));
    }
  }
  await page.setViewportSize(before);
}

/** researcher imports a file and starts a recipe on it, all by the page. */
async function startFlow(page, recipe, file, data, settings) {
  await page.goto(`${base}/data`);
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByRole("status").filter({ hasText: `✓ ${data}: ` }).waitFor(); // it is kept, not only on its way
  await page.goto(`${base}/flows?start=${recipe}`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: new RegExp(`^${recipe}`) }).check();
  for (const [name, value] of Object.entries(settings)) {
    await dialog.getByLabel(name, { exact: true }).fill(value);
  }
  await picture(page, `start-${recipe}`);
  await dialog.getByRole("button", { name: "Start the flow" }).click();
  await page.waitForURL(/\/flows\/[0-9A-Z]+/);
  return page.url();
}

/** invite makes a link by the page. */
async function invite(page, pools, uses) {
  await page.goto(`${base}/people`);
  await page.getByRole("button", { name: /Invite/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("What it is for").fill("a day of work");
  await dialog.getByRole("textbox", { name: "Pools" }).fill(pools);
  await dialog.getByLabel("How many people").fill(String(uses));
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = (await dialog.getByLabel("The link").inputValue()).trim();
  await dialog.getByRole("button", { name: "Done" }).click();
  return link;
}

/** come lets somebody in by a link, in a browser of their own. */
async function come(chromium, link, name, window = {}) {
  const page = await (await context(chromium, window)).newPage();
  await page.goto(link);
  await picture(page, "join");
  await page.getByLabel("Your name").fill(name);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/work$/);
  assert(!page.url().includes("invite="), "the invitation stays in the address");
  return page;
}

/** ready waits for a task. The guide opens by itself when its form is first seen, and is left with its key. */
async function ready(page, title) {
  await page.getByRole("heading", { level: 1, name: title }).waitFor(slow);
  await page.locator("main.task").waitFor(slow);
  const known = (page.guides ??= new Set());
  if (known.has(title)) return;
  known.add(title);
  const guide = page.getByRole("dialog", { name: "Guide" });
  await guide.waitFor();
  await page.keyboard.press("Enter");
  await guide.waitFor({ state: "hidden" });
}

/** shown is the text of the task. */
const shown = (page) => page.locator("main.task").innerText();

async function compare(page, n, from) {
  for (let i = 0; i < n; i++) {
    await ready(page, "Which answer is better?");
    const before = await shown(page);
    await page.keyboard.press(String(1 + ((from + i) % 9)));
    await page.keyboard.press("Enter");
    await page.waitForFunction((old) => document.querySelector("main.task")?.innerText !== old, before, slow);
  }
}

/** done is how many answers a person has given today, as the page tells them. */
const today = async (page) => Number((await page.locator(".bar").innerText()).match(/(\d+) today/)?.[1] ?? 0);

async function comparing(chromium, page) {
  const file = join(folder, "prompts.jsonl");
  const topics = ["the sea", "a good breakfast", "why leaves are green", "how to wait", "an old clock"];
  const prompts = Array.from({ length: pairs + 8 }, (_, i) => ({ prompt: `Say one sentence about ${topics[i % topics.length]}, number ${i + 1}.` }));
  writeFileSync(file, prompts.map((p) => JSON.stringify(p)).join("\n"));
  const flow = await startFlow(page, "compare", file, "prompts", { prompts: "prompts", max_tokens: "24", pool: "comparers" });
  const annotator = await come(chromium, await invite(page, "comparers", 1), "Ada");
  await page.goto(flow);
  const half = Math.floor(pairs / 2);
  await compare(annotator, half, 0);
  await ready(annotator, "Which answer is better?");
  await picture(annotator, "work");
  await kill();
  console.log(`the server was killed after ${half} comparisons`);
  await ready(annotator, "Which answer is better?"); // the task stays without a server
  const before = await shown(annotator);
  await annotator.keyboard.press("7");
  await annotator.keyboard.press("Enter");
  await page.goto(await start()); // the owner has a new link
  await annotator.waitForFunction((old) => document.querySelector("main.task")?.innerText !== old, before, slow);
  await compare(annotator, pairs - half - 1, half);
  await page.goto(flow);
  await page.getByText(new RegExp(`${pairs}\\s*done`)).first().waitFor(slow);
  assert.equal(await today(annotator), pairs, "the annotator's page counts another number of answers");
  await picture(page, "flow");
  await page.goto(`${base}/data/comparisons`);
  await page.getByText(new RegExp(`${pairs} records`)).first().waitFor(slow);
  console.log(`${pairs} pairs compared, across a kill, and as many rows recorded`);
  await annotator.context().close();
}

const passage =
  "Anna put the lamp on the table and looked at the letter again. It had come in the morning, with the milk, and nobody had seen who brought it. " +
  "Her brother laughed when she showed it to him. He said that old Mr. Berg wrote such letters to everybody in the street, and that one should not answer. " +
  "But Anna had made up her mind. When the clock struck nine she took her coat, went out into the rain, and walked to the house at the corner.";

async function questions(chromium, page) {
  const file = join(folder, "book.jsonl");
  writeFileSync(file, JSON.stringify({ text: passage, question: "Where does Anna go, and why?" }));
  const flow = await startFlow(page, "book_questions", file, "book", { books: "book", words: "0", readers: "readers", judges: "judges" });
  const readers = await invite(page, "readers", 3);
  const judge = await come(chromium, await invite(page, "judges", 1), "Judith");
  await judge.getByText(/nothing for you|no task/i).first().waitFor(slow);
  for (const name of ["Rita", "Ruth", "Rosa"]) {
    const reader = await come(chromium, readers, name);
    await ready(reader, "Answer from the passage");
    await reader.getByLabel(/Your answer/).fill(`Anna goes to the house at the corner, to old Mr. Berg, because of a letter. (${name})`);
    await reader.keyboard.press("Escape");
    await quote(reader, "walked to the house at the corner");
    await picture(reader, "work-book");
    await reader.keyboard.press("Enter");
    await reader.getByText(/nothing for you|no task/i).first().waitFor(slow);
    await reader.context().close();
  }
  await ready(judge, "Judge the digest");
  await picture(judge, "work-verdict");
  await judge.keyboard.press("6");
  await judge.keyboard.press("5");
  await judge.keyboard.press("Enter");
  await judge.getByText(/nothing for you|no task/i).first().waitFor(slow);
  await page.goto(flow);
  await page.locator("table a").first().click();
  for (const name of ["Judith", "Rita", "Ruth", "Rosa"]) await page.getByRole("main").getByText(name, { exact: true }).first().waitFor();
  await picture(page, "story");
  await page.goto(`${base}/data/book_questions`);
  await page.getByText(/1 record/).first().waitFor(slow);
  console.log("three readers answered, the model condensed, and a fourth person judged");
}

/** quote selects words of the passage with the mouse's means, and takes them. */
async function quote(page, words) {
  await page.evaluate((wanted) => {
    const walker = document.createTreeWalker(document.querySelector("main.task .shown"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.data.indexOf(wanted);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    throw new Error(`the page does not show: ${wanted}`);
  }, words);
  await page.getByRole("button", { name: /Quote the selection/ }).waitFor();
  await page.keyboard.press("q");
  await page.getByText(`${words}`).nth(1).waitFor();
}

/** pages are all that are open, for a last look when something goes wrong. */
const pages = () => (chromium?.contexts() ?? []).flatMap((one) => one.pages());

/** looking trains on what was compared, and keeps a picture of each page. */
async function looking(page) {
  await page.goto(`${base}/runs?start=first`);
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /^first/ }).check();
  await dialog.getByLabel("pairs", { exact: true }).fill("comparisons");
  await dialog.getByRole("button", { name: "Start the run" }).click();
  await page.waitForURL(/\/runs\/[0-9A-Z]+/);
  await page.getByRole("main").getByText(/done/).first().waitFor({ timeout: 600_000 });
  await picture(page, "run");
  for (const [name, address] of Object.entries({ flows: "/flows", people: "/people", data: "/data", dataset: "/data/comparisons", runs: "/runs", models: "/models", model: "/models/embedded" })) {
    await page.goto(base + address);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    if (name === "model") {
      await page.getByRole("textbox", { name: /prompt/i }).first().fill("Name three colors.");
      await page.getByRole("button", { name: /^(Try|Sample|Ask)/ }).first().click();
      await page.waitForTimeout(8000);
    }
    await picture(page, name);
  }
  console.log(`pictures are in ${pictures}`);
}

let chromium;
try {
  const link = await start();
  chromium = await browser();
  const page = await (await context(chromium)).newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(link);
  assert(!page.url().includes("token="), "the secret stays in the address");
  if (pairs > 0) await comparing(chromium, page);
  await questions(chromium, page);
  if (pictures) await looking(page);
} catch (error) {
  for (const [i, page] of pages().entries()) {
    console.error(`--- ${page.url()}\n${await page.locator("body").innerText().catch(() => "")}`);
    await picture(page, `failed-${i}`);
  }
  throw error;
} finally {
  await chromium?.close();
  if (server) await kill();
  rmSync(folder, { recursive: true, force: true });
}
