import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { useWindow } from "../core/use";

/** Column is one column of a Table. */
export interface Column<T> {
  title: string;
  cell: (row: T) => ComponentChildren;
  sort?: (row: T) => number | string; // makes the column one by which rows can be ordered
  end?: boolean; // numbers stand at the right
  wide?: boolean; // takes the space that is left
}

interface Props<T> {
  label: string; // what the table lists
  texts?: boolean; // cells are texts that want room
  broad?: boolean; // there are so many columns that a tablet has no room for them
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  order?: { column: string; down?: boolean }; // at first
}

/** Table lists rows. On a phone each row becomes a card, with the columns' titles beside the cells; a broad one also on a tablet. */
export function Table<T>({ label, texts, broad, columns, rows, id, order: first }: Props<T>) {
  const cards = useWindow(broad ? "(max-width: 999px)" : "(max-width: 599px)");
  const [order, setOrder] = useState(first);
  const by = columns.find((c) => c.title === order?.column)?.sort;
  const sorted = by ? rows.toSorted((a, b) => compare(by(a), by(b)) * (order?.down ? -1 : 1)) : rows;
  return (
    <div class={["scroll", texts && "records", cards && "cards"].filter(Boolean).join(" ")} role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.title} scope="col" class={marks(c)} aria-sort={c.title !== order?.column ? undefined : order.down ? "descending" : "ascending"}>
                {c.sort ? (
                  <button type="button" class="sort" onClick={() => setOrder({ column: c.title, down: order?.column === c.title && !order.down })}>
                    {c.title}
                    <span aria-hidden="true">{c.title !== order?.column ? "" : order.down ? " ↓" : " ↑"}</span>
                  </button>
                ) : (
                  c.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={id(row)}>
              {columns.map((c) => (
                <td key={c.title} class={marks(c)} data-title={c.title}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const marks = <T,>(c: Column<T>): string | undefined => [c.end && "end", c.wide && "wide"].filter(Boolean).join(" ") || undefined;

function compare(a: number | string, b: number | string): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
