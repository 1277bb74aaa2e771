import { Button } from "../../components";
import type { Desk } from "../../core/desk";
import type { Panel } from "../work";
import { Happened } from "./actions";

/** NoTask says why there is no task, and that the page looks again by itself. */
export function NoTask({ desk, open }: { desk: Desk; open: (panel: Panel) => void }) {
  const none = desk.none.value;
  if (!none) return <main class="task"><p class="faint">{desk.pending.value ? "Sending what you did before…" : "Asking for a task…"}</p></main>;
  const reasons = none.reasons ?? [];
  return (
    <main class="task none">
      <h2>{none.says}</h2>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((r) => <li key={r.code}>{r.says}</li>)}
        </ul>
      )}
      <Happened desk={desk} />
      <div class="row">
        {desk.canUndo.value && <Button shortcut={{ key: "u" }} disabled={desk.pending.value !== undefined} onPress={() => desk.undo()}>Undo</Button>}
        <Button shortcut={{ key: "h" }} onPress={() => open("history")}>History</Button>
      </div>
    </main>
  );
}
