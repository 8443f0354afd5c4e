import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCaller } from '../../support/fake-caller.ts';
import { fieldsOf } from '../../support/fields.ts';
import { dataOf, TestBroker } from '../../support/test-broker.ts';

const candidate = { sdpMid: 'a', sdpMLineIndex: 0, candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host' };
const sdp = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\n';
const whole = { sdp: `${sdp}a=${candidate.candidate}\r\n`, trickle_ice: false };
const trickled = { sdp, trickle_ice: true };
const session_id = 'held';

/** A session in which the description of one side is held, for 100 ms at most. */
class Holding {
  readonly broker = new TestBroker();
  readonly caller = new FakeCaller();
  readonly #side: 'client' | 'server';
  readonly #kind: 'offer' | 'answer';

  private constructor(side: 'client' | 'server', kind: 'offer' | 'answer') {
    this.#side = side;
    this.#kind = kind;
  }

  static async begin(side: 'client' | 'server', kind: 'offer' | 'answer'): Promise<Holding> {
    const holding = new Holding(side, kind);
    const { broker, caller } = holding;
    const publisher_id = await broker.echo(caller, { type: 'publish' });
    await broker.pass();
    broker.backend.isSilent = true;
    const isCaller = (side === 'client') === (kind === 'offer');
    const role = isCaller
      ? { type: 'echo', offer: side === 'client' ? trickled : whole }
      : { type: 'listen', publisher_id };
    const flags = { no_offer_trickle_ice: true, no_answer_trickle_ice: true, trickle_ice_timeout: 100 };
    const created = broker.ask(caller, 'create', { session_id, ...role, ...flags });
    await broker.pass();
    broker.backend.legs[1]?.describe(side === 'server' ? trickled : whole);
    // The reply waits for what the server describes.
    if (side === 'client') dataOf(await created);
    await broker.pass();
    if (side === 'client' && kind === 'answer')
      dataOf(await broker.ask(caller, 'set_answer', { session_id, answer: trickled }));
    return holding;
  }

  /** One candidate of whose description is held. */
  async trickle(): Promise<void> {
    if (this.#side === 'server') this.broker.backend.legs[1]?.emit({ type: 'candidate', candidate });
    else dataOf(await this.broker.ask(this.caller, 'set_candidate', { session_id, ...candidate }));
    await this.broker.pass();
  }

  /** What the other side has of the description. */
  get passedOn(): unknown {
    const leg = this.broker.backend.legs[1];
    const told = this.told.find(({ type }) => type === this.#kind);
    if (this.#side === 'server') return fieldsOf(fieldsOf(told?.body).get(this.#kind)).get('sdp');
    if (this.#kind === 'offer') return leg?.opened.offer?.sdp;
    return leg?.asked.flatMap((what) => (what.type === 'accept' ? [what.answer.sdp] : []))[0];
  }

  get told(): FakeCaller['events'] {
    return this.caller.events.filter(({ obj_id }) => obj_id === session_id);
  }
}

for (const side of ['client', 'server'] as const)
  for (const kind of ['offer', 'answer'] as const) {
    test(`trickle_ice_timeout ends the gathering of the ${side}'s ${kind} with what there is`, async () => {
      const holding = await Holding.begin(side, kind);
      await holding.trickle();

      await holding.broker.pass(99);
      assert.equal(holding.passedOn, undefined);
      await holding.broker.pass(1);

      assert.equal(holding.passedOn, whole.sdp);
    });

    test(`trickle_ice_timeout ends a session that has no candidate for the ${side}'s ${kind}`, async () => {
      const holding = await Holding.begin(side, kind);

      await holding.broker.pass(99);
      assert.ok(!holding.told.some(({ type }) => type === 'destroyed'));
      await holding.broker.pass(1);

      assert.equal(holding.passedOn, undefined);
      assert.equal(fieldsOf(holding.told.at(-1)?.body).get('name'), 'no_ice_candidates');
    });
  }
