import { sentence } from "../core/text";
import type { PartKind } from "./kind";
import { Reading } from "./reading";

/** text: a question or a prompt, at full width. */
export const text: PartKind = {
  View: ({ part, reading }) => (
    <section class="part" aria-labelledby={`part-${part.fields[0]}`}>
      <h2 id={`part-${part.fields[0]}`}>{sentence(part.fields[0] ?? "")}</h2>
      <Reading {...reading(part.fields[0] ?? "")} />
    </section>
  ),
};
