import type { ComponentChildren } from "preact";

/** Tone is what a state means to whoever looks at it. */
export type Tone = "good" | "busy" | "person" | "bad" | "off";

// The shape says what the colour says.
const shapes: Record<Tone, string> = { good: "●", busy: "◐", person: "◆", bad: "✕", off: "○" };

/** StatusDot is a state: a shape, a colour and, always, a word. */
export function StatusDot({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`status ${tone}`}>
      <span class="dot" aria-hidden="true">{shapes[tone]}</span>
      {children}
    </span>
  );
}

const tones: Record<string, Tone> = {
  running: "busy", waiting: "person", done: "good", failed: "bad", parked: "bad", diverged: "bad", stopped: "off", paused: "off", cancelled: "off", dropped: "off",
};

/** Status is the state of a flow, an instance, a call or a run, as the server names it. */
export const Status = ({ is }: { is: string }) => <StatusDot tone={tones[is] ?? "off"}>{is}</StatusDot>;
