// What is looked at of Work, and of coming in. See look.mjs for what a scene is.
import { compare, me, passage, past, verdict } from "./samples.mjs";

export const workScenes = {
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

const seen = [compare, passage, verdict].map((task) => task.form.title);
for (const scene of Object.values(workScenes)) Object.assign(scene, { me: scene.who === null ? null : me, path: "/work", guides: scene.guide ? [] : seen, ...scene });
