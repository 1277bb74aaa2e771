import { useState } from "preact/hooks";
import { Button, Dialog, Labelled, Secret } from "../../components";
import { useAct } from "../../core/act";
import { post } from "../../core/api";
import { me } from "../../core/state";
import type { Key, NewKey, PersonRow } from "../../wire";

/** KeyDialog makes a key: for a program, or for somebody who must sign in anew. */
export function KeyDialog({ people, onClose }: { people: PersonRow[]; onClose: () => void }) {
  const [made, setMade] = useState<Key>();
  const [name, setName] = useState("");
  const [person, setPerson] = useState(me.value?.id ?? "");
  const [user, setUser] = useState(false);
  const [busy, act] = useAct();
  const make = () =>
    act(async () => {
      const body: NewKey = { name, ...(person !== me.value?.id && { person }), ...(user && { role: "user" }) };
      setMade(await post<Key>("/api/keys", body));
    });
  if (made) {
    return (
      <Dialog title="A new key" onClose={onClose} actions={<Button kind="primary" onPress={onClose}>Done</Button>}>
        {made.link && <Secret label="Sign-in link" text={made.link} help="Opens the page on another machine, or for somebody who lost their way in." />}
        <Secret label="Key for programs" text={made.token} help="Goes into the header Authorization: Bearer. What is here is shown now and never again." />
      </Dialog>
    );
  }
  return (
    <Dialog title="Make a key" onClose={onClose}>
      <form class="settings" onSubmit={(e) => (e.preventDefault(), void make())}>
        <p>A key signs somebody in, on a machine or in a program that talks to the workbench.</p>
        <Labelled label="What it is for" help="a laptop, a notebook">
          {(tied) => <input {...tied} autofocus autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />}
        </Labelled>
        <Labelled label="Whose it is">
          {(tied) => (
            <select {...tied} value={person} onChange={(e) => setPerson(e.currentTarget.value)}>
              {people.filter((p) => !p.disabled).map((p) => <option key={p.id} value={p.id}>{p.id === me.value?.id ? `${p.name} (you)` : p.name}</option>)}
            </select>
          )}
        </Labelled>
        <Labelled label="What it may">
          {(tied) => (
            <select {...tied} value={user ? "user" : ""} onChange={(e) => setUser(e.currentTarget.value === "user")}>
              <option value="">what its person may</option>
              <option value="user">only ask models and give feedback (/v1), to be given away</option>
            </select>
          )}
        </Labelled>
        <Button kind="primary" submit busy={busy}>Make the key</Button>
      </form>
    </Dialog>
  );
}
