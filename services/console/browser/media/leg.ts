import { after, type Stop } from '../clock.ts';
import { CommandFailed, faultFrom, type CommandConnection } from '../commands.ts';
import { numberIn, objectIn, textIn, type JsonObject } from '../json.ts';
import { faultOf, type Fault, type MediaEvent } from '../wire.ts';
import type { LegState } from './leg-state.ts';
import type { MediaUpdate } from './update.ts';

/** What a Leg tells its owner. */
export type LegNews =
  | { readonly type: 'state'; readonly state: LegState }
  | { readonly type: 'remote'; readonly stream: MediaStream }
  /** Something failed and the leg goes on. */
  | { readonly type: 'warning'; readonly fault: Fault };

interface Candidate {
  readonly sdpMid: string;
  readonly sdpMLineIndex: number;
  readonly candidate: string;
}

/** Longest wait for the broker's `destroyed` once we asked for it. */
const goodbyeTimeoutMs = 2000;

/** Candidates kept until they may be sent; a machine with more addresses than that has enough. */
const mostEarlyCandidates = 64;

/**
 * One media session: a peer connection of this browser, and the commands that join it to the broker. The connection
 * that carries the commands, and the tracks sent, stay the owner's.
 */
export class Leg {
  readonly #connection: CommandConnection;
  readonly #say: (news: LegNews) => void;
  readonly #peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  /** For tracks that belong to no stream of the other side. */
  readonly #loose = new MediaStream();
  /** Our candidates before the broker can take them; undefined once it can. */
  #early: (Candidate | 'end')[] | undefined = [];
  /** The broker's candidates before its description is applied; undefined once it is. */
  #earlyRemote: JsonObject[] | undefined = [];
  #state: LegState = { name: 'negotiating' };
  #stopGoodbye: Stop = () => undefined;

  /** `stream` is what to send, if anything. `prepare` sees the peer connection before it negotiates. */
  constructor(
    connection: CommandConnection,
    say: (news: LegNews) => void,
    stream?: MediaStream,
    prepare: (peer: RTCPeerConnection) => void = () => undefined,
  ) {
    this.#connection = connection;
    this.#say = say;
    for (const track of stream?.getTracks() ?? []) this.#peer.addTrack(track, stream ?? this.#loose);
    prepare(this.#peer);
    this.#listen();
  }

  /** Creates a session of our offer; the answer comes with the reply or as an event. Failures are told as `ended`. */
  async offer(create: object): Promise<void> {
    await this.#attempt(async () => {
      this.#enter({ name: 'negotiating' });
      await this.#peer.setLocalDescription();
      const created = await this.#create({ ...create, offer: this.#localDescription() });
      if (created === undefined) return;
      this.#trickleFromNowOn();
      const answer = textIn(objectIn(created, 'answer') ?? {}, 'sdp');
      if (answer !== undefined) await this.#take(answer);
    });
  }

  /** Creates a session that makes the offer, and answers it. Failures are told as `ended`. */
  async answer(create: object): Promise<void> {
    await this.#attempt(async () => {
      this.#enter({ name: 'negotiating' });
      const created = await this.#create({ ...create, wait_reply: true });
      if (created === undefined) return;
      const sdp = textIn(objectIn(created, 'offer') ?? {}, 'sdp');
      if (sdp === undefined) throw new CommandFailed(noOfferFault);
      await this.#peer.setRemoteDescription({ type: 'offer', sdp });
      this.#takeCandidatesFromNowOn();
      await this.#peer.setLocalDescription();
      await this.command('set_answer', { answer: this.#localDescription() });
      this.#trickleFromNowOn();
      this.#run();
    });
  }

  /** Takes an event of the connection; those of other sessions are none of ours. */
  hear(event: MediaEvent): void {
    if (event.subclass !== 'session' || !('sessionId' in this.#state)) return;
    if (event.obj_id !== this.#state.sessionId) return;
    if (event.type === 'destroyed')
      return this.#end(this.#state.name === 'stopping' ? undefined : destroyedFault(event));
    if (event.type === 'candidate') return this.#takeCandidate(event.body);
    const answer = event.type === 'answer' ? textIn(objectIn(event.body, 'answer') ?? {}, 'sdp') : undefined;
    if (answer !== undefined && this.#peer.signalingState === 'have-local-offer')
      void this.#attempt(() => this.#take(answer));
  }

  /** Asks the broker to end the session; told as the state `ended` when it has. */
  stop(): void {
    if (this.#state.name === 'stopping') return;
    if (!('sessionId' in this.#state)) return this.#end();
    const stopped = this.command('destroy', {});
    this.#enter({ name: 'stopping', sessionId: this.#state.sessionId });
    this.#stopGoodbye = after(goodbyeTimeoutMs, () => this.#end());
    stopped.catch(() => this.#end());
  }

  /** The connection is gone, or about to go, and the session with it. */
  drop(fault?: Fault): void {
    this.#end(fault);
  }

  /** Rejects with CommandFailed. */
  async update(changes: MediaUpdate): Promise<void> {
    await this.command('update_media', changes);
  }

  /** A command of this session. Rejects with CommandFailed. */
  command(cmd: string, data: object): Promise<JsonObject> {
    if (!('sessionId' in this.#state)) return Promise.reject(new CommandFailed(noSessionFault));
    return this.#connection.request('media', 'session', cmd, {
      session_id: this.#state.sessionId,
      ...data,
    });
  }

  /** The connection's statistics, of which `counters.ts` makes sense. */
  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  #listen(): void {
    const peer = this.#peer;
    peer.addEventListener('icecandidate', ({ candidate }) => this.#trickle(candidate));
    peer.addEventListener('connectionstatechange', () => this.#follow(peer.connectionState));
    peer.addEventListener('track', ({ track, streams: [stream] }) => {
      if (stream === undefined) this.#loose.addTrack(track);
      this.#say({ type: 'remote', stream: stream ?? this.#loose });
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if ('sessionId' in this.#state) this.command('destroy', {}).catch(() => undefined);
      this.#end(faultFrom(cause));
    }
  }

  /** Undefined if we were stopped meanwhile: nobody wants the session any more. */
  async #create(data: object): Promise<JsonObject | undefined> {
    const created = await this.#connection.request('media', 'session', 'create', data);
    const sessionId = textIn(created, 'session_id');
    if (sessionId === undefined) throw new CommandFailed(noIdFault);
    if (this.#state.name === 'ended') {
      const gone = { session_id: sessionId };
      this.#connection.request('media', 'session', 'destroy', gone).catch(() => undefined);
      return undefined;
    }
    this.#enter({ name: 'waiting', sessionId });
    return created;
  }

  #localDescription(): object {
    return { sdp: this.#peer.localDescription?.sdp ?? '', trickle_ice: true };
  }

  async #take(sdp: string): Promise<void> {
    if (this.#peer.signalingState !== 'have-local-offer') return;
    this.#run();
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
    this.#takeCandidatesFromNowOn();
  }

  #run(): void {
    if (this.#state.name !== 'waiting') return;
    const { sessionId } = this.#state;
    this.#enter({ name: 'running', sessionId, media: this.#peer.connectionState });
  }

  /** An empty candidate ends one round of gathering and says nothing; null ends them all (W3C WebRTC 4.8.1). */
  #trickle(candidate: RTCIceCandidate | null): void {
    if (candidate?.candidate === '') return;
    const found = candidate === null ? 'end' : candidateOf(candidate);
    if (this.#early === undefined) this.#sendCandidate(found);
    else if (this.#early.length < mostEarlyCandidates) this.#early.push(found);
  }

  #trickleFromNowOn(): void {
    const found = this.#early ?? [];
    this.#early = undefined;
    for (const candidate of found) this.#sendCandidate(candidate);
  }

  #sendCandidate(candidate: Candidate | 'end'): void {
    if (this.#state.name !== 'waiting' && this.#state.name !== 'running') return;
    const sent =
      candidate === 'end' ? this.command('set_candidate_end', {}) : this.command('set_candidate', candidate);
    sent.catch((cause: unknown) => this.#warn(cause));
  }

  #takeCandidate(candidate: JsonObject): void {
    if (this.#earlyRemote === undefined) this.#addCandidate(candidate);
    else if (this.#earlyRemote.length < mostEarlyCandidates) this.#earlyRemote.push(candidate);
  }

  #takeCandidatesFromNowOn(): void {
    const found = this.#earlyRemote ?? [];
    this.#earlyRemote = undefined;
    for (const candidate of found) this.#addCandidate(candidate);
  }

  #addCandidate(body: JsonObject): void {
    const candidate = {
      candidate: textIn(body, 'candidate') ?? '',
      sdpMid: textIn(body, 'sdpMid') ?? null,
      sdpMLineIndex: numberIn(body, 'sdpMLineIndex') ?? null,
    };
    this.#peer.addIceCandidate(candidate).catch((cause: unknown) => this.#warn(cause));
  }

  #follow(media: RTCPeerConnectionState): void {
    if (media === 'failed') return this.#end(noPathFault);
    if (this.#state.name === 'running') this.#enter({ ...this.#state, media });
  }

  #warn(cause: unknown): void {
    if (this.#state.name === 'waiting' || this.#state.name === 'running')
      this.#say({ type: 'warning', fault: faultFrom(cause) });
  }

  #enter(state: LegState): void {
    if (this.#state.name === 'ended') return;
    this.#state = state;
    this.#say({ type: 'state', state });
  }

  #end(fault?: Fault): void {
    if (this.#state.name === 'ended') return;
    this.#stopGoodbye();
    this.#peer.close();
    this.#enter({ name: 'ended', ...(fault && { fault }) });
  }
}

function candidateOf({ sdpMid, sdpMLineIndex, candidate }: RTCIceCandidate): Candidate {
  return { sdpMid: sdpMid ?? '', sdpMLineIndex: sdpMLineIndex ?? 0, candidate };
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
const noIdFault: Fault = { name: 'no_session', text: 'The broker replied without a session' };
const noOfferFault: Fault = { name: 'no_offer', text: 'The broker replied without an offer' };
const noPathFault: Fault = {
  name: 'no_media_path',
  text: 'No media got through between this browser and the broker',
  hint: "Is the broker's UDP media port reachable from here? Its announced address is a setting.",
};
