// A websocket that comes back by itself.
import { signal, type ReadonlySignal } from "@preact/signals";
import { backoff } from "./backoff";

/** Link is how a connection stands. Attempts counts what failed since it last stood. */
export interface Link {
  state: "connecting" | "open" | "lost" | "closed";
  attempts: number;
}

/** Socket is a connection that is made anew, with growing pauses, until it is closed. */
export class Socket {
  private readonly status = signal<Link>({ state: "connecting", attempts: 0 });
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly path: string,
    private readonly hear: { open: () => void; message: (data: unknown) => void; lost?: () => void },
  ) {
    addEventListener("online", this.now);
    addEventListener("offline", this.drop);
    this.connect();
  }

  get link(): ReadonlySignal<Link> {
    return this.status;
  }

  /** send gives a message to the connection; false where there is none now. */
  send(message: unknown): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** drop ends a connection that no longer answers; it comes back. */
  readonly drop = (): void => {
    this.lose(this.socket);
  };

  /** now tries again without waiting for the pause to end. */
  readonly now = (): void => {
    if (this.status.peek().state === "lost") this.connect();
  };

  /** close ends it for good. */
  close(): void {
    removeEventListener("online", this.now);
    removeEventListener("offline", this.drop);
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    this.status.value = { state: "closed", attempts: 0 };
    socket?.close();
  }

  private connect(): void {
    clearTimeout(this.timer);
    this.status.value = { ...this.status.peek(), state: "connecting" };
    const socket = new WebSocket(new URL(this.path, location.href.replace(/^http/, "ws")));
    this.socket = socket;
    socket.onopen = () => {
      if (this.socket !== socket) return;
      this.status.value = { state: "open", attempts: 0 };
      this.hear.open();
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.hear.message(JSON.parse(String(event.data)));
    };
    socket.onclose = () => this.lose(socket);
  }

  private lose(socket: WebSocket | undefined): void {
    if (!socket || this.socket !== socket) return; // one that was given up before
    this.socket = undefined;
    socket.close();
    const attempts = this.status.peek().attempts + 1;
    this.status.value = { state: "lost", attempts };
    this.timer = setTimeout(() => this.connect(), backoff(attempts, Math.random()));
    this.hear.lost?.();
  }
}
