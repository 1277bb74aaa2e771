import { useId, useState } from "preact/hooks";
import { Button } from "../../components";
import { useAct } from "../../core/act";
import { address, patch } from "../../core/api";
import { me, toast } from "../../core/state";
import type { PersonChange, PersonRow } from "../../wire";

interface Props {
  person: PersonRow;
  done: (person: PersonRow) => void; // shows it at once
}

/** useChange changes a person, and offers to take it back. */
function useChange({ person: p, done }: Props): [boolean, (change: PersonChange, back: PersonChange, says: string) => void] {
  const [busy, act] = useAct();
  const make = (change: PersonChange, says: string, undo?: () => void) =>
    act(async () => {
      await patch(address("/api/people", p.id), change);
      done({ ...p, ...change });
      toast(says, undo ? { undo } : {});
    });
  return [busy, (change, back, says) => void make(change, says, () => void make(back, "As it was before."))];
}

const roles = ["annotator", "researcher", "admin"];

/** RoleField is a person's role; admins can change it. */
export function RoleField(props: Props) {
  const p = props.person;
  const [busy, change] = useChange(props);
  if (me.value?.role !== "admin") return <>{p.role}</>;
  return (
    <select
      class="small"
      aria-label={`Role of ${p.name}`}
      disabled={busy}
      value={p.role}
      onChange={(e) => change({ role: e.currentTarget.value }, { role: p.role }, `${p.name} is ${e.currentTarget.value} now.`)}
    >
      {roles.map((role) => <option key={role}>{role}</option>)}
    </select>
  );
}

/** poolsIn reads the names that somebody typed. */
export const poolsIn = (text: string): string[] => [...new Set(text.split(/[,\s]+/).filter((name) => name !== ""))];

/** PoolsField is a person's pools, changed in place; what was typed counts when the field is left. */
export function PoolsField(props: Props & { known: string[] }) {
  const { person: p, known } = props;
  const before = p.pools ?? [];
  const [typed, setTyped] = useState<string>();
  const [busy, change] = useChange(props);
  const list = useId();
  const keep = () => {
    const pools = poolsIn(typed ?? "");
    setTyped(undefined);
    if (typed === undefined || pools.join() === before.join()) return;
    change({ pools }, { pools: before }, pools.length === 0 ? `${p.name} is in no pool now.` : `${p.name}: ${pools.join(", ")}, from the next task on.`);
  };
  return (
    <>
      <input
        class="small"
        aria-label={`Pools of ${p.name}`}
        placeholder="none"
        list={list}
        autocomplete="off"
        spellcheck={false}
        disabled={busy}
        value={typed ?? before.join(", ")}
        onFocus={(e) => setTyped(e.currentTarget.value)}
        onInput={(e) => setTyped(e.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(e) => {
          if (e.key === "Enter") e.currentTarget.blur();
          if (e.key === "Escape") setTyped(undefined);
        }}
      />
      <datalist id={list}>{known.map((name) => <option key={name} value={[...poolsIn(typed ?? "").slice(0, -1), name].join(", ")} />)}</datalist>
    </>
  );
}

/** Actions lets somebody in again, or no longer. */
export function Actions(props: Props) {
  const p = props.person;
  const [busy, change] = useChange(props);
  if (p.id === me.value?.id) return <>yes</>;
  return p.disabled ? (
    <Button busy={busy} onPress={() => change({ disabled: false }, { disabled: true }, `${p.name} may come in again.`)} label={`Let in again: ${p.name}`}>Let in again</Button>
  ) : (
    <Button kind="quiet" busy={busy} onPress={() => change({ disabled: true }, { disabled: false }, `${p.name} is signed out and may not come in. What they answered stays.`)} label={`Disable ${p.name}`}>
      Disable
    </Button>
  );
}
