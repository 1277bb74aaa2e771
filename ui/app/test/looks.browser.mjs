import assert from "node:assert/strict";
import { after, test } from "node:test";
import { browser } from "./browser.mjs";
import { look, scenes } from "./look.mjs";

// Each page once as large as it gets and light, and once as small and dark; shots.mjs has all six.
const chrome = await browser();
after(() => chrome.close());

for (const name of Object.keys(scenes)) {
  test(`nothing is wrong with the looks of ${name}`, async () => {
    for (const [width, theme] of [[1440, "light"], [390, "dark"]]) {
      assert.deepEqual(await look(chrome, name, { width, theme }), [], `${width} px, ${theme}`);
    }
  });
}
