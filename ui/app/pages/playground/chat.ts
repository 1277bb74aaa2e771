// Asking a model over the API that programs use too, /v1/chat/completions, piece by piece.
import { Failed, events, post, send } from "../../core/api";

/** Turn is one part of a conversation. */
export interface Turn {
  role: "system" | "user" | "assistant";
  content: string;
}

/** Settings are how both models write. */
export interface Settings {
  temperature: number;
  max_tokens: number;
}

/** Said is what a model has answered so far. */
export interface Said {
  id: string; // under which the server keeps it; empty until the first piece
  text: string;
  end: string; // why it ended: stop or length; empty while it goes on
}

export const nothing: Said = { id: "", text: "", end: "" };

/** Piece is what the server sends of an answer, as OpenAI's API has it. */
export interface Piece {
  id?: string;
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  error?: { message: string; code?: string | null };
}

/** grown is an answer after a piece has come. */
export function grown(said: Said, piece: Piece): Said {
  const choice = piece.choices?.[0];
  return { id: said.id || (piece.id ?? ""), text: said.text + (choice?.delta?.content ?? ""), end: choice?.finish_reason ?? said.end };
}

/** chat asks a model to go on with a conversation, and tells each time when more of the answer is there. */
export async function chat(model: string, messages: Turn[], settings: Settings, tell: (said: Said) => void, signal: AbortSignal): Promise<void> {
  const response = await send("POST", "/v1/chat/completions", { model, messages, stream: true, ...settings }, { signal });
  let said = nothing;
  for await (const piece of events<Piece>(response)) {
    if (piece.error) throw new Failed({ code: piece.error.code ?? "internal", says: piece.error.message }, 200);
    said = grown(said, piece);
    tell(said);
  }
  if (said.end === "") throw new Failed({ code: "internal", says: "The answer broke off.", next: "Ask again." }, 200);
}

/** Vote says which of two answers is better. */
export type Vote = "left" | "right" | "tie";

/** tellVote keeps a vote as a comparison in a dataset. */
export async function tellVote(vote: Vote, ids: { left: string; right: string }, dataset: string): Promise<void> {
  const { left, right } = ids;
  const which = vote === "tie" ? { tie: [left, right] } : vote === "left" ? { chosen: left, rejected: right } : { chosen: right, rejected: left };
  await post("/v1/feedback", { kind: "comparison", ...which, dataset });
}
