// A day of work, as people have it: node test/day.mjs BINARY [FOLDER FOR PICTURES]
//
// A researcher imports prompts, starts the recipe compare, and invites an annotator by a link, who compares
// forty pairs by keys while the server is killed and started again in the middle. Then four people work on
// book_questions, through to the verdict. Prints what was seen; ends with an error when something is not so.
// With a folder, a run learns from the comparisons, too, and every page is kept as a picture there (make pictures).
import assert from "node:assert/strict";
import { base, come, compare, invite, kill, lines, picture, pictures, ready, shown, slow, start, startFlow, tell, today } from "./workbench.mjs";

const pairs = Number(process.env.WORKBENCH_PAIRS ?? 40);

async function comparing(chromium, page) {
  const topics = ["the sea", "a good breakfast", "why leaves are green", "how to wait", "an old clock"];
  const prompts = Array.from({ length: pairs + 8 }, (_, i) => ({ prompt: `Say one sentence about ${topics[i % topics.length]}, number ${i + 1}.` }));
  const file = lines("prompts.jsonl", prompts);
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
  const file = lines("book.jsonl", [{ text: passage, question: "Where does Anna go, and why?" }]);
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

await tell(async (chromium, page) => {
  if (pairs > 0) await comparing(chromium, page);
  await questions(chromium, page);
  if (pictures) await looking(page);
});
