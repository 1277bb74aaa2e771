import { useState } from "preact/hooks";
import { Button, Notice } from "../components";
import { post, words } from "../core/api";
import { go, place } from "../core/router";
import { me } from "../core/state";
import { signOut } from "./menu";
import type { Me, SignIn } from "../wire";

/** Join is where an invite link leads: somebody new says their name, and is in. */
export default function Join() {
  const [invite] = useState(() => new URLSearchParams(place.peek().query).get("invite") ?? "");
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const leave = () => go("/", true); // the secret leaves the address
  const who = me.value;
  if (who) {
    return (
      <main class="alone">
        <h1>You are signed in</h1>
        <p>This link invites somebody new, and you are here as {who.name} already.</p>
        <Button kind="primary" onPress={leave}>Go on as {who.name}</Button>
        <Button onPress={signOut}>Sign out, and join as somebody else</Button>
      </main>
    );
  }
  const enter = (event: Event) => {
    event.preventDefault();
    setBusy(true);
    post<Me>("/api/session", { invite, name: name.trim() } satisfies SignIn).then(
      (who) => {
        me.value = who;
        leave();
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
        <h1>Welcome</h1>
        <p>You were invited to work on this workbench. What should the others call you?</p>
        <label>
          Your name
          <input type="text" autocomplete="name" required autofocus maxLength={100} dir="auto" value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        {error && <Notice bad>{error}</Notice>}
        <Button kind="primary" submit busy={busy} shortcut={{ key: "Enter" }}>Come in</Button>
      </form>
      <p class="faint">
        Your answers are kept with your name, and with how long they took you. You stay signed in on this device until you
        sign out.
      </p>
    </main>
  );
}
