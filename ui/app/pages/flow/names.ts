// What instances are called.

/** numberOf is the number of an instance's item, from 1, and the calls by which it was spawned. */
export function numberOf(id: string): string {
  const [, item = "", ...calls] = id.split(".");
  return [`item ${Number(item.replace(/~.*/, "")) + 1}`, ...calls.map((c) => `call ${c.replace(/^0+/, "").replace(/~0*/, ", time ")}`)].join(" › ");
}
