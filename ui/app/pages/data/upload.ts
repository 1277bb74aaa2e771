// Sending a file, with how far it is.
import type { Failure, ImportProgress } from "../../wire";
import { address } from "../../core/api";

/** Upload is a file on its way into the workbench. */
export interface Upload {
  sent: number; // bytes that have left the browser
  size: number; // of the file
  records: number; // that the server has read and found good
  read: number; // bytes that it has read
  done?: ImportProgress["done"];
  error?: Failure;
}

/** How is how a file is taken. */
export interface How {
  replace: boolean; // other data of the same name
  words: number; // of a passage of a book; 0 keeps paragraphs
}

/** Lines cuts text that comes piece by piece into values, one a line. */
export class Lines<T> {
  private rest = "";
  take(text: string): T[] {
    const parts = (this.rest + text).split("\n");
    this.rest = parts.pop() ?? "";
    return parts.filter((part) => part.trim() !== "").map((part) => JSON.parse(part) as T);
  }
  end(): T[] {
    return this.take("\n");
  }
}

/** told is an upload after the server has said something. */
export function told(upload: Upload, said: ImportProgress | Failure): Upload {
  if ("says" in said) return { ...upload, error: said }; // refused before it was read
  return {
    ...upload,
    read: said.bytes,
    records: said.records,
    ...(said.done && { done: said.done }),
    ...(said.error && { error: said.error }),
  };
}

const gone: Failure = { code: "unreachable", says: "The connection was lost before the import was done; nothing of it was kept.", next: "Import it again." };

/**
 * upload sends a file under a name, in place of other data of that name if replace says so, and says how
 * far it is whenever that changes; the function that it returns gives up. Only XMLHttpRequest tells how
 * much of a body was sent.
 */
export function upload(name: string, file: File, how: How, hear: (upload: Upload) => void): () => void {
  const request = new XMLHttpRequest();
  const lines = new Lines<ImportProgress | Failure>();
  let now: Upload = { sent: 0, size: file.size, records: 0, read: 0 };
  let taken = 0;
  const say = (next: Upload) => hear((now = next));
  const listen = () => {
    const said = lines.take(request.responseText.slice(taken));
    taken = request.responseText.length;
    for (const one of said) say(told(now, one));
  };
  const query = new URLSearchParams({ file: file.name, replace: String(how.replace), passage_words: String(how.words) });
  request.open("POST", `${address("/api/datasets", name)}?${query}`);
  request.upload.onprogress = (event) => say({ ...now, sent: event.loaded });
  request.onprogress = listen;
  request.onload = () => {
    listen();
    for (const one of lines.end()) say(told(now, one));
    if (!now.done && !now.error) say({ ...now, error: gone });
  };
  request.onerror = () => say({ ...now, error: gone });
  request.send(file);
  return () => request.abort();
}

/** isBook says whether a file is plain text, of which passages are made. */
export const isBook = (file: string): boolean => /\.(txt|text)(\.gz|\.zst)?$/i.test(file);

/** nameFor makes a dataset's name of a file's: letters, digits, - and _, a letter first. */
export function nameFor(file: string): string {
  const base = file.replace(/\.(gz|zst)$/i, "").replace(/\.[a-z]+$/i, "").normalize("NFKD").replace(/\p{M}+/gu, "");
  const name = base.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+/, "").toLowerCase();
  return (/^[a-z]/.test(name) ? name : `data-${name}`).slice(0, 64).replace(/-+$/, "");
}
