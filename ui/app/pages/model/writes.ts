// Models that write text, and where two of them can be compared.
import type { ModelRow } from "../../wire";

/** writes says whether a model writes text, where others give scores. */
export const writes = (m: Pick<ModelRow, "kind">): boolean => m.kind !== "reward" && m.kind !== "value";

/** beside is the address at which two models answer the same; without a second one it can be chosen there. */
export const beside = (a: string, b = ""): string => `/playground?${new URLSearchParams({ a, ...(b && { b }) })}`;
