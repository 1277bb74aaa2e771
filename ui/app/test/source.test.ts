import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { pages } from "../pages/catalog";
import { routes } from "../core/router";

const sources = ["components", "core", "fields", "pages", "parts", "plots"].flatMap((folder) => {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  } catch {
    return []; // not there yet
  }
}).filter((name) => /\.tsx?$/.test(name));

test("data is text, never HTML, and nothing asks the policy for an exception", () => {
  for (const name of [...sources, "main.tsx"]) {
    const text = readFileSync(name, "utf8");
    const found = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|style="/.exec(text);
    assert.equal(found?.[0], undefined, name);
  }
});

test("a file can be read in one sitting", () => {
  for (const name of sources) {
    const lines = readFileSync(name, "utf8").split("\n").length;
    assert.ok(lines <= 600, `${name} has ${lines} lines, and none may have more than 600`);
  }
});

test("each address has its page", () => {
  assert.deepEqual(Object.keys(pages).sort(), ["join", ...Object.values(routes)].sort());
});

/** Built is what esbuild says about each file that it wrote. */
interface Built {
  outputs: Record<string, { bytes: number; entryPoint?: string; imports: { path: string; kind: string }[] }>;
}

/** needs are the files that load with one, without those that load later. */
function needs(built: Built, start: string, found = new Set<string>()): Set<string> {
  if (found.has(start)) return found;
  found.add(start);
  for (const { path, kind } of built.outputs[start]?.imports ?? []) if (kind === "import-statement") needs(built, path, found);
  return found;
}

function weight(built: Built, entries: string[]): { files: Set<string>; bytes: number } {
  const files = new Set<string>();
  for (const entry of entries) {
    const at = Object.entries(built.outputs).find(([, o]) => o.entryPoint === entry)?.[0];
    assert.ok(at, `${entry} was not built`);
    needs(built, at, files);
  }
  const bytes = [...files].reduce((sum, name) => sum + gzipSync(readFileSync(name)).length, 0);
  return { files, bytes };
}

test("Work loads in at most 150 KB, and no plots with it", (t) => {
  let built: Built;
  try {
    built = JSON.parse(readFileSync(".cache/built.json", "utf8")) as Built;
  } catch {
    return t.skip("the page was not built: make app");
  }
  const { files, bytes } = weight(built, ["main.tsx", "pages/work.tsx", "style/main.css"]);
  assert.ok(bytes <= 150_000, `Work takes ${bytes} bytes, compressed`);
  const plots = Object.entries(built.outputs).filter(([, o]) => JSON.stringify(o).includes("uplot")).map(([name]) => name);
  for (const name of plots.filter((n) => n.endsWith(".js"))) assert.ok(!files.has(name), `${name} loads with Work, and holds plots`);
  t.diagnostic(`Work: ${bytes} bytes`);
});
