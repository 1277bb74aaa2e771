import { Frame } from "./frame";
import type { FieldKind, FieldProps } from "./kind";

const buttons = 11; // as many points can stand side by side

function View(props: FieldProps) {
  const { field, id, value, set } = props;
  const points = field.points ?? 2;
  const ends = (
    <div class="ends">
      <span dir="auto">{field.left}</span>
      <span dir="auto">{field.right}</span>
    </div>
  );
  if (points > buttons) {
    return (
      <Frame of={props}>
        <div class="slide">
          <input
            type="range"
            min={1}
            max={points}
            value={typeof value === "number" ? value : Math.ceil(points / 2)}
            aria-label={`${field.label || field.name}, from 1 to ${points}`}
            class={typeof value === "number" ? undefined : "unset"}
            onInput={(e) => set(Number(e.currentTarget.value))}
          />
          <input
            type="number"
            id={id}
            min={1}
            max={points}
            value={typeof value === "number" ? value : ""}
            placeholder={`1–${points}`}
            onInput={(e) => set(e.currentTarget.value === "" ? undefined : Number(e.currentTarget.value))}
          />
        </div>
        {ends}
      </Frame>
    );
  }
  return (
    <Frame of={props} group>
      <div class="points">
        {Array.from({ length: points }, (_, i) => i + 1).map((point) => (
          <label key={point} class={points >= 7 && 2 * point === points + 1 ? "point middle" : "point"}>
            <input
              type="radio"
              name={id}
              checked={value === point}
              aria-label={meaning(point, points, field.left, field.right)}
              onChange={() => set(point)}
            />
            <span>{point}</span>
          </label>
        ))}
      </div>
      {ends}
    </Frame>
  );
}

/** meaning is a point in words for those who don't see where it stands. */
function meaning(point: number, points: number, left?: string, right?: string): string {
  const said = point === 1 ? left : point === points ? right : 2 * point === points + 1 ? "middle" : undefined;
  return said ? `${point}, ${said}` : `${point}`;
}

/** scale: a point between two ends. */
export const scale: FieldKind = {
  View,
  digits: (field) => ((field.points ?? 2) > buttons ? 0 : Math.min(10, field.points ?? 2)),
  digit: (field, _, digit) => {
    const point = digit === 0 ? 10 : digit;
    return point <= (field.points ?? 2) ? point : undefined;
  },
  says: (field, value) => `${String(value)} of ${field.points ?? 0}`,
};
