import { readFileSync } from 'node:fs';
import type { JanusClient, Told } from '../../support/janus-world.ts';

/** One step of a recording of a real Janus; see test/fixtures/janus-1.1.2/README.md. */
export interface Step {
  readonly seq: number;
  /** The client, where there were several. */
  readonly who?: string;
  readonly ask?: Told;
  readonly told?: Told;
}

const folder = new URL('../../../../test/fixtures/janus-1.1.2/', import.meta.url);

type RecordingName =
  'core' | 'errors' | 'echotest' | 'nosip' | 'videocall' | 'videoroom-management' | 'videoroom';

/** Reads a recording. */
export function recording(name: RecordingName): readonly Step[] {
  const steps: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  if (!Array.isArray(steps)) throw new TypeError(`${name}.json is not a list`);
  return steps.map(stepOf);
}

function stepOf(step: unknown): Step {
  const { seq, who, ask, told } = membersOf(step);
  return {
    seq: Number(seq),
    ...(typeof who === 'string' && { who }),
    ...(ask !== undefined && { ask: membersOf(ask) }),
    ...(told !== undefined && { told: membersOf(told) }),
  };
}

/** The members of an object; none of what is no object. */
export function membersOf(value: unknown): Told {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Plays the clients of a recording, and puts the recording's ids and descriptions in what it is told. */
export class Replay {
  readonly #client: (who: string | undefined) => JanusClient;
  readonly #recorded = new Map<number, number>();
  readonly #ours = new Map<number, number>();

  /** `client` finds each of several by its name in the recording. */
  constructor(client: JanusClient | ((who: string | undefined) => JanusClient)) {
    this.#client = typeof client === 'function' ? client : () => client;
  }

  /** Asks as the recorded client did; of several, as the one that is named or given. */
  async ask(request: Told, from?: string | JanusClient): Promise<readonly Told[]> {
    const client = typeof from === 'object' ? from : this.#client(from);
    return client.ask(translate(request, this.#ours));
  }

  /** Learns from our reply to a `create` or `attach` which id stands for the recorded one. */
  learn(recorded: Told, ours: Told | undefined): void {
    const theirId = membersOf(recorded['data'])['id'];
    const ourId = membersOf(ours?.['data'])['id'];
    this.#pair(theirId, ourId);
  }

  /** Learns the ids of a room and of a participant from what a plugin says. */
  learnData(recorded: unknown, ours: unknown): void {
    for (const name of ['room', 'id', 'private_id'])
      this.#pair(membersOf(recorded)[name], membersOf(ours)[name]);
  }

  #pair(theirId: unknown, ourId: unknown): void {
    if (typeof theirId !== 'number' || typeof ourId !== 'number') return;
    this.#ours.set(theirId, ourId);
    this.#recorded.set(ourId, theirId);
  }

  /** Our message, with recorded ids and without SDP: its text keeps the order of members. */
  inRecordedIds(message: Told): string {
    return plain(translate(message, this.#recorded));
  }
}

/** A message as text, without the SDP of its description. */
export function plain(message: unknown): string {
  return JSON.stringify(message, (key, value: unknown) => (key === 'sdp' ? '(sdp)' : value));
}

/** Replaces ids wherever they stand, in texts too. */
function translate(message: Told, ids: ReadonlyMap<number, number>): Told {
  let text = JSON.stringify(message);
  for (const [from, to] of ids) text = text.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), String(to));
  return membersOf(JSON.parse(text));
}
