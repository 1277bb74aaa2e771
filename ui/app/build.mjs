// Bundles the page into dist/, which package app embeds. Names carry a hash of their content, so that
// browsers may keep them for ever; pages and plots are chunks that load where they are used.
//
//   node build.mjs          build
//   node build.mjs --watch  build again at each change
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "dist");
const cache = join(here, ".cache");

const options = {
  absWorkingDir: here,
  outdir: "dist",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  target: ["es2022"],
  minify: true,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
};
// The theme is chosen before the first paint, so it is a script of its own that does not wait for the rest.
const theme = { ...options, entryPoints: { theme: "core/theme-first.ts" }, format: "iife" };
const page = {
  ...options,
  entryPoints: { main: "main.tsx", style: "style/main.css", icon: "icon.svg" },
  loader: { ".svg": "copy" },
  splitting: true,
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
};

const names = (result) => Object.keys(result.metafile.outputs).map((name) => basename(name));

// ahead lists what an entry can't do without: it is asked for at once, not when the entry has been read.
function ahead({ outputs }, entry) {
  const found = Object.values(outputs).find((output) => output.entryPoint === entry);
  return found.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => basename(path));
}

// finish writes index.html, which names the files; removes those of earlier builds; and notes in .cache
// what loads what, for the test of sizes.
function finish(outputs, metafile) {
  const find = (start, end) => outputs.find((name) => name.startsWith(start) && name.endsWith(end));
  const html = readFileSync(join(here, "index.html"), "utf8")
    .replace("theme.js", find("theme-", ".js"))
    .replace("main.js", find("main-", ".js"))
    .replace("style.css", find("style-", ".css"))
    .replace("icon.svg", find("icon-", ".svg"))
    .replace("</head>", `${ahead(metafile, "main.tsx").map((name) => `<link rel="modulepreload" href="/app/${name}">\n`).join("")}</head>`);
  const wanted = new Set([...outputs, "index.html", ".keep"]);
  for (const old of readdirSync(dist)) if (!wanted.has(old)) rmSync(join(dist, old));
  writeFileSync(join(dist, "index.html"), html);
  writeFileSync(join(cache, "built.json"), JSON.stringify(metafile));
}

for (const folder of [dist, cache]) mkdirSync(folder, { recursive: true });
const early = names(await esbuild.build(theme));
const done = {
  name: "done",
  setup(build) {
    build.onEnd((result) => {
      if (result.errors.length === 0) finish([...early, ...names(result)], result.metafile);
    });
  },
};
if (process.argv.includes("--watch")) {
  await (await esbuild.context({ ...page, plugins: [done] })).watch();
} else {
  await esbuild.build({ ...page, plugins: [done] });
}
