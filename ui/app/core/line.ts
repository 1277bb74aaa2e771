import type { ReadonlySignal } from "@preact/signals";
import type { Ask, Reply } from "../wire";
import { Socket, type Link } from "./socket";

/** Lost says that a question got no answer: nobody knows whether the server has heard it. */
export class Lost extends Error {}

/** TooLong says that a question was not sent, since the server would not take so much. */
export class TooLong extends Error {}

const most = 1_000_000; // bytes of a message; the server ends the connection at a little more

/** Question is an Ask that has no number yet. */
export type Question = Omit<Ask, "id">;

/** Line is a connection on which every question gets an answer, or is lost. */
export interface Line {
  readonly link: ReadonlySignal<Link>;
  /** ask rejects with Lost when there is no connection, when it breaks, or when it stays silent; and with TooLong. */
  ask(question: Question): Promise<Reply>;
  close(): void;
}

const patience = 10_000; // milliseconds, after which a silent connection counts as broken

/** dial opens the line of an annotator. said hears what was not asked for; opened is called at each connection, lost at each break. */
export function dial(hear: { said: (reply: Reply) => void; opened: () => void; lost: () => void }): Line {
  const waiting = new Map<number, { take: (reply: Reply) => void; lose: (why: Lost) => void; timer: ReturnType<typeof setTimeout> }>();
  let last = 0;
  const forget = (): void => {
    for (const one of waiting.values()) {
      clearTimeout(one.timer);
      one.lose(new Lost("the connection broke"));
    }
    waiting.clear();
  };
  const socket = new Socket("/ws/work", {
    open: hear.opened,
    message: (data) => {
      const reply = data as Reply;
      const one = waiting.get(reply.id);
      if (!one) {
        if (reply.id === 0) hear.said(reply);
        return;
      }
      waiting.delete(reply.id);
      clearTimeout(one.timer);
      one.take(reply);
    },
    lost: () => {
      forget();
      hear.lost();
    },
  });
  return {
    link: socket.link,
    ask: (question) =>
      new Promise((take, lose) => {
        const id = ++last;
        if (new Blob([JSON.stringify(question)]).size > most) return lose(new TooLong("the answer is too long to be sent"));
        if (!socket.send({ ...question, id } satisfies Ask)) return lose(new Lost("there is no connection"));
        waiting.set(id, { take, lose, timer: setTimeout(socket.drop, patience) });
      }),
    close: () => {
      socket.close();
      forget();
    },
  };
}
