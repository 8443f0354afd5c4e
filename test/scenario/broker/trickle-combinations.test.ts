import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate, Description } from '#schemas';
import type { Reply } from '#services/broker';
import { FakeCaller } from '../../support/fake-caller.ts';
import type { FakeLeg } from '../../support/fake-backend.ts';
import { fieldsOf } from '../../support/fields.ts';
import { dataOf, TestBroker } from '../../support/test-broker.ts';

/** One side of a negotiation: its description, bare and with its one candidate inside, and that candidate. */
interface SideOfIt {
  readonly bare: string;
  readonly whole: string;
  readonly candidate: Candidate;
}

const client = sideAt('192.0.2.1');
const server = sideAt('192.0.2.2');

function sideAt(address: string): SideOfIt {
  const candidate = `candidate:1 1 udp 1 ${address} 9 typ host`;
  const bare = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\n';
  return {
    bare,
    whole: `${bare}a=${candidate}\r\n`,
    candidate: { sdpMid: 'a', sdpMLineIndex: 0, candidate },
  };
}

/** What both sides do, and what the client wants of the broker. */
interface Plan {
  readonly offerer: 'client' | 'server';
  readonly clientTrickles: boolean;
  readonly serverTrickles: boolean;
  readonly flags: { readonly no_offer_trickle_ice?: true; readonly no_answer_trickle_ice?: true };
  /** Who can gives the candidates before the description they belong to. */
  readonly isEarly: boolean;
}

/** A session between a client and a backend that says nothing by itself. */
class Negotiated {
  readonly broker = new TestBroker();
  readonly caller = new FakeCaller();
  readonly plan: Plan;
  readonly id = 'negotiated';

  constructor(plan: Plan) {
    this.plan = plan;
  }

  async run(): Promise<void> {
    const { offerer, clientTrickles, flags } = this.plan;
    const [offer, answer] = [described(client, clientTrickles), described(client, clientTrickles)];
    if (offerer === 'client') {
      const created = this.#create({ type: 'echo', offer, ...flags });
      await this.#trickle();
      await this.#describe();
      dataOf(await created);
      return;
    }
    const publisher_id = await this.broker.echo(this.caller, { type: 'publish' });
    await this.broker.pass();
    const created = this.#create({ type: 'listen', publisher_id, ...flags });
    await this.#describe();
    dataOf(await created);
    if (this.plan.isEarly) await this.#trickle();
    dataOf(await this.broker.ask(this.caller, 'set_answer', { session_id: this.id, answer }));
    if (!this.plan.isEarly) await this.#trickle();
    await this.broker.pass();
  }

  /** What the backend got of the client, in order. */
  get backendGot(): readonly string[] {
    const { opened, asked } = this.#leg;
    const given = asked.flatMap((what) => {
      if (what.type === 'accept') return [inWords(what.answer, client)];
      return what.type === 'add_candidate' ? [candidateInWords(what.candidate, client)] : [];
    });
    return [...(opened.offer === undefined ? [] : [inWords(opened.offer, client)]), ...given];
  }

  /** What the client got of the backend, in order. */
  get clientGot(): readonly string[] {
    const told = this.caller.events.filter(({ obj_id }) => obj_id === this.id);
    const kind = this.plan.offerer === 'client' ? 'answer' : 'offer';
    return told.flatMap((event) => {
      if (event.type === 'candidate') return [candidateInWords(event.body, server)];
      if (event.type === 'candidate_end') return ['end'];
      return event.type === kind ? [inWords(fieldsOf(event.body).get(kind), server)] : [];
    });
  }

  get #leg(): FakeLeg {
    const leg = this.broker.backend.legs.at(-1);
    assert.ok(leg !== undefined);
    return leg;
  }

  /** The reply comes with the description of the backend. */
  #create(data: object): Promise<Reply> {
    this.broker.backend.isSilent = true;
    return this.broker.ask(this.caller, 'create', { session_id: this.id, ...data });
  }

  /** The backend's description, with its candidates as planned. */
  async #describe(): Promise<void> {
    await this.broker.pass();
    const { serverTrickles, isEarly } = this.plan;
    const say = (): void => {
      if (!serverTrickles) return;
      this.#leg.emit({ type: 'candidate', candidate: server.candidate });
      this.#leg.emit({ type: 'candidate', candidate: undefined });
    };
    if (isEarly) say();
    this.#leg.describe(described(server, serverTrickles));
    if (!isEarly) say();
    await this.broker.pass();
  }

  async #trickle(): Promise<void> {
    if (!this.plan.clientTrickles) return;
    const session_id = this.id;
    dataOf(await this.broker.ask(this.caller, 'set_candidate', { session_id, ...client.candidate }));
    dataOf(await this.broker.ask(this.caller, 'set_candidate_end', { session_id }));
    await this.broker.pass();
  }
}

function described({ bare, whole }: SideOfIt, isTrickled: boolean): Description {
  return isTrickled ? { sdp: bare, trickle_ice: true } : { sdp: whole, trickle_ice: false };
}

function inWords(description: unknown, { bare, whole }: SideOfIt): string {
  const fields = fieldsOf(description);
  const isTrickled = fields.get('trickle_ice');
  if (fields.get('sdp') !== (isTrickled === true ? bare : whole)) return JSON.stringify(description);
  return isTrickled === true ? 'bare' : 'whole';
}

function candidateInWords(given: object | undefined, { candidate }: SideOfIt): string {
  if (given === undefined) return 'end';
  const isRight = fieldsOf(given).get('candidate') === candidate.candidate;
  return isRight ? 'candidate' : JSON.stringify(given);
}

/** What trickles comes so, unless it is to be gathered. */
function expected(trickles: boolean, isGathered = false): readonly string[] {
  return trickles && !isGathered ? ['bare', 'candidate', 'end'] : ['whole'];
}

function nameOf({ offerer, clientTrickles, serverTrickles, flags, isEarly }: Plan): string {
  const does = (trickles: boolean): string => (trickles ? 'trickles' : 'does not trickle');
  const [answerer, first, second] =
    offerer === 'client'
      ? ['server', clientTrickles, serverTrickles]
      : ['client', serverTrickles, clientTrickles];
  const wishes = Object.keys(flags).map((flag) => `, with ${flag}`);
  const order = isEarly ? ', candidates before their description' : '';
  return `the ${offerer} offers and ${does(first)}, the ${answerer} answers and ${does(second)}${wishes.join('')}${order}`;
}

const flagSets: readonly Plan['flags'][] = [
  {},
  { no_offer_trickle_ice: true },
  { no_answer_trickle_ice: true },
  { no_offer_trickle_ice: true, no_answer_trickle_ice: true },
];

const plans: readonly Plan[] = (['client', 'server'] as const).flatMap((offerer) =>
  [false, true].flatMap((clientTrickles) =>
    [false, true].flatMap((serverTrickles) =>
      flagSets.flatMap((flags) => {
        const plan = { offerer, clientTrickles, serverTrickles, flags, isEarly: false };
        // A client's offer comes with `create`: nothing of it can be there before.
        const canBeEarly = serverTrickles || (clientTrickles && offerer === 'server');
        return canBeEarly ? [plan, { ...plan, isEarly: true }] : [plan];
      }),
    ),
  ),
);

for (const plan of plans)
  test(nameOf(plan), async () => {
    const negotiated = new Negotiated(plan);
    const { no_offer_trickle_ice: offers, no_answer_trickle_ice: answers } = plan.flags;
    const [ofClient, ofServer] = plan.offerer === 'client' ? [offers, answers] : [answers, offers];

    await negotiated.run();

    assert.deepEqual(negotiated.backendGot, expected(plan.clientTrickles, ofClient));
    assert.deepEqual(negotiated.clientGot, expected(plan.serverTrickles, ofServer));
  });
