// Addresses: every object has one, and it stays.
import { signal } from "@preact/signals";

/** Route says which page an address shows, and with which parts of it. */
export interface Route {
  page: string;
  params: Record<string, string>;
}

/** routes are the addresses of the page; a part that begins with a colon stands for any text. */
export const routes = {
  "/work": "work",
  "/flows": "flows",
  "/flows/:id": "flow",
  "/instances/:id": "instance",
  "/answers/:id": "answer",
  "/people": "people",
  "/data": "data",
  "/data/:name": "dataset",
  "/runs": "runs",
  "/runs/:id": "run",
  "/compare": "compare",
  "/models": "models",
  "/models/:name": "model",
  "/playground": "playground",
  "/trace/:node": "trace",
} as const;

/** match finds the page of a path; undefined where there is none. */
export function match(path: string): Route | undefined {
  const parts = split(path);
  for (const [pattern, page] of Object.entries(routes)) {
    const wanted = split(pattern);
    if (wanted.length !== parts.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((want, i) => {
      const part = parts[i] ?? "";
      if (!want.startsWith(":")) return want === part;
      try {
        params[want.slice(1)] = decodeURIComponent(part);
      } catch {
        return false; // a broken escape
      }
      return part !== "";
    });
    if (fits) return { page, params };
  }
  return undefined;
}

const split = (path: string): string[] => path.replace(/^\/+|\/+$/g, "").split("/");

const here = () => ({ path: location.pathname, query: location.search });

/** place is the address that is shown. */
export const place = signal(typeof location === "undefined" ? { path: "/", query: "" } : here());

/** go shows another address; replaced ones leave no trace in the browser's history. */
export function go(to: string, replace = false): void {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.value = here();
  scrollTo(0, 0);
}

/** follow lets links of the page, and the browser's back and forward, change the address without a load. */
export function follow(): void {
  addEventListener("popstate", () => (place.value = here()));
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !match(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
}
