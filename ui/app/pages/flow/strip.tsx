import { number } from "../../core/text";
import type { StepCount } from "../../wire";
import { states } from "./counts";

/** Strip draws the steps of a flow in the order of its script, with how far each is. */
export function Strip({ steps }: { steps: StepCount[] }) {
  if (steps.length === 0) return <p class="faint">No step has begun yet. Each kind of question and each model step of the script appears here with its first item.</p>;
  return (
    <ol class="strip" aria-label="Steps">
      {steps.map((s) => (
        <li key={s.step} class={s.kind}>
          <small>{s.kind === "people" ? "◆ people" : "▣ model"}</small>
          <strong>{s.step}</strong>
          <Bar of={s} />
          <ul class="counts">
            {states(s).map((one) => (
              <li key={one.state} class={one.state}>
                <b>{number(one.count)}</b> {one.word}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

/** along are the states as they lie along a bar: what is behind one stands left. */
const along = (s: StepCount) => states(s).toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
const order = ["done", "leased", "waiting", "failed"];

function Bar({ of: s }: { of: StepCount }) {
  const all = s.done + s.leased + s.waiting + s.failed;
  return (
    <div class="gauge" aria-hidden="true">
      {all > 0 && along(s).map((one) => <span key={one.state} class={one.state} style={{ flexGrow: one.count }} />)}
    </div>
  );
}
