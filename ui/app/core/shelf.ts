// A place in the browser where small things survive a reload.

/** Shelf is the part of localStorage that is used here. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** memory is a shelf for where storage is switched off: what lies on it is gone when the page closes. */
export function memory(): Shelf {
  const held = new Map<string, string>();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
    key: (n) => [...held.keys()][n] ?? null,
    get length() {
      return held.size;
    },
  };
}

/** shelf is localStorage, or memory where the browser does not allow it; lasting says which. */
export const { shelf, lasting }: { shelf: Shelf; lasting: boolean } = (() => {
  try {
    localStorage.setItem("workbench.try", "1");
    localStorage.removeItem("workbench.try");
    return { shelf: localStorage, lasting: true };
  } catch {
    return { shelf: memory(), lasting: false };
  }
})();

/** load reads a value; undefined where there is none, or none of ours. */
export function load<T>(from: Shelf, key: string): T | undefined {
  try {
    const text = from.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** store keeps a value, and says whether it could. */
export function store(on: Shelf, key: string, value: unknown): boolean {
  try {
    on.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false; // full
  }
}

/** below lists the keys that begin so, in order. */
export function below(on: Shelf, prefix: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < on.length; i++) {
    const key = on.key(i);
    if (key?.startsWith(prefix)) found.push(key);
  }
  return found.sort();
}
