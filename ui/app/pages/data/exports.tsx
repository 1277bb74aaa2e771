import { address } from "../../core/api";

/** Exports are links that load a dataset as a file. */
export function Exports({ name }: { name: string }) {
  const to = (format: string) => `${address("/api/datasets", name)}/export?format=${format}`;
  return (
    <span class="row">
      <a href={to("jsonl")} download={`${name}.jsonl`} >JSONL<span class="hidden"> of {name}</span></a>
      <a href={to("csv")} download={`${name}.csv`} >CSV<span class="hidden"> of {name}</span></a>
    </span>
  );
}
