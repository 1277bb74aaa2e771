import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button } from "../components";
import { remove } from "../core/api";
import { look, me } from "../core/state";

/** signOut ends the session on the server, and here. */
export function signOut(): void {
  void remove("/api/session").catch(() => undefined).then(() => (me.value = null));
}

/** Menu is what belongs to the person: how the page looks, and signing out. Children come first. */
export function Menu({ children }: { children?: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  return (
    <details
      class="menu"
      ref={details}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || !details.current?.open) return;
        e.stopPropagation();
        details.current.open = false;
        details.current.querySelector("summary")?.focus();
      }}
      onFocusOut={(e) => {
        if (e.relatedTarget && !details.current?.contains(e.relatedTarget as Node) && details.current) details.current.open = false;
      }}
    >
      <summary class="button quiet">{me.value?.name ?? "You"}</summary>
      <div class="sheet">
        <p class="faint">{me.value?.name}, {me.value?.role}</p>
        {children}
        <Looks />
        <Button onPress={signOut}>Sign out</Button>
      </div>
    </details>
  );
}

/** Looks chooses how the page looks. */
export function Looks() {
  const set = (change: Partial<typeof look.value>) => (look.value = { ...look.peek(), ...change });
  return (
    <>
      <fieldset class="segments">
        <legend>Theme</legend>
        {(["system", "light", "dark"] as const).map((theme) => (
          <label key={theme}>
            <input type="radio" name="theme" checked={look.value.theme === theme} onChange={() => set({ theme })} />
            <span>{theme}</span>
          </label>
        ))}
      </fieldset>
      <label class="check">
        <input type="checkbox" checked={look.value.serif} onChange={(e) => set({ serif: e.currentTarget.checked })} />
        Passages in a serif face
      </label>
      <label class="check">
        <input type="checkbox" checked={look.value.large} onChange={(e) => set({ large: e.currentTarget.checked })} />
        Larger text in tasks
      </label>
    </>
  );
}
