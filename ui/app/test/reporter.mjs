// A reporter for Node's test runner that writes what `go test -json` would, so that embed/check counts
// these tests like all others.
const pkg = "ui/app";
const line = (event) => JSON.stringify({ Package: pkg, ...event }) + "\n";

export default async function* reporter(source) {
  let failed = false;
  const started = Date.now();
  yield line({ Action: "start" });
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite" || data.nesting > 0 || data.name.endsWith(".mjs")) {
      // A file counts only where it could not be run at all.
      if (type !== "test:fail" || !data.name.endsWith(".mjs")) continue;
    }
    const test = data.name.replaceAll("/", "∕");
    const bad = type === "test:fail";
    failed ||= bad;
    if (bad) yield line({ Action: "output", Test: test, Output: `    ${data.details?.error?.cause?.stack ?? data.details?.error?.message ?? "failed"}\n` });
    if (data.skip) yield line({ Action: "output", Test: test, Output: `    ui.go:0: ${data.skip}\n` });
    yield line({ Action: data.skip ? "skip" : bad ? "fail" : "pass", Test: test, Elapsed: (data.details?.duration_ms ?? 0) / 1000 });
  }
  yield line({ Action: failed ? "fail" : "pass", Elapsed: (Date.now() - started) / 1000 });
}
