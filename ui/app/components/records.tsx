import type { Column } from "./Table";
import { Value } from "./Value";

/** Row is a record of a table, with its number. */
export interface Row {
  number: number;
  value: Record<string, unknown>;
}

/** numbered gives records their numbers, from 1 or behind those that came before. */
export const numbered = (records: Record<string, unknown>[], before = 0): Row[] =>
  records.map((value, i) => ({ number: before + i + 1, value }));

/** fieldsOf are the names that any of the records has, in the order in which they come. */
export const fieldsOf = (records: Record<string, unknown>[]): string[] => [...new Set(records.flatMap((r) => Object.keys(r)))];

/** columnsOf makes a column of each field; rows can be ordered by numbers and texts, and numbers stand at the right. */
export function columnsOf(records: Record<string, unknown>[], fields: string[]): Column<Row>[] {
  return fields.map((name) => {
    const known = records.map((r) => r[name]).filter((v) => v !== null && v !== undefined);
    const numeric = known.length > 0 && known.every((v) => typeof v === "number");
    const long = known.some((v) => typeof v === "string" && v.length > 60);
    const flat = known.every((v) => typeof v !== "object");
    return {
      title: name,
      cell: (r) => <Cell of={r.value[name]} />,
      ...(long && { wide: true }),
      ...(numeric && { end: true, sort: (r: Row) => (r.value[name] as number | undefined) ?? -Infinity }),
      ...(!numeric && flat && { sort: (r: Row) => String(r.value[name] ?? "") }),
    };
  });
}

const Cell = ({ of }: { of: unknown }) => (of === null || of === undefined ? <span class="faint">–</span> : <Value of={of} most={320} />);
