// A workbench that runs, and people at its pages: what the stories day.mjs and loop.mjs are told with.
//   node test/STORY.mjs BINARY [FOLDER FOR PICTURES]
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { browser, context } from "./browser.mjs";

export const [binary, pictures] = process.argv.slice(2);
if (pictures) mkdirSync(pictures, { recursive: true });
export const folder = mkdtempSync(join(tmpdir(), "workbench-day-"));
export const slow = { timeout: 90_000 }; // a model writes while the machine does other things

const port = await new Promise((found) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});
export const base = `http://127.0.0.1:${port}`;
let server;

/** start starts the server and returns the link that it prints. */
export async function start() {
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

export async function kill() {
  const gone = once(server, "exit");
  server.removeAllListeners("exit");
  server.kill("SIGKILL");
  await Promise.race([gone, new Promise((wait) => setTimeout(wait, 2000))]);
}

/** picture keeps what a page looks like in each width, light and dark, where pictures are wanted. */
export async function picture(page, name) {
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
export async function startFlow(page, recipe, file, data, settings) {
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
export async function invite(page, pools, uses) {
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
export async function come(chromium, link, name, window = {}) {
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
export async function ready(page, title) {
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
export const shown = (page) => page.locator("main.task").innerText();

export async function compare(page, n, from) {
  for (let i = 0; i < n; i++) {
    await ready(page, "Which answer is better?");
    const before = await shown(page);
    await page.keyboard.press(String(1 + ((from + i) % 9)));
    await page.keyboard.press("Enter");
    await page.waitForFunction((old) => document.querySelector("main.task")?.innerText !== old, before, slow);
  }
}

/** today is how many answers a person has given today, as the page tells them. */
export const today = async (page) => Number((await page.locator(".bar").innerText()).match(/(\d+) today/)?.[1] ?? 0);

/** lines writes records to a file of JSON lines. */
export function lines(name, records) {
  const file = join(folder, name);
  writeFileSync(file, records.map((r) => JSON.stringify(r)).join("\n"));
  return file;
}

/** tell starts a server and a browser, has its owner sign in, and does what the story says; where that goes wrong, it shows all pages. */
export async function tell(story) {
  let chromium;
  try {
    const link = await start();
    chromium = await browser();
    const page = await (await context(chromium)).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(link);
    assert(!page.url().includes("token="), "the secret stays in the address");
    await story(chromium, page);
  } catch (error) {
    const pages = (chromium?.contexts() ?? []).flatMap((one) => one.pages());
    for (const [i, page] of pages.entries()) {
      console.error(`--- ${page.url()}\n${await page.locator("body").innerText().catch(() => "")}`);
      await picture(page, `failed-${i}`);
    }
    throw error;
  } finally {
    await chromium?.close();
    if (server) await kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
