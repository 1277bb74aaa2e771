// What the whole page knows: who is signed in, how the page looks, and which messages are shown.
import { signal } from "@preact/signals";
import type { Me } from "../wire";
import { readLook } from "./look";

/** me is who is signed in; undefined until the server has said, null for nobody. */
export const me = signal<Me | null | undefined>(undefined);

/** isResearcher says whether somebody may see more than Work. */
export const isResearcher = (who: Me | null | undefined): boolean => who?.role === "researcher" || who?.role === "admin";

/** look is how the page looks. */
export const look = signal(readLook());

/** Message is shown at the edge of the page until it is closed, or for some seconds. */
export interface Message {
  id: number;
  says: string;
  bad?: boolean; // an error: it stays until it is closed
  undo?: () => void;
}

export const messages = signal<Message[]>([]);
let lastMessage = 0;

/** toast shows a message; undo, where given, takes back what was done. */
export function toast(says: string, more: { undo?: () => void; bad?: boolean } = {}): void {
  const id = ++lastMessage;
  messages.value = [...messages.value.slice(-2), { id, says, ...more }];
  if (!more.bad) setTimeout(() => closeToast(id), 8000);
}

/** closeToast takes a message away. */
export function closeToast(id: number): void {
  messages.value = messages.value.filter((m) => m.id !== id);
}
