// The pages by their names in router.ts. Each is a chunk that loads when it is first shown.
import type { ComponentType } from "preact";
import type { routes } from "../core/router";

/** PageProps is what a page is given: the parts of its address. */
export interface PageProps {
  params: Record<string, string>;
}

/** PageName is a page with an address of its own, or the one to which invitations lead. */
export type PageName = (typeof routes)[keyof typeof routes] | "join";
type Module = { default: ComponentType<PageProps> };

export const pages: Record<PageName, { load: () => Promise<Module> }> = {
  work: { load: () => import("./work") },
  join: { load: () => import("./join") },
  flows: { load: () => import("./flows") },
  flow: { load: () => import("./flow") },
  instance: { load: () => import("./instance") },
  answer: { load: () => import("./answer") },
  people: { load: () => import("./people") },
  data: { load: () => import("./data") },
  dataset: { load: () => import("./dataset") },
  runs: { load: () => import("./runs") },
  run: { load: () => import("./run") },
  compare: { load: () => import("./compare") },
  models: { load: () => import("./models") },
  model: { load: () => import("./model") },
  trace: { load: () => import("./trace") },
  playground: { load: () => import("./playground") },
};
