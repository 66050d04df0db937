/** Where a call stands: nobody else is in it yet, two browsers look for each other, they have, they lost each other. */
export type CallState = 'out' | 'waiting' | 'connecting' | 'connected' | 'lost';

export interface Call {
  state: CallState;
  /** What the other side sends; null before it does. */
  remote: MediaStream | null;
}

/**
 * Brings sound and picture from one member of a visit to the other. Pages know this and not how it is done: between two
 * browsers (`mesh`) or by a server.
 */
export interface MediaEngine {
  /** Takes part with what `own` holds. */
  join(own: MediaStream): Promise<void>;
  /** Hangs up; the other side is told. */
  leave(): void;
  /** The call as it is; the same object until it changes. */
  read(): Call;
  watch(watcher: () => void): () => void;
}

/** How engines speak to each other before they can: small messages to one tab, or to all others of the visit. */
export interface Signalling {
  send(to: string | null, message: unknown): void;
  hear(hearer: (from: string, message: unknown) => void): () => void;
  /** Told when a tab has left. */
  onGone(hearer: (seat: string) => void): () => void;
}
