import { useState } from "preact/hooks";
import { Button, Labelled } from "../../components";
import { useAct } from "../../core/act";
import { address, post } from "../../core/api";
import { toast } from "../../core/state";
import type { Signal } from "../../wire";

/** readValue takes what somebody typed as JSON where it is some, and as text otherwise. */
export function readValue(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** SignalForm tells an instance of something that it waits for. */
export function SignalForm({ instance, name, done }: { instance: string; name: string; done: () => void }) {
  const [typed, setTyped] = useState("");
  const [busy, act] = useAct();
  const send = () =>
    act(async () => {
      await post(`${address("/api/instances", instance)}/signal`, { name, value: readValue(typed) } satisfies Signal);
      toast(`Signal ${name} was given.`);
      done();
    });
  return (
    <form class="joined" onSubmit={(e) => (e.preventDefault(), void send())}>
      <Labelled label={`Signal ${name}`} help="JSON, or a text; empty for nothing. What the script gets is recorded, and cannot be taken back.">
        {(tied) => <input {...tied} autocomplete="off" spellcheck={false} value={typed} onInput={(e) => setTyped(e.currentTarget.value)} />}
      </Labelled>
      <Button kind="primary" submit busy={busy}>Give the signal</Button>
    </form>
  );
}
