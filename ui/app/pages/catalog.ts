// The pages by their names in router.ts. Each is a chunk that loads when it is first shown.
import type { ComponentType } from "preact";
import type { routes } from "../core/router";

/** PageProps is what a page is given: the parts of its address. */
export interface PageProps {
  params: Record<string, string>;
}

export type PageName = (typeof routes)[keyof typeof routes];
type Module = { default: ComponentType<PageProps> };

export const pages: Record<PageName, { load: () => Promise<Module>; everybody?: boolean }> = {
  work: { load: () => import("./work"), everybody: true },
  join: { load: () => import("./join"), everybody: true },
  flows: { load: () => import("./flows") },
  flow: { load: () => import("./flow") },
  instance: { load: () => import("./instance") },
  answer: { load: () => import("./answer") },
  people: { load: () => import("./people") },
  data: { load: () => import("./data") },
  dataset: { load: () => import("./dataset") },
  runs: { load: () => import("./runs") },
  run: { load: () => import("./run") },
  models: { load: () => import("./models") },
  model: { load: () => import("./model") },
};
