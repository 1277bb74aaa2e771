// Values of the server that stay fresh.
import { useEffect } from "preact/hooks";
import type { News } from "../wire";
import { useTopic } from "./live";
import { useGet, type Loaded } from "./use";

/** useFresh is what a path gives, replaced by what the news of a topic say since. */
export function useFresh<T>(path: string, topic: string, pick: (news: News) => T | undefined): Loaded<T> {
  const loaded = useGet<T>(path);
  const news = useTopic(topic).value;
  useEffect(() => {
    const said = news && !news.error && pick(news);
    if (said) loaded.set(said);
  }, [news]);
  return loaded;
}
