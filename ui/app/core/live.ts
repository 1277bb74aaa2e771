// What happens on the server, as it happens: one websocket, topics as signals.
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { News, Watch } from "../wire";
import { get } from "./api";
import { Socket, type Link } from "./socket";

interface Heard {
  news: Signal<News | undefined>;
  watchers: number;
  from: number; // of a run: the step from which metrics are still missing
  listeners: Set<(news: News) => void>;
}

const topics = new Map<string, Heard>();
const socket = signal<Socket | undefined>(undefined);

/** live is how the connection stands. */
export const live: ReadonlySignal<Link> = computed(() => socket.value?.link.value ?? { state: "closed", attempts: 0 });

/**
 * watch hears a topic (see Watch in wire.ts) until the function that it returns is called. Each news goes
 * to hear, and the last is kept for others who watch the same. After a break the topic is watched anew;
 * a run's metrics then go on where they stopped.
 */
export function watch(topic: string, hear: (news: News) => void, from = 0): () => void {
  let heard = topics.get(topic);
  if (!heard) {
    heard = { news: signal(undefined), watchers: 0, from, listeners: new Set() };
    topics.set(topic, heard);
  }
  const it = heard;
  it.watchers++;
  it.listeners.add(hear);
  if (it.news.peek()) hear(it.news.peek() as News);
  connect();
  if (it.watchers === 1) tell({ op: "watch", topic, from: it.from });
  return () => {
    it.listeners.delete(hear);
    if (--it.watchers > 0) return;
    topics.delete(topic);
    tell({ op: "unwatch", topic });
  };
}

/** useTopic is the latest news of a topic, while a component is there. */
export function useTopic(topic: string): ReadonlySignal<News | undefined> {
  const news = useMemo(() => signal<News | undefined>(undefined), [topic]);
  useEffect(() => watch(topic, (said) => (news.value = said)), [topic]);
  return news;
}

/** hangUp ends the connection: nobody is signed in any more. */
export function hangUp(): void {
  socket.peek()?.close();
  socket.value = undefined;
}

function connect(): void {
  if (socket.peek()) return;
  socket.value = new Socket("/ws/live", {
    open: () => {
      for (const [topic, heard] of topics) tell({ op: "watch", topic, from: heard.from });
    },
    message: (data) => receive(data as News),
    lost: () => void get("/api/me").catch(() => undefined), // notices that the session has ended
  });
}

function tell(message: Watch): void {
  socket.peek()?.send(message); // without a connection: when it opens
}

function receive(news: News): void {
  const heard = topics.get(news.topic);
  if (!heard) return;
  for (const series of news.metrics ?? []) heard.from = Math.max(heard.from, (series.steps.at(-1) ?? -1) + 1);
  heard.news.value = news;
  for (const listener of heard.listeners) listener(news);
}
