// Runs the tests of the page: bundles each *.test.ts, and gives them to Node's own runner. With --browser it
// runs those in Chromium instead, *.browser.mjs, on the page as it was built. With --json it reports as
// `go test -json` does, for embed/check. Further words choose files by their names.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = join(root, ".cache", "tests");
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const ending = process.argv.includes("--browser") ? ".browser.mjs" : ".test.ts";
const tests = readdirSync(join(root, "test")).filter((name) => name.endsWith(ending) && (wanted.length === 0 || wanted.some((w) => name.includes(w))));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
if (ending === ".test.ts") await esbuild.build({
  absWorkingDir: root,
  entryPoints: tests.map((name) => join("test", name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  jsx: "automatic",
  jsxImportSource: "preact",
  sourcemap: "inline",
  logLevel: "warning",
});
const reporter = process.argv.includes("--json") ? join(root, "test", "reporter.mjs") : "spec";
const files = ending === ".test.ts" ? readdirSync(out).map((name) => join(out, name)) : tests.map((name) => join(root, "test", name));
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", `--test-reporter=${reporter}`, "--test-reporter-destination=stdout", ...files], {
  stdio: "inherit",
  cwd: root,
});
process.exit(run.status ?? 1);
