import { useState } from "preact/hooks";
import { useAct } from "../../core/act";
import { address, put } from "../../core/api";
import { toast } from "../../core/state";
import type { FlowSummary, Priority } from "../../wire";

/** PriorityField changes which flow's tasks people are given first. */
export function PriorityField({ flow: f, again }: { flow: FlowSummary; again: () => void }) {
  const [typed, setTyped] = useState<string>();
  const [busy, act] = useAct();
  const set = (priority: number, undo?: () => void) =>
    act(async () => {
      await put(`${address("/api/flows", f.id)}/priority`, { priority } satisfies Priority);
      toast(`Priority ${priority}, from the next task on.`, undo ? { undo } : {});
      again();
    });
  const keep = () => {
    const wanted = Number(typed);
    setTyped(undefined);
    if (typed === undefined || typed.trim() === "" || !Number.isInteger(wanted) || wanted === f.priority) return;
    const before = f.priority;
    void set(wanted, () => void set(before));
  };
  return (
    <label class="inline">
      priority
      <input
        class="short"
        inputMode="numeric"
        title="Tasks of flows with a larger number are given first"
        value={typed ?? String(f.priority)}
        disabled={busy}
        onInput={(e) => setTyped(e.currentTarget.value)}
        onBlur={keep}
        onKeyDown={(e) => e.key === "Enter" && keep()}
      />
    </label>
  );
}
