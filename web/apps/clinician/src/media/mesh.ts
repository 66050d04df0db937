import type { Call, MediaEngine, Signalling } from './engine';

type Signal =
  | { kind: 'description'; description: RTCSessionDescriptionInit }
  | { kind: 'candidate'; candidate: RTCIceCandidateInit | null };
/** `id` is that of the sender's joining, so that nothing of an earlier one is taken for this one. */
type Message = { kind: 'leave' } | ({ id: string } & (Signal | { kind: 'join'; answers: boolean }));

const politePatienceMs = 12_000;
const patienceMs = 8_000;
const out: Call = { state: 'out', remote: null };

/**
 * Two browsers, directly: "perfect negotiation" (w3.org/TR/webrtc, §10.7), so that both may begin at once; the `polite`
 * one gives way. A tab that joins again, or another tab of the other side, takes the place of the one before. Two who
 * join at the same moment meet once; where a signal was lost on the way, it joins again by itself.
 */
export class Mesh implements MediaEngine {
  private call: Call = out;
  private readonly watchers = new Set<() => void>();
  private own: MediaStream | null = null;
  private peer: Peer | null = null;
  private id = '';
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly signalling: Signalling,
    private readonly polite: boolean,
    private readonly servers: () => Promise<RTCIceServer[]>,
  ) {}

  /** Listens to the other side until it is closed, which hangs up. */
  open(): () => void {
    const forgets = [
      this.signalling.hear((from, message) => void this.take(from, message as Message)),
      this.signalling.onGone((seat) => {
        if (this.peer?.seat === seat) this.alone();
      }),
    ];
    return () => {
      this.leave();
      for (const forget of forgets) forget();
    };
  }

  private iceServers: RTCIceServer[] = [];

  async join(own: MediaStream): Promise<void> {
    this.own = own;
    this.set({ state: 'waiting', remote: null });
    this.iceServers = await this.servers().catch(() => []);
    if (this.own === own) this.announce();
  }

  private announce(): void {
    this.id = crypto.randomUUID();
    this.signalling.send(null, { kind: 'join', id: this.id, answers: false } satisfies Message);
  }

  leave(): void {
    if (!this.own) return;
    for (const track of this.own.getTracks()) track.stop();
    this.own = null;
    this.part();
    this.signalling.send(null, { kind: 'leave' } satisfies Message);
    this.set(out);
  }

  readonly read = (): Call => this.call;

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  private async take(from: string, message: Message): Promise<void> {
    if (!this.own) return;
    if (message.kind === 'leave') {
      if (this.peer?.seat === from) this.alone();
      return;
    }
    const isKnown = this.peer?.seat === from && this.peer.id === message.id;
    if (message.kind === 'join') {
      const answer: Message = { kind: 'join', id: this.id, answers: true };
      if (!message.answers) this.signalling.send(from, answer);
      if (!isKnown) this.meet(from, message.id, this.own);
      return;
    }
    if (!isKnown) {
      if (message.kind !== 'description' || message.description.type !== 'offer') return;
      this.meet(from, message.id, this.own);
    }
    await this.peer?.take(message);
  }

  private meet(seat: string, id: string, own: MediaStream): void {
    this.part();
    const peer = new Peer(seat, id, this.polite, this.iceServers, {
      send: (signal) => this.signalling.send(seat, { ...signal, id: this.id } satisfies Message),
      changed: (state, remote) => {
        if (this.peer !== peer || !this.own) return;
        if (state === 'connected') clearTimeout(this.patience);
        this.set({ state, remote });
      },
    });
    this.peer = peer;
    this.patience = setTimeout(() => this.joinAgain(), this.polite ? politePatienceMs : patienceMs);
    this.set({ state: 'connecting', remote: null });
    peer.begin(own);
  }

  private joinAgain(): void {
    if (!this.own) return;
    this.alone();
    this.announce();
  }

  private part(): void {
    clearTimeout(this.patience);
    this.peer?.close();
    this.peer = null;
  }

  private alone(): void {
    this.part();
    if (this.own) this.set({ state: 'waiting', remote: null });
  }

  private set(call: Call): void {
    this.call = call;
    for (const watcher of this.watchers) watcher();
  }
}

interface Wires {
  send(signal: Signal): void;
  changed(state: Call['state'], remote: MediaStream | null): void;
}

/** One other browser. */
class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly remote = new MediaStream();
  private making = false;
  private ignoring = false;
  private closed = false;

  constructor(
    readonly seat: string,
    readonly id: string,
    private readonly polite: boolean,
    iceServers: RTCIceServer[],
    private readonly wires: Wires,
  ) {
    const connection = new RTCPeerConnection({ iceServers });
    this.connection = connection;
    connection.onnegotiationneeded = () => void this.offer();
    connection.onicecandidate = ({ candidate }) =>
      wires.send({ kind: 'candidate', candidate: candidate?.toJSON() ?? null });
    connection.ontrack = ({ track }) => {
      this.remote.addTrack(track);
      this.tell();
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed') connection.restartIce();
      this.tell();
    };
  }

  begin(own: MediaStream): void {
    for (const track of own.getTracks()) this.connection.addTrack(track, own);
  }

  async take(message: Signal): Promise<void> {
    try {
      if (message.kind === 'description') await this.describe(message.description);
      else if (message.candidate) await this.connection.addIceCandidate(message.candidate);
    } catch (failure) {
      if (!this.ignoring && !this.closed) console.warn('signal not used', failure);
    }
  }

  close(): void {
    this.closed = true;
    this.connection.close();
  }

  private async offer(): Promise<void> {
    try {
      this.making = true;
      await this.connection.setLocalDescription();
      this.describeOwn();
    } catch (failure) {
      if (!this.closed) console.warn('no offer', failure);
    } finally {
      this.making = false;
    }
  }

  private async describe(description: RTCSessionDescriptionInit): Promise<void> {
    const collides =
      description.type === 'offer' && (this.making || this.connection.signalingState !== 'stable');
    this.ignoring = !this.polite && collides;
    if (this.ignoring) return;
    await this.connection.setRemoteDescription(description);
    if (description.type !== 'offer') return;
    await this.connection.setLocalDescription();
    this.describeOwn();
  }

  private describeOwn(): void {
    const description = this.connection.localDescription;
    if (description) this.wires.send({ kind: 'description', description: description.toJSON() });
  }

  private tell(): void {
    if (this.closed) return;
    const state = this.connection.connectionState;
    const word =
      state === 'connected' ? 'connected' : state === 'new' || state === 'connecting' ? 'connecting' : 'lost';
    this.wires.changed(word, this.remote.getTracks().length > 0 ? this.remote : null);
  }
}
