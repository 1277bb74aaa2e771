import assert from "node:assert/strict";
import { test } from "node:test";
import { match } from "../core/router";

test("addresses find their pages", () => {
  for (const [path, want] of [
    ["/work", { page: "work", params: {} }],
    ["/flows/", { page: "flows", params: {} }],
    ["/flows/01J8", { page: "flow", params: { id: "01J8" } }],
    ["/data/my%20set%2F2", { page: "dataset", params: { name: "my set/2" } }],
    ["/models/embedded:int8", { page: "model", params: { name: "embedded:int8" } }],
    ["/", undefined],
    ["/flows/1/2", undefined],
    ["/data/%E0%A4%A", undefined],
    ["/nowhere", undefined],
  ] as const) {
    assert.deepEqual(match(path), want, path);
  }
});
