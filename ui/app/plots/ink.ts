// Colours of style sheets, as a canvas needs them.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { look } from "../core/state";

/** ink is what a colour of the style sheet, --name, is now. */
export function ink(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** pale is a colour that is mostly transparent. */
export const pale = (color: string): string => color.replace(/^rgb\((.*)\)$/, (_, parts: string) => (parts.includes(",") ? `rgba(${parts}, 0.35)` : `rgb(${parts} / 0.35)`));

/** pens are colour and dashes of the first, second … curve of a chart; who can't tell colours can tell dashes. */
export const pens = [
  { color: "--plot-1", dash: [] },
  { color: "--plot-2", dash: [8, 4] },
  { color: "--plot-3", dash: [2, 3] },
  { color: "--plot-4", dash: [12, 3, 2, 3] },
  { color: "--plot-5", dash: [6, 6] },
  { color: "--plot-6", dash: [1, 5] },
];

const dark = typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");
const system = signal(dark?.matches ?? false);

/** useTheme changes when colours do, so that what is drawn can be drawn anew. */
export function useTheme(): string {
  useEffect(() => {
    const hear = () => (system.value = dark?.matches ?? false);
    dark?.addEventListener("change", hear);
    return () => dark?.removeEventListener("change", hear);
  }, []);
  return `${look.value.theme} ${system.value}`;
}
