// Pictures of Work in three widths, light and dark, and what axe finds in them.
//   node test/shots.mjs FOLDER
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { browser, context, widths } from "./browser.mjs";
import { fake, origin } from "./fake.mjs";
import { compare, me, passage, verdict, past } from "./samples.mjs";

const out = process.argv[2] ?? "shots";
const only = process.argv[3];
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const chrome = await browser();
let bad = 0;

const scenes = {
  compare: { tasks: [compare], steps: async (page) => page.keyboard.press("7") },
  wrong: { tasks: [compare, compare], steps: async (page) => page.keyboard.press("Enter") },
  note: { tasks: [compare], steps: async (page) => { await page.keyboard.press("n"); await page.keyboard.type("The left one invents a city."); } },
  passage: { tasks: [passage], steps: async (page) => { await page.keyboard.press("q"); for (const key of ["ArrowDown", "Shift+ArrowDown"]) await page.keyboard.press(key); await page.keyboard.press("Enter"); await page.fill("textarea", "She fears that the tide will come back before they have crossed.\u200f שלום 👋🏽"); } },
  picking: { tasks: [passage], steps: async (page) => { await page.keyboard.press("q"); for (const key of ["ArrowDown", "ArrowRight", "Shift+ArrowDown"]) await page.keyboard.press(key); } },
  verdict: { tasks: [verdict], steps: async (page) => page.keyboard.press("5") },
  none: { none: { says: "There is nothing for you to do now. New work appears here by itself.", can_undo: true, reasons: [{ code: "answered", tasks: 12, says: "12 have your answer already, and wait for others'." }, { code: "other_pool", tasks: 240, says: "240 are for groups of people that you are not in." }] } },
  guide: { tasks: [compare], guide: true },
  history: { tasks: [compare], get: { "/api/me/history": past }, steps: async (page) => { await page.keyboard.press("h"); await page.waitForSelector(".history"); } },
  skip: { tasks: [compare], steps: async (page) => { await page.keyboard.press("s"); await page.keyboard.press("2"); } },
  help: { tasks: [verdict], steps: async (page) => page.keyboard.press("?") },
  menu: { tasks: [compare], steps: async (page) => page.click(".menu summary") },
  offline: { tasks: [compare], steps: async (page, server) => { await page.keyboard.press("3"); server.cut(); await page.waitForTimeout(300); await page.keyboard.press("Enter"); await page.waitForTimeout(200); } },
  short: { tasks: [compare], lease: 200 },
  signin: { who: null },
  failed: { who: null, path: "/?signin=failed" },
  invited: { path: "/?invite=abc" },
  join: { who: null, path: "/?invite=abc" },
};

for (const [name, scene] of Object.entries(scenes)) {
  if (only && !name.includes(only)) continue;
  for (const width of widths) {
    for (const theme of ["light", "dark"]) {
      const window = await context(chrome, { width, theme, bypassCSP: false });
      const page = await window.newPage();
      const said = [];
      page.on("console", (m) => ["error", "warning"].includes(m.type()) && said.push(m.text()));
      page.on("pageerror", (e) => said.push(String(e)));
      const server = await fake(page, { me: scene.who === null ? null : me, ...scene });
      if (!scene.guide) await page.addInitScript(() => ["Which answer is better?", "Answer from the passage", "Judge the digest"].forEach((v) => localStorage.setItem(`workbench.guide.${v}`, "true")));
      await page.goto(`${origin}${scene.path ?? "/work"}`);
      await page.waitForSelector("h1, h2");
      if (scene.who !== null) await page.waitForFunction(() => !document.body.textContent.includes("Asking for"));
      await scene.steps?.(page, server);
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(out, `${name}-${width}-${theme}.png`) });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run());
      for (const v of violations) {
        bad++;
        console.log(`${name} ${width} ${theme}: ${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html.slice(0, 150) + "\n    " + n.failureSummary.split("\n").slice(1, 3).join(" ")).join("\n  ")}`);
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) { bad++; console.log(`${name} ${width} ${theme}: ${wide} px too wide`); }
      for (const s of said.filter((s) => !s.includes("401") && !s.includes("WebSocket"))) { bad++; console.log(`${name} ${width} ${theme}: console: ${s}`); }
      await window.close();
    }
  }
}
await chrome.close();
console.log(bad === 0 ? "nothing found" : `${bad} found`);
process.exit(bad === 0 ? 0 : 1);
