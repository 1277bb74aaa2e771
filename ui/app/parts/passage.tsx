import { sentence } from "../core/text";
import type { PartKind } from "./kind";
import { Reading } from "./reading";

/** passage: a long text to read, in lines that the eye can follow. */
export const passage: PartKind = {
  long: true,
  View: ({ part, reading }) => (
    <section class="part" aria-labelledby={`part-${part.fields[0]}`}>
      <h2 id={`part-${part.fields[0]}`}>{sentence(part.fields[0] ?? "")}</h2>
      <Reading {...reading(part.fields[0] ?? "")} />
    </section>
  ),
};
