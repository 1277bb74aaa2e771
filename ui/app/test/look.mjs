// Looks at a page: a picture of it, what axe finds in it, whether it is too wide, and what the browser complains of.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { context } from "./browser.mjs";
import { fake, origin } from "./fake.mjs";
import { labScenes } from "./lab.scenes.mjs";
import { workScenes } from "./work.scenes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * scenes are what is looked at, by name: a path; who is there, and what the server says (see fake.mjs);
 * steps that are done before looking; and the guides that this person has read.
 */
export const scenes = { ...workScenes, ...labScenes };

/** look goes through a scene in a window of a width, light or dark, and returns what is wrong. */
export async function look(chrome, name, { width, theme, out }) {
  const scene = scenes[name];
  const window = await context(chrome, { width, theme });
  const page = await window.newPage();
  page.setDefaultTimeout(20_000);
  const said = [];
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && said.push(m.text()));
  page.on("pageerror", (e) => said.push(String(e)));
  const server = await fake(page, scene);
  await page.addInitScript((read) => read.forEach((v) => localStorage.setItem(`workbench.guide.${v}`, "true")), scene.guides ?? []);
  try {
    await page.goto(`${origin}${scene.path}`);
    await page.waitForSelector("h1, .notice");
    await page.waitForFunction(() => !/Loading |Asking for|Connecting…/.test(document.body.textContent));
    await scene.steps?.(page, server);
    await page.waitForTimeout(150);
    if (out) await page.screenshot({ path: join(out, `${name}-${width}-${theme}.png`), fullPage: scene.me !== null && scene.path !== "/work" });
    return [...(await ask(page)), ...said.filter((s) => !/401|404|422|WebSocket/.test(s)).map((s) => `console: ${s}`)];
  } catch (error) {
    return [String(error)];
  } finally {
    await window.close();
  }
}

/** ask lets axe say what is wrong, and measures. */
async function ask(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 150)}\n    ${n.failureSummary.split("\n").slice(1, 3).join(" ")}`).join("\n  ")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  return wide > 0 ? [...found, `${wide} px too wide`] : found;
}
