// Keys: who listens, in which order, and what the overlay of `?` says about them.
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { look } from "./state";

/** Binding is a key that does something. */
export interface Binding {
  key: string; // as KeyboardEvent.key says it: "s", "Enter", "?"; a letter in lower case
  ctrl?: boolean; // with Ctrl (or ⌘); Ctrl Enter and Escape also work while typing
  does: string; // for the overlay: "Send"
  shown?: string; // how the overlay names it where one line stands for several: "1 … 9"
  run: (event: KeyboardEvent) => void;
  when?: () => boolean; // false: the key is somebody else's now
}

interface Layer {
  bindings: { current: Binding[] };
  modal: boolean; // while it is on top, nothing below hears a key
}

const layers = signal<Layer[]>([]);

/** useKeys binds keys for as long as a component is there. The last that came is asked first. */
export function useKeys(bindings: Binding[], modal = false): void {
  const current = useRef(bindings);
  current.current = bindings;
  useLayoutEffect(() => { // with what is shown, not after it: nobody waits for a frame before pressing a key
    const layer = { bindings: current, modal };
    layers.value = [...layers.peek(), layer];
    return () => {
      layers.value = layers.peek().filter((other) => other !== layer);
    };
  }, [modal]);
}

/** listed are the keys that work now, for the overlay; those of what lies under a dialog are left out. */
export function listed(): Binding[] {
  const all: Binding[] = [];
  for (const layer of layers.value.toReversed()) {
    all.push(...layer.bindings.current.filter((b) => b.does !== "" && (b.when?.() ?? true)));
    if (layer.modal) break;
  }
  return all;
}

/** named is a key as a person reads it. */
export function named(b: Pick<Binding, "key" | "ctrl" | "shown">): string {
  const signs: Record<string, string> = { Enter: "↵", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
  const name = b.shown ?? signs[b.key] ?? (b.key.length === 1 ? b.key.toUpperCase() : b.key);
  return b.ctrl ? `Ctrl ${name}` : name;
}

/** letter is the key that was pressed. On a layout without Latin letters it is the one in that place. */
export function letter(event: Pick<KeyboardEvent, "key" | "code">): string {
  const ascii = /^[\x20-\x7e]$/.test(event.key);
  const placed = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (event.key.length === 1 && !ascii && placed) return placed.toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** isTyping says whether keys are text for the element that has the focus. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  if (element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
  const quiet = ["radio", "checkbox", "range", "button", "submit", "file"];
  return element.tagName === "INPUT" && !quiet.includes((element as HTMLInputElement).type);
}

/** takesEnter says whether Enter already means something to an element. */
const takesEnter = (target: EventTarget | null): boolean =>
  (target as HTMLElement | null)?.closest?.("a[href], button, summary, [role=button]") != null;

/** listen sends each key to whoever has bound it. */
export function listen(): () => void {
  const hear = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const key = letter(event);
    const ctrl = event.ctrlKey || event.metaKey;
    const typing = isTyping(event.target);
    if (typing && key !== "Escape" && !(ctrl && key === "Enter")) return; // Ctrl Z is the text's own, then
    if (key === "Enter" && !ctrl && takesEnter(event.target)) return;
    if (key.length === 1 && !ctrl && key !== "?" && !look.peek().letters) return;
    for (const layer of layers.peek().toReversed()) {
      const found = layer.bindings.current.find((b) => b.key === key && Boolean(b.ctrl) === ctrl && (b.when?.() ?? true));
      if (found) {
        event.preventDefault();
        found.run(event);
        return;
      }
      if (layer.modal) return;
    }
  };
  document.addEventListener("keydown", hear);
  return () => document.removeEventListener("keydown", hear);
}
