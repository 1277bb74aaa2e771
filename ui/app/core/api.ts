// Requests to the server. What goes in and comes out is in wire.ts.
import type { Failure } from "../wire";
import { me } from "./state";

/** Failed is a request that the server refused, or that did not reach it; its words are for people. */
export class Failed extends Error {
  constructor(
    readonly failure: Failure,
    readonly status: number,
  ) {
    super(failure.says);
  }
  get next(): string | undefined {
    return this.failure.next;
  }
}

/** words says what went wrong and what to do next, whatever was thrown. */
export function words(error: unknown): string {
  if (error instanceof Failed) return both(error.failure);
  return error instanceof Error ? error.message : String(error);
}

/** both is a failure as one text: what went wrong, and what to do next. */
export function both(f: Failure): string {
  if (!f.next) return f.says;
  return `${f.says}${/[.!?…]$/.test(f.says) ? "" : "."} ${f.next}`;
}

const unreachable: Failure = {
  code: "unreachable",
  says: "The server cannot be reached.",
  next: "Check that workbench is running, and the network.",
};

/** skew is how many milliseconds the server's clock is ahead of this one, to a second. */
let skew = 0;

/** serverNow is the server's time, in milliseconds. */
export const serverNow = (): number => Date.now() + skew;

/** send makes a request and gives back the response; a refusal becomes Failed. */
export async function send(method: string, path: string, body?: unknown, more: RequestInit = {}): Promise<Response> {
  const init: RequestInit = { method, ...more, credentials: "same-origin" };
  if (body instanceof Blob) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (more.signal?.aborted) throw cause;
    throw new Failed(unreachable, 0);
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) < 1500 ? 0 : date - Date.now();
  if (response.ok) return response;
  if (response.status === 401) me.value = null;
  throw new Failed(await failure(response), response.status);
}

async function failure(response: Response): Promise<Failure> {
  try {
    const said = (await response.json()) as Failure & { error?: Failure & { message?: string } };
    const found = said.error ?? said;
    if (typeof found.says === "string") return found;
    if (said.error?.message) return { code: said.error.code ?? "invalid", says: said.error.message }; // as /v1 has it
  } catch {
    // no JSON: a proxy's page, say
  }
  return { code: "internal", says: `The server answered ${response.status} ${response.statusText}.` };
}

async function json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal ? { signal } : {});
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> => json<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body?: unknown): Promise<T> => json<T>("POST", path, body ?? {});
export const put = <T>(path: string, body: unknown): Promise<T> => json<T>("PUT", path, body);
export const patch = <T>(path: string, body: unknown): Promise<T> => json<T>("PATCH", path, body);
export const remove = <T>(path: string): Promise<T> => json<T>("DELETE", path);

/** lines reads a response of JSON lines as it comes, one value a line. */
export async function* lines<T>(response: Response): AsyncGenerator<T> {
  for await (const line of textLines(response)) yield JSON.parse(line) as T;
}

/** textLines are the lines of a response that are not empty, as they come. */
async function* textLines(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const parts = (rest + (value ?? "")).split(/\r?\n/);
      rest = done ? "" : (parts.pop() ?? "");
      for (const part of parts) if (part.trim() !== "") yield part;
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined); // whoever stops reading stops the work
  }
}

/** events reads a response of server-sent events as it comes, each of them JSON; [DONE] is none. */
export async function* events<T>(response: Response): AsyncGenerator<T> {
  for await (const line of textLines(response)) {
    const data = /^data: ?(.*)$/.exec(line)?.[1];
    if (data !== undefined && data !== "[DONE]") yield JSON.parse(data) as T;
  }
}

/** address joins parts of a path, each escaped: address("/api/flows", id). */
export const address = (base: string, ...parts: string[]): string =>
  [base, ...parts.map((part) => encodeURIComponent(part))].join("/");
