import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const tokens = readFileSync("style/tokens.css", "utf8");

/** color is a token's value, light or dark. */
function color(name: string, dark: boolean): string {
  const pair = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(tokens);
  assert.ok(pair, `--${name} is no pair of colours`);
  return pair[dark ? 2 : 1] as string;
}

/** luminance and contrast are those of WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

test("contrast is computed as WCAG does", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.ok(Math.abs(contrast("#777777", "#ffffff") - 4.48) < 0.01);
});

test("text can be read and borders seen, in light and in dark", () => {
  const grounds = ["ground", "surface", "sunken"];
  const pairs: [string, string, number][] = [
    ...["ink", "soft", "faint", "accent", "person", "danger"].flatMap((text) => grounds.map((ground): [string, string, number] => [text, ground, 4.5])),
    ...grounds.slice(0, 2).map((ground): [string, string, number] => ["edge", ground, 3]),
    ...["plot-1", "plot-2", "plot-3", "plot-4", "plot-5", "plot-6"].map((curve): [string, string, number] => [curve, "surface", 4.5]),
    ["accent", "accent-ground", 4.5],
    ["ink", "accent-ground", 4.5],
    ["person", "person-ground", 4.5],
    ["danger", "danger-ground", 4.5],
    ["on-accent", "accent", 4.5],
    ["on-danger", "danger", 4.5],
    ["ink", "mark", 4.5],
  ];
  for (const dark of [false, true]) {
    for (const [text, ground, least] of pairs) {
      const got = contrast(color(text, dark), color(ground, dark));
      assert.ok(got >= least, `${text} on ${ground}, ${dark ? "dark" : "light"}: ${got.toFixed(2)}, want at least ${least}`);
    }
  }
});

test("colours stand in tokens.css only", () => {
  for (const name of readdirSync("style").filter((n) => n !== "tokens.css")) {
    const found = readFileSync(`style/${name}`, "utf8").match(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i);
    assert.equal(found?.[0], undefined, `style/${name} has a colour of its own`);
  }
});
