import { useState } from "preact/hooks";
import { Button, Dialog, Labelled, Secret } from "../../components";
import { useAct } from "../../core/act";
import { post } from "../../core/api";
import { me } from "../../core/state";
import { duration } from "../../core/text";
import type { Invite, NewInvite } from "../../wire";
import { toggled } from "../start/params";
import { usePools } from "../start/known";
import { poolsIn } from "./person";

interface Props {
  pools?: string[]; // that are chosen at first
  name?: string;
  onClose: () => void;
  onMade?: () => void;
}

/** InviteDialog makes a link by which people come in, and shows it once. */
export function InviteDialog({ pools = [], name = "", onClose, onMade }: Props) {
  const [made, setMade] = useState<Invite>();
  return (
    <Dialog title="Invite people" onClose={onClose} actions={made && <Button kind="primary" onPress={onClose}>Done</Button>}>
      {made ? (
        <>
          <Secret label="The link" text={made.link ?? ""} help="Send it to whom it is for. It is shown now and never again; who has it can come in." />
          <p>{about(made)}</p>
        </>
      ) : (
        <InviteForm pools={pools} name={name} onMade={(invite) => (setMade(invite), onMade?.())} />
      )}
    </Dialog>
  );
}

/** about says in a sentence what an invite is good for. */
export function about(i: Pick<Invite, "role" | "pools" | "uses" | "expires">): string {
  const pools = (i.pools ?? []).length > 0 ? ` in ${i.pools.join(", ")}` : "";
  const uses = i.uses === 0 ? "any number of people" : i.uses === 1 ? "one person" : `${i.uses} people`;
  return `For ${uses}, as ${i.role}${pools}, ${i.expires ? `until ${new Date(i.expires).toLocaleString()}` : "without an end"}.`;
}

const hours = [1, 24, 72, 168, 720, 0];

function InviteForm({ pools, name, onMade }: { pools: string[]; name: string; onMade: (invite: Invite) => void }) {
  const [form, setForm] = useState({ name, role: "annotator", pools: pools.join(","), uses: "1", hours: "168" });
  const known = [...new Set([...pools, ...usePools()])];
  const [busy, act] = useAct();
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change });
  const make = () =>
    act(async () => {
      const body: NewInvite = { name: form.name, role: form.role, pools: poolsIn(form.pools), uses: Number(form.uses) || 0, hours: Number(form.hours) };
      onMade(await post<Invite>("/api/invites", body));
    });
  return (
    <form class="settings" onSubmit={(e) => (e.preventDefault(), void make())}>
      <Labelled label="What it is for" help="so that you know it again in the list">
        {(tied) => <input {...tied} autofocus autocomplete="off" value={form.name} onInput={(e) => set({ name: e.currentTarget.value })} />}
      </Labelled>
      <fieldset class="segments">
        <legend>As</legend>
        {(me.value?.role === "admin" ? ["annotator", "researcher", "admin"] : ["annotator", "researcher"]).map((role) => (
          <label key={role}>
            <input type="radio" name="role" checked={form.role === role} onChange={() => set({ role })} />
            <span>{role}</span>
          </label>
        ))}
      </fieldset>
      <Labelled label="Pools" help="whose questions they get, besides those for everybody; several with commas">
        {(tied) => (
          <>
            <input {...tied} autocomplete="off" spellcheck={false} placeholder="none" value={form.pools} onInput={(e) => set({ pools: e.currentTarget.value })} />
            {known.length > 0 && (
              <div class="chips" role="group" aria-label="Pools that there are">
                {known.map((pool) => (
                  <button key={pool} type="button" class="chip" aria-pressed={poolsIn(form.pools).includes(pool)} onClick={() => set({ pools: toggled(form.pools, pool) })}>{pool}</button>
                ))}
              </div>
            )}
          </>
        )}
      </Labelled>
      <div class="columns">
        <Labelled label="How many people" help="0 for any number">
          {(tied) => <input {...tied} inputMode="numeric" pattern="[0-9]*" value={form.uses} onInput={(e) => set({ uses: e.currentTarget.value })} />}
        </Labelled>
        <Labelled label="Good for">
          {(tied) => (
            <select {...tied} value={form.hours} onChange={(e) => set({ hours: e.currentTarget.value })}>
              {hours.map((h) => <option key={h} value={String(h)}>{h === 0 ? "ever" : duration(h * 3600)}</option>)}
            </select>
          )}
        </Labelled>
      </div>
      <Button kind="primary" submit busy={busy}>Make the link</Button>
    </form>
  );
}
