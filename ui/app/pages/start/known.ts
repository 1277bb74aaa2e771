// What there is to choose from.
import { useGet } from "../../core/use";
import type { DatasetRow, ModelRow, PersonRow } from "../../wire";

/** Known are the names that a setting of a kind may have: model, dataset, pool. */
export type Known = Record<string, string[]>;

/** useKnown asks for the names of models, data and pools; those that cannot be had are left out. */
export function useKnown(): Known {
  const models = useGet<ModelRow[]>("/api/models").value ?? [];
  const data = useGet<DatasetRow[]>("/api/datasets").value ?? [];
  return { model: distinct(models.map((m) => m.name)), dataset: data.map((d) => d.name), pool: usePools() };
}

/** usePools are the pools that people are in. */
export function usePools(): string[] {
  const people = useGet<PersonRow[]>("/api/people").value ?? [];
  return distinct(people.flatMap((p) => p.pools ?? [])).toSorted();
}

const distinct = (names: string[]): string[] => [...new Set(names)];
