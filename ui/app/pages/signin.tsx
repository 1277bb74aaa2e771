import { useState } from "preact/hooks";
import { Button, Notice } from "../components";
import { post, words } from "../core/api";
import { go, place } from "../core/router";
import { me } from "../core/state";
import type { Me, SignIn as Secret } from "../wire";

// What the server says in the address when a token in it was not taken.
const came: Record<string, string> = {
  failed: "The link that you opened does not work any more. Ask for a new one, or paste a token.",
  later: "There were too many attempts from here. Wait a minute, and try again.",
};

/** SignIn takes a token. Whoever has none asks for an invite link. */
export default function SignIn() {
  const [token, setToken] = useState("");
  const [error, setError] = useState(() => came[new URLSearchParams(place.peek().query).get("signin") ?? ""] ?? "");
  const [busy, setBusy] = useState(false);
  const enter = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    post<Me>("/api/session", { token: token.trim() } satisfies Secret).then(
      (who) => {
        me.value = who;
        if (place.peek().query) go("/", true);
      },
      (e: unknown) => {
        setError(words(e));
        setBusy(false);
      },
    );
  };
  return (
    <main class="alone">
      <form onSubmit={enter}>
        <h1>Workbench</h1>
        <input hidden name="username" autocomplete="username" value="workbench" readOnly />
        <label>
          Token
          <input type="password" autocomplete="current-password" required autofocus value={token} onInput={(e) => setToken(e.currentTarget.value)} />
        </label>
        {error && <Notice bad>{error}</Notice>}
        <Button kind="primary" submit busy={busy} shortcut={{ key: "Enter" }}>Sign in</Button>
      </form>
      <p class="faint">
        You run the workbench: the token is in the address that it printed when it started. Somebody invited you: open
        the link that they sent, it signs you in by itself. Nothing works? Ask them for a new link.
      </p>
    </main>
  );
}
