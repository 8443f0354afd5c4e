import { after, type Stop } from '../clock.ts';
import { CommandConnection, CommandFailed, type ConnectionNews } from '../commands.ts';
import { objectIn, textIn, type JsonObject } from '../json.ts';
import { faultOf, type Fault, type MediaEvent } from '../wire.ts';
import type { MediaUpdate, SessionState } from './hook.ts';

/** What an EchoSession tells its page. */
export type EchoNews =
  | { readonly type: 'state'; readonly state: SessionState }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'remote'; readonly stream: MediaStream }
  | { readonly type: 'channel'; readonly isOpen: boolean }
  | { readonly type: 'message'; readonly text: string }
  /** Something failed and the session goes on. */
  | { readonly type: 'warning'; readonly fault: Fault };

interface Candidate {
  readonly sdpMid: string;
  readonly sdpMLineIndex: number;
  readonly candidate: string;
}

/** Longest wait for the broker's `destroyed` once we asked for it. */
const goodbyeTimeoutMs = 2000;

/** Candidates kept until the session has its id; a machine with more addresses than that has enough. */
const mostEarlyCandidates = 64;

/** One echo session: a peer connection, the command connection that owns the session, and what joins the two. */
export class EchoSession {
  readonly #say: (news: EchoNews) => void;
  readonly #peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly #channel: RTCDataChannel;
  readonly #early: (Candidate | 'end')[] = [];
  #connection: CommandConnection | undefined;
  #state: SessionState = { name: 'connecting' };
  #stopGoodbye: Stop = () => undefined;

  /** The tracks of `stream` stay the caller's. */
  constructor(stream: MediaStream, say: (news: EchoNews) => void) {
    this.#say = say;
    for (const track of stream.getTracks()) this.#peer.addTrack(track, stream);
    this.#channel = this.#peer.createDataChannel('echo');
    this.#listen();
  }

  /** Logs in at `url` and creates the session. Every failure is told as the state `ended`. */
  async start(url: URL, settings: MediaUpdate): Promise<void> {
    try {
      this.#enter({ name: 'connecting' });
      const connection = await CommandConnection.open(url, 'echo-demo', (news) => this.#hear(news));
      if (this.#state.name === 'ended') {
        connection.close();
        return;
      }
      this.#connection = connection;
      await this.#negotiate(connection, settings);
    } catch (cause) {
      this.#end(faultFrom(cause));
    }
  }

  /** Asks the broker to end the session; told as the state `ended` when it has. */
  stop(): void {
    if (this.#state.name !== 'running') return this.#end();
    const { sessionId } = this.#state;
    this.#enter({ name: 'stopping', sessionId });
    this.#stopGoodbye = after(goodbyeTimeoutMs, () => this.#end());
    this.#command('destroy', {}).catch(() => this.#end());
  }

  /** Drops both connections at once: the page is being left, and the broker ends the session with its connection. */
  leave(): void {
    this.#end({ name: 'page_left', text: 'This page was left, and its session with it' });
  }

  /** Rejects with CommandFailed. */
  async update(changes: MediaUpdate): Promise<void> {
    await this.#command('update_media', changes);
  }

  /** False while the data channel is not open. */
  send(text: string): boolean {
    if (this.#channel.readyState !== 'open') return false;
    this.#channel.send(text);
    return true;
  }

  /** The connection's statistics, of which `counters.ts` makes sense. */
  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  #listen(): void {
    const peer = this.#peer;
    peer.addEventListener('icecandidate', ({ candidate }) => this.#trickle(candidate));
    peer.addEventListener('connectionstatechange', () => this.#follow(peer.connectionState));
    peer.addEventListener('track', ({ streams: [stream] }) => {
      if (stream !== undefined) this.#say({ type: 'remote', stream });
    });
    this.#channel.addEventListener('open', () => this.#say({ type: 'channel', isOpen: true }));
    this.#channel.addEventListener('close', () => this.#say({ type: 'channel', isOpen: false }));
    this.#channel.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#say({ type: 'message', text: data });
    });
  }

  async #negotiate(connection: CommandConnection, settings: MediaUpdate): Promise<void> {
    this.#enter({ name: 'negotiating' });
    await this.#peer.setLocalDescription();
    const offer = { sdp: this.#peer.localDescription?.sdp ?? '', trickle_ice: true };
    const created = await connection.request('media', 'session', 'create', {
      type: 'echo',
      wait_reply: true,
      offer,
      ...settings,
    });
    if (this.#state.name === 'ended') return;
    const sessionId = textIn(created, 'session_id');
    const sdp = textIn(objectIn(created, 'answer') ?? {}, 'sdp');
    if (sessionId === undefined || sdp === undefined) throw new CommandFailed(noAnswerFault);
    this.#enter({ name: 'running', sessionId, media: this.#peer.connectionState });
    for (const candidate of this.#early.splice(0)) this.#sendCandidate(candidate);
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
  }

  /** An empty candidate ends one round of gathering and says nothing; null ends them all (W3C WebRTC 4.8.1). */
  #trickle(candidate: RTCIceCandidate | null): void {
    if (candidate?.candidate === '') return;
    const found = candidate === null ? 'end' : candidateOf(candidate);
    if (this.#state.name === 'running') this.#sendCandidate(found);
    else if (this.#early.length < mostEarlyCandidates) this.#early.push(found);
  }

  #sendCandidate(candidate: Candidate | 'end'): void {
    const sent =
      candidate === 'end'
        ? this.#command('set_candidate_end', {})
        : this.#command('set_candidate', candidate);
    sent.catch((cause: unknown) => this.#warn(cause));
  }

  #command(cmd: string, data: object): Promise<JsonObject> {
    const state = this.#state;
    if (this.#connection === undefined || !('sessionId' in state))
      return Promise.reject(new CommandFailed(noSessionFault));
    return this.#connection.request('media', 'session', cmd, { session_id: state.sessionId, ...data });
  }

  #hear(news: ConnectionNews): void {
    if (news.type === 'closed') return this.#end(news.fault);
    const { event } = news;
    this.#say({ type: 'event', event });
    // Before that the reply to `create` says more: it has the hint.
    if (event.type === 'destroyed' && 'sessionId' in this.#state && event.obj_id === this.#state.sessionId)
      this.#end(this.#state.name === 'stopping' ? undefined : destroyedFault(event));
  }

  #follow(media: RTCPeerConnectionState): void {
    if (media === 'failed') return this.#end(noPathFault);
    if (this.#state.name === 'running') this.#enter({ ...this.#state, media });
  }

  #warn(cause: unknown): void {
    if (this.#state.name === 'running') this.#say({ type: 'warning', fault: faultFrom(cause) });
  }

  #enter(state: SessionState): void {
    if (this.#state.name === 'ended') return;
    this.#state = state;
    this.#say({ type: 'state', state });
  }

  #end(fault?: Fault): void {
    if (this.#state.name === 'ended') return;
    this.#stopGoodbye();
    this.#enter({ name: 'ended', ...(fault && { fault }) });
    this.#connection?.close();
    this.#peer.close();
  }
}

function candidateOf({ sdpMid, sdpMLineIndex, candidate }: RTCIceCandidate): Candidate {
  return { sdpMid: sdpMid ?? '', sdpMLineIndex: sdpMLineIndex ?? 0, candidate };
}

/** What to show of anything that was thrown. */
export function faultFrom(cause: unknown): Fault {
  if (cause instanceof CommandFailed) return cause.fault;
  if (cause instanceof Error) return { name: cause.name, text: cause.message };
  return { name: 'error', text: String(cause) };
}

function destroyedFault({ body }: MediaEvent): Fault {
  const { text, ...rest } = faultOf(body);
  return {
    ...rest,
    name: textIn(body, 'name') ?? 'destroyed',
    text: `The broker ended the session: ${text}`,
  };
}

const noSessionFault: Fault = { name: 'no_session', text: 'There is no session to change' };
const noAnswerFault: Fault = { name: 'no_answer', text: 'The broker replied without an answer' };
const noPathFault: Fault = {
  name: 'no_media_path',
  text: 'No media got through between this browser and the broker',
  hint: "Is the broker's UDP media port reachable from here? Its announced address is a setting.",
};
