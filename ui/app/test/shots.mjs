// Pictures of every page in three widths, light and dark, and what is wrong with them.
//   node test/shots.mjs FOLDER [PART OF A NAME]
import { mkdirSync } from "node:fs";
import { browser, widths } from "./browser.mjs";
import { look, scenes } from "./look.mjs";

const [out = "shots", part = ""] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const chrome = await browser();
let bad = 0;
for (const name of Object.keys(scenes).filter((name) => name.includes(part))) {
  for (const width of widths) {
    for (const theme of ["light", "dark"]) {
      for (const wrong of await look(chrome, name, { width, theme, out })) {
        bad++;
        console.log(`${name} ${width} ${theme}: ${wrong}`);
      }
    }
  }
}
await chrome.close();
console.log(bad === 0 ? "nothing found" : `${bad} found`);
process.exitCode = bad === 0 ? 0 : 1;
