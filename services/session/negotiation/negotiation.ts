import { MediaError } from '#schemas';
import type { Answer, Description, Negotiated, Offer } from '#schemas';
import type { EndReason, RequestNumber, SessionOutput } from '../messages.ts';
import { made, reply, replyTo, tell } from '../outputs.ts';
import type { BackendRole, MediaUpdate } from '../ports.ts';
import type { SessionConfig } from '../session-config.ts';
import { backendRole, hasLeg } from '../session-types.ts';
import { ClientCandidates, type Trickled } from '../trickle/client-candidates.ts';
import { Gathering, type Side } from '../trickle/gathering.ts';
import { Descriptions } from './descriptions.ts';
import type { Operations, Pending } from './operations.ts';
import type { Wanted } from './waiters.ts';

/** The session that a negotiation is part of. */
export interface NegotiationGround {
  readonly operations: Operations;
  /** What flows when the leg is opened. */
  media(): MediaUpdate;
  /** Ends the session. */
  end(cause: EndReason | MediaError): SessionOutput[];
  /** The session has its answer from now on. */
  answered(answer: Negotiated): SessionOutput[];
  /** A candidate of a client whose session has no leg. */
  relay(candidate: Trickled): SessionOutput[];
}

/** Who of one session makes which description, and when the backend is given the other's. */
export class Negotiation {
  readonly descriptions: Descriptions;
  readonly #config: SessionConfig;
  readonly #ground: NegotiationGround;
  readonly #candidates = new ClientCandidates();
  /** What the backend does; undefined if there is none. */
  readonly #role: BackendRole | undefined;

  constructor(config: SessionConfig, ground: NegotiationGround, now: number) {
    this.#config = config;
    this.#ground = ground;
    this.#role = backendRole(config.type, config.offer !== undefined);
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
    return this.#gather('offer', 'client', offer, now);
  }

  /** The client's answer, or one that a slave got. */
  setAnswer(answer: Answer, request: RequestNumber | undefined, now: number): SessionOutput[] {
    const fault = this.#whyNoAnswer();
    if (fault !== undefined) return request === undefined ? this.#ground.end(fault) : [reply(request, fault)];
    if (answer.trickle_ice !== true || !this.#config.gathersAnswer) return this.#accept(answer, request, now);
    return [...replyTo(request), ...this.#gather('answer', 'client', answer, now)];
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
    const answer = made(local, this.#config.backend);
    this.descriptions.renewed(pending.offer, answer);
    return [reply(pending.request, answer), tell({ type: 'answer', body: { answer } })];
  }

  /** Candidates go into a description that is held, else to the backend; without one, to whoever is linked. */
  clientCandidate(candidate: Trickled, now: number): SessionOutput[] {
    const { held } = this.descriptions;
    if (held?.side === 'client') return held.add(candidate) ? this.#gathered(held, now) : [];
    if (!hasLeg(this.#config.type)) return this.#ground.relay(candidate);
    return this.#passOn(this.#candidates.take(candidate, now));
  }

  /** A candidate of the backend: true if it goes into a description that is held. */
  holds(): boolean {
    return this.descriptions.held?.side === 'backend';
  }

  backendCandidate(candidate: Trickled, now: number): SessionOutput[] {
    const { held } = this.descriptions;
    return held?.add(candidate) === true ? this.#gathered(held, now) : [];
  }

  /** The backend's own description: the answer if the client made the offer, else the offer. */
  opened(local: Description | undefined, now: number): SessionOutput[] {
    if (local === undefined) return this.#ground.end('session_failed');
    return this.#described(made(local, this.#config.backend), now);
  }

  /** The backend has taken the client's answer. */
  accepted({ answer, request }: Pending & { type: 'accept' }, now: number): SessionOutput[] {
    const outputs = [...replyTo(request), ...this.#ready(answer, now)];
    return [...outputs, ...this.#passOn(this.#candidates.pass())];
  }

  /** The offer, if the client makes it, is complete: the backend takes over. */
  #open(): SessionOutput[] {
    if (!hasLeg(this.#config.type)) return [];
    const role = this.#role;
    if (role === undefined) return this.#ground.end('invalid_operation');
    const { offer } = this.descriptions;
    const what = { type: 'open', role, media: this.#ground.media(), ...(offer && { offer }) } as const;
    return [this.#ground.operations.start(what, { type: 'open' })];
  }

  #whyNoAnswer(): MediaError | undefined {
    const { stage, held, offer } = this.descriptions;
    if (stage !== 'wait' || this.#ground.operations.isPending('accept') || held?.kind === 'answer')
      return new MediaError('answer_already_set');
    if (offer === undefined) return new MediaError('offer_not_set');
    return this.#role === 'offeree' ? new MediaError('invalid_operation') : undefined;
  }

  #accept(answer: Answer, request: RequestNumber | undefined, now: number): SessionOutput[] {
    if (!hasLeg(this.#config.type)) return [...replyTo(request), ...this.#ready(answer, now)];
    const who = request === undefined ? {} : { request };
    return [this.#ground.operations.start({ type: 'accept', answer }, { type: 'accept', answer, ...who })];
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
    const early = side === 'client' ? this.#candidates.drain() : [];
    const isComplete = early.some((candidate) => held.add(candidate));
    return isComplete ? this.#gathered(held, now) : [];
  }

  #gathered(held: Gathering, now: number): SessionOutput[] {
    this.descriptions.letGo();
    const description = held.complete();
    if (description === undefined) return this.#ground.end('no_ice_candidates');
    if (held.side === 'client') this.#candidates.close();
    if (held.kind === 'offer') return this.#offered(description, held.side);
    return held.side === 'client' ? this.#accept(description, undefined, now) : this.#ready(description, now);
  }

  #described(local: Negotiated, now: number): SessionOutput[] {
    const { gathersOffer, gathersAnswer } = this.#config;
    const kind = this.#role === 'offeree' ? 'answer' : 'offer';
    if (local.trickle_ice === true && (kind === 'answer' ? gathersAnswer : gathersOffer))
      return [...this.#flush(kind), ...this.#gather(kind, 'backend', local, now)];
    const known = kind === 'answer' ? this.#ready(local, now) : this.#offered(local, 'backend');
    return [...known, ...this.#flush(kind)];
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

  #ready(answer: Negotiated, now: number): SessionOutput[] {
    const known = this.descriptions.answered(answer, now);
    return known === undefined ? [] : [...known, ...this.#ground.answered(answer)];
  }
}
