import type { PartKind } from "./kind";
import { Reading } from "./reading";

/** pair: two texts side by side; on a phone one above the other. */
export const pair: PartKind = {
  View: ({ part, reading }) => (
    <div class="part pair">
      {part.fields.map((name, i) => (
        <section key={name} aria-labelledby={`pair-${name}`}>
          <h2 id={`pair-${name}`}>{i === 0 ? "Left" : "Right"}</h2>
          <Reading {...reading(name)} />
        </section>
      ))}
    </div>
  ),
};
