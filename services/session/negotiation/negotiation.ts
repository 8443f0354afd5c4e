import { MediaError } from '#schemas';
import type { Answer, Description, Negotiated, Offer, SdpType, SessionId } from '#schemas';
import type { Asker, EndReason, RequestNumber, SessionOutput } from '../messages.ts';
import type { Links } from '../links/links.ts';
import { made, reply, replyTo, tell, tellCandidates } from '../outputs.ts';
import type { BackendRole, MediaUpdate } from '../ports.ts';
import type { SessionConfig } from '../session-config.ts';
import { backendRole, hasLeg, isAnsweredByPeer } from '../session-types.ts';
import { candidatesKeptForMs, CandidateGate, type Trickled } from '../trickle/candidate-gate.ts';
import { Gathering, type Side } from '../trickle/gathering.ts';
import { Descriptions } from './descriptions.ts';
import type { Operations, Pending } from './operations.ts';
import type { Wanted } from './waiters.ts';

/** The session that a negotiation is part of. */
export interface NegotiationGround {
  readonly operations: Operations;
  readonly links: Links;
  /** What flows when the leg is opened. */
  hand(): MediaUpdate;
  /** Ends the session. */
  end(cause: EndReason | MediaError): SessionOutput[];
  /** Asks the master to take an answer that is to be its own too; undefined if there is none to ask. */
  propose(answer: Negotiated): SessionOutput[] | undefined;
  /** The master has not taken it, and the session cannot go on without. */
  refused(error: MediaError): SessionOutput[];
  /** The session has its answer from now on; `by`: the slave that brought it. */
  answered(by: Asker): SessionOutput[];
  /** A candidate of a client whose session has no leg. */
  relay(candidate: Trickled): SessionOutput[];
}

/** Who of one session makes which description, and when the backend is given the other's. */
export class Negotiation {
  readonly descriptions: Descriptions;
  readonly #config: SessionConfig;
  readonly #ground: NegotiationGround;
  readonly #candidates: CandidateGate;
  /** Those of the backend, for its own description; a leg that never has one ends by itself. */
  readonly #backendCandidates = new CandidateGate(undefined);
  /** What the backend does; undefined if there is none. */
  readonly #role: BackendRole | undefined;
  /** An answer that waits for the master to take it. */
  #proposed: { readonly answer: Negotiated; readonly asker: Asker } | undefined;

  constructor(config: SessionConfig, ground: NegotiationGround, now: number) {
    this.#config = config;
    this.#ground = ground;
    this.#role = backendRole(config.type, config.offer !== undefined);
    // A callee may ring for longer than candidates are kept elsewhere: those of the caller belong to its offer, which is
    // here, and those of a callee whose answer is relayed come as early as it likes.
    const isRinging = isAnsweredByPeer(config.type) || !hasLeg(config.type);
    this.#candidates = new CandidateGate(isRinging ? undefined : candidatesKeptForMs);
    this.descriptions = new Descriptions(config.offer, now);
  }

  /** When a description is held, or candidates are kept, no longer. */
  get deadlines(): readonly (number | undefined)[] {
    return [this.descriptions.held?.deadline, this.#candidates.deadline];
  }

  tick(now: number): SessionOutput[] {
    this.#candidates.expire(now);
    const { held } = this.descriptions;
    return held !== undefined && now >= held.deadline ? this.#gathered(held, now) : [];
  }

  start(now: number): SessionOutput[] {
    const { offer, gathersOffer } = this.#config;
    if (offer?.trickle_ice !== true || !gathersOffer) return this.#open();
    return this.#gather('offer', this.#sideOf('offer'), offer, now);
  }

  /** The client's answer, or one that a slave got. */
  setAnswer(answer: Answer, asker: Asker, now: number): SessionOutput[] {
    const fault = this.#whyNoAnswer();
    if (fault !== undefined) return replyTo(asker, fault);
    if (answer.trickle_ice !== true || !this.#config.gathersAnswer) return this.#accept(answer, asker, now);
    if (typeof asker === 'string' && !hasLeg(this.#config.type)) this.#ground.links.answered(asker);
    return [...replyTo(asker), ...this.#gather('answer', this.#sideOf('answer'), answer, now)];
  }

  /**
   * What the master said to our answer. One that it refused is as if it had not been given, if that can still be; a
   * leg that has taken it, or a client that was told so, ends the session, and not the master's.
   */
  verdict(error: MediaError | undefined, now: number): SessionOutput[] {
    if (this.#proposed === undefined) return [];
    const { answer, asker } = this.#proposed;
    this.#proposed = undefined;
    if (error === undefined) return this.#taken(answer, asker, now, []);
    const isUndone = asker !== undefined && !hasLeg(this.#config.type);
    return [...replyTo(asker, error), ...(isUndone ? [] : this.#ground.refused(error))];
  }

  /** There is no master any more: the answer is our own alone. */
  masterless(now: number): SessionOutput[] {
    if (this.#proposed === undefined) return [];
    const { answer, asker } = this.#proposed;
    this.#proposed = undefined;
    return this.#taken(answer, asker, now, [tell({ type: 'answer', body: { answer } })]);
  }

  /** Takes no more; returns who waits. */
  end(): RequestNumber[] {
    const asker = this.#proposed?.asker;
    this.#proposed = undefined;
    return [...this.descriptions.end(), ...(typeof asker === 'number' ? [asker] : [])];
  }

  renegotiate(offer: Offer, request: RequestNumber): SessionOutput[] {
    const { operations } = this.#ground;
    if (this.descriptions.stage !== 'ready') return [reply(request, new MediaError('answer_not_set'))];
    if (!hasLeg(this.#config.type) || operations.isPending('renegotiate'))
      return [reply(request, new MediaError('invalid_operation'))];
    return [operations.start({ type: 'renegotiate', offer }, { type: 'renegotiate', offer, request })];
  }

  renegotiated(pending: Pending & { type: 'renegotiate' }, local: Description | undefined): SessionOutput[] {
    if (local === undefined || this.descriptions.stage !== 'ready')
      return [reply(pending.request, new MediaError('session_failed'))];
    const answer = this.#made(local, pending.offer.sdp_type);
    this.descriptions.renewed(pending.offer, answer);
    return [reply(pending.request, answer), tell({ type: 'answer', body: { answer } })];
  }

  /**
   * Candidates go into a description that is held, else to the backend; without one, to whoever is linked. Those of a
   * callee whose answer is to be gathered wait for it.
   */
  clientCandidate(candidate: Trickled, now: number): SessionOutput[] {
    const { held } = this.descriptions;
    if (held?.side === 'client') return held.add(candidate) ? this.#gathered(held, now) : [];
    if (!hasLeg(this.#config.type) && !this.#isEarly) return this.#ground.relay(candidate);
    return this.#passOn(this.#candidates.take(candidate, now));
  }

  /** A candidate of the leg: goes into its description if that is held, else to the client, and after it. */
  backendCandidate(candidate: Trickled, now: number): SessionOutput[] {
    return this.#hold(candidate, now) ?? tellCandidates(this.#backendCandidates.take(candidate, now));
  }

  /** A candidate of who is linked: goes into a description that is held, else to the client. A slave's waits for our answer. */
  peerCandidate(candidate: Trickled, from: SessionId, now: number): SessionOutput[] {
    const held = this.#hold(candidate, now);
    if (held !== undefined) return held;
    const isKept = this.#awaitsAnswer && this.#ground.links.keep(from, candidate, now);
    return isKept ? [] : tellCandidates([candidate]);
  }

  /** The backend's own description: the answer if the client made the offer, else the offer. */
  opened(local: Description | undefined, now: number): SessionOutput[] {
    if (local === undefined) return this.#ground.end('session_failed');
    const { offer, sdpType } = this.#config;
    return this.#described(this.#made(local, offer === undefined ? sdpType : offer.sdp_type), now);
  }

  /** The backend has taken the client's answer. */
  accepted({ answer, asker }: Pending & { type: 'accept' }, now: number): SessionOutput[] {
    return [...this.#settle(answer, asker, now), ...this.#passOn(this.#candidates.pass())];
  }

  /** The offer, if the client makes it, is complete: the backend takes over. */
  #open(): SessionOutput[] {
    if (!hasLeg(this.#config.type)) return [];
    const role = this.#role;
    if (role === undefined) return this.#ground.end('invalid_operation');
    const { offer } = this.descriptions;
    const what = { type: 'open', role, media: this.#ground.hand(), ...(offer && { offer }) } as const;
    return [this.#ground.operations.start(what, { type: 'open' })];
  }

  #whyNoAnswer(): MediaError | undefined {
    const { stage, held, offer } = this.descriptions;
    const isTaking = this.#proposed !== undefined || this.#ground.operations.isPending('accept');
    if (stage !== 'wait' || isTaking || held?.kind === 'answer') return new MediaError('answer_already_set');
    if (offer === undefined) return new MediaError('offer_not_set');
    if (this.#role !== 'offeree') return undefined;
    const { type } = this.#config;
    const who = isAnsweredByPeer(type) ? 'set_answer of its bridge' : 'its backend';
    const hint = `a session of type ${type} is answered by ${who}`;
    return new MediaError('invalid_operation', undefined, { hint });
  }

  #accept(answer: Answer, asker: Asker, now: number): SessionOutput[] {
    if (!hasLeg(this.#config.type)) return this.#settle(answer, asker, now);
    return [this.#ground.operations.start({ type: 'accept', answer }, { type: 'accept', answer, asker })];
  }

  #made(local: Description, kind: SdpType = 'webrtc'): Negotiated {
    return made(local, kind, this.#config.backend);
  }

  /**
   * Whose candidates belong into a description that is held. Where the broker only relays, the callee's offer and the
   * caller's answer came from the other side, and so do their candidates: those of the linked session.
   */
  #sideOf(kind: Wanted): Side {
    const { links } = this.#ground;
    const isLinked = links.master !== undefined || links.slaves.length > 0;
    if (hasLeg(this.#config.type) || !isLinked) return 'client';
    return (kind === 'offer') === this.#isCallee ? 'backend' : 'client';
  }

  get #isCallee(): boolean {
    return this.#config.peerId !== undefined;
  }

  /** Whether what a callee trickles is to be inside an answer that it has not given yet. */
  get #isEarly(): boolean {
    return this.#isCallee && this.#config.gathersAnswer && this.#awaitsAnswer;
  }

  /** Whether an answer is still to be relayed. */
  get #awaitsAnswer(): boolean {
    const { type, offer } = this.#config;
    return !hasLeg(type) && offer !== undefined && this.descriptions.stage === 'wait';
  }

  /** Puts a candidate of the other side into its description; undefined if that is not held. */
  #hold(candidate: Trickled, now: number): SessionOutput[] | undefined {
    const { held } = this.descriptions;
    if (held?.side !== 'backend') return undefined;
    return held.add(candidate) ? this.#gathered(held, now) : [];
  }

  #passOn(candidates: readonly Trickled[]): SessionOutput[] {
    const { operations } = this.#ground;
    return candidates.map((candidate) => operations.start({ type: 'add_candidate', candidate }));
  }

  /** Holds a description until its candidates are inside. */
  #gather(kind: Wanted, side: Side, description: Negotiated, now: number): SessionOutput[] {
    if (this.descriptions.stage !== 'wait') return [];
    const held = new Gathering(description, kind, side, now + this.#config.trickleTimeoutMs);
    this.descriptions.hold(held);
    const early = side === 'client' ? this.#candidates.drain() : this.#earlyOfOthers();
    const isComplete = early.some((candidate) => held.add(candidate));
    return isComplete ? this.#gathered(held, now) : [];
  }

  /** What the other side trickled before its description. */
  #earlyOfOthers(): readonly Trickled[] {
    return hasLeg(this.#config.type) ? this.#backendCandidates.pass() : this.#ground.links.kept();
  }

  #gathered(held: Gathering, now: number): SessionOutput[] {
    this.descriptions.letGo();
    const description = held.complete();
    if (description === undefined) return this.#ground.end('no_ice_candidates');
    if (held.side === 'client' && hasLeg(this.#config.type)) this.#candidates.close();
    if (held.kind === 'offer') return this.#offered(description, held.side);
    return held.side === 'client'
      ? this.#accept(description, undefined, now)
      : this.#settle(description, undefined, now);
  }

  #described(local: Negotiated, now: number): SessionOutput[] {
    const { gathersOffer, gathersAnswer } = this.#config;
    const kind = this.#role === 'offeree' ? 'answer' : 'offer';
    if (local.trickle_ice === true && (kind === 'answer' ? gathersAnswer : gathersOffer))
      return [...this.#flush(kind), ...this.#gather(kind, 'backend', local, now)];
    const known = kind === 'answer' ? this.#settle(local, undefined, now) : this.#offered(local, 'backend');
    return [...known, ...this.#flush(kind), ...tellCandidates(this.#backendCandidates.pass())];
  }

  /** A backend that has answered has the client's offer, and can take the candidates that belong to it. */
  #flush(kind: Wanted): SessionOutput[] {
    return kind === 'answer' ? this.#passOn(this.#candidates.pass()) : [];
  }

  #offered(offer: Negotiated, by: Side): SessionOutput[] {
    if (this.descriptions.stage !== 'wait') return [];
    const known = this.descriptions.offered(offer);
    return by === 'client'
      ? [...known, ...this.#open()]
      : [...known, tell({ type: 'offer', body: { offer } })];
  }

  /** The answer counts once the master, if it is to have it too, has taken it; it is then told there alone. */
  #settle(answer: Negotiated, asker: Asker, now: number): SessionOutput[] {
    const proposal = this.#ground.propose(answer);
    if (proposal === undefined)
      return this.#taken(answer, asker, now, [tell({ type: 'answer', body: { answer } })]);
    this.#proposed = { answer, asker };
    return proposal;
  }

  /** The session has its answer; what was trickled early follows it. */
  #taken(answer: Negotiated, asker: Asker, now: number, told: readonly SessionOutput[]): SessionOutput[] {
    const known = [...replyTo(asker), ...this.#ready(answer, asker, now), ...told];
    if (hasLeg(this.#config.type)) return known;
    const own = this.#candidates.drain().flatMap((candidate) => this.#ground.relay(candidate));
    return [...known, ...own, ...tellCandidates(this.#ground.links.kept())];
  }

  #ready(answer: Negotiated, asker: Asker, now: number): SessionOutput[] {
    const known = this.descriptions.answered(answer, now);
    return known === undefined ? [] : [...known, ...this.#ground.answered(asker)];
  }
}
