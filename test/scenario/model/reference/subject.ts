/** The types of sessions that the reference knows. */
export type Kind = 'p2p' | 'echo' | 'park' | 'proxy' | 'bridge' | 'publish' | 'listen';

/** A description that is held until its candidates are inside. */
export interface Held {
  readonly kind: 'offer' | 'answer';
  readonly side: 'client' | 'backend';
  readonly until: number;
  count: number;
}

/** Candidates that came before the description they belong to. */
export interface Early {
  readonly since: number;
  count: number;
  isComplete: boolean;
}

/** What one session is made with, as the reference needs it. */
export interface Making {
  readonly id: string;
  readonly kind: Kind;
  /** The caller or lease that it ends with. */
  readonly owner: string;
  readonly hasOffer: boolean;
  readonly isTrickled: boolean;
  readonly gathersOffer: boolean;
  readonly gathersAnswer: boolean;
  readonly isCallee: boolean;
  readonly waitMs: number;
  readonly readyMs: number;
  readonly setsMasterAnswer: boolean;
  readonly stopsAfterPeer: boolean;
  readonly isMuted: boolean;
  readonly master: string | undefined;
  /** Of a bridge. */
  readonly proxy: string | undefined;
  readonly room: string | undefined;
  readonly publisher: string | undefined;
}

/** One session as the rules see it, and nothing else. */
export interface Subject extends Omit<Making, 'master' | 'hasOffer'> {
  readonly slaves: Set<string>;
  /** What each slave trickled before there was an answer. */
  readonly kept: Map<string, Early>;
  readonly bridges: Set<string>;
  /** Candidates of its client, where there is no leg; true is the end of them. */
  readonly relayed: boolean[];
  master: string | undefined;
  answeredBy: string | undefined;
  setsMasterAnswer: boolean;
  stopsAfterPeer: boolean;
  hasOffer: boolean;
  isAnswered: boolean;
  isOpen: boolean;
  since: number;
  held: Held | undefined;
  early: Early | undefined;
  /** Of a proxy: its leg has an answer. */
  isFormed: boolean;
  /** Its leg has said that there are no more candidates, before it had its answer. */
  isEndEarly: boolean;
  isMuted: boolean;
  /** What its leg was opened with. */
  wasMuted: boolean;
  /** What it is at present, and with whom. */
  present: string;
  other: string | undefined;
}

/** Whether media of this kind are here. */
export function hasLeg(kind: Kind): boolean {
  return kind !== 'p2p';
}

/** Whether the client makes the offer, so that it has no answer to give. */
export function isAnsweredHere(kind: Kind): boolean {
  return kind === 'echo' || kind === 'park' || kind === 'proxy' || kind === 'publish';
}

/** A session that has just been made. */
export function born(making: Making, now: number): Subject {
  return {
    ...making,
    slaves: new Set(),
    kept: new Map(),
    bridges: new Set(),
    relayed: [],
    master: making.master,
    answeredBy: undefined,
    isAnswered: false,
    isOpen: false,
    since: now,
    held: undefined,
    early: undefined,
    isFormed: false,
    isEndEarly: false,
    wasMuted: making.isMuted,
    present: making.kind,
    other: undefined,
  };
}

/** When it ends whatever happens. */
export function lifeEnds({ since, isAnswered, waitMs, readyMs }: Subject): number {
  return since + (isAnswered ? readyMs : waitMs);
}
