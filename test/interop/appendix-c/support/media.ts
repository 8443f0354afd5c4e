import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import { fieldsOf, textOf, type Fields } from '../../support/nats-caller.ts';
import type { WrtcPeer } from '../../support/wrtc-peer.ts';
import type { Caller } from './caller.ts';

const patienceMs = 20_000;

/** In which nothing may come, and in which a little must. */
const quietMs = 500;

/** The SDP of a description in a reply. */
export function sdpIn(reply: Fields, name: 'offer' | 'answer'): string {
  return textOf(fieldsOf(reply[name]), 'sdp');
}

/** Calls an echo with all of the peer's candidates in its offer; resolves with the session's id. */
export async function echo(caller: Caller, peer: WrtcPeer, more: object = {}): Promise<string> {
  return await call(caller, peer, { type: 'echo', ...more });
}

/** Creates a session that is answered at once, with the peer's offer, and takes the answer. */
export async function call(caller: Caller, peer: WrtcPeer, what: object): Promise<string> {
  const offer = { sdp: await peer.wholeOffer() };
  const reply = await caller.command('session.create', { wait_reply: true, offer, ...what });
  await peer.accept(sdpIn(reply, 'answer'));
  return textOf(reply, 'session_id');
}

/** Pictures come, and are not black. */
export async function sees(peer: WrtcPeer): Promise<void> {
  const before = peer.frames;
  await eventually('pictures', patienceMs, () => peer.frames > before + 5 && peer.brightness > 20);
}

/** A tone comes. */
export async function hears(peer: WrtcPeer): Promise<void> {
  await eventually('a tone', patienceMs, async () => {
    peer.hush();
    await delay(100);
    return peer.loudness > 1000;
  });
}

/** Pictures stop coming. */
export async function seesNothing(peer: WrtcPeer): Promise<void> {
  await eventually('no picture', patienceMs, async () => {
    const before = peer.frames;
    await delay(quietMs);
    return peer.frames === before;
  });
}

/** The tone stops. */
export async function hearsNothing(peer: WrtcPeer): Promise<void> {
  await eventually('silence', patienceMs, async () => {
    peer.hush();
    await delay(quietMs);
    return peer.loudness < 100;
  });
}

/** What one peer writes, the other reads; they may be the same. */
export async function reads(to: WrtcPeer, from: WrtcPeer, text: string): Promise<void> {
  await eventually('the channel is open', patienceMs, () => from.isChannelOpen && to.isChannelOpen);
  from.say(text);
  await eventually(`${text} comes`, patienceMs, () => to.messages.some((one) => one.endsWith(text)));
}

/** What one peer writes, the other does not get. */
export async function readsNothing(to: WrtcPeer, from: WrtcPeer): Promise<void> {
  const text = 'for nobody';
  from.say(text);
  await delay(quietMs);
  assert.ok(!to.messages.some((one) => one.endsWith(text)), to.messages.join());
}

/** The client is limited to `bitsPerSecond`, less than libwebrtc begins with. */
export async function isLimitedTo(peer: WrtcPeer, bitsPerSecond: number): Promise<void> {
  await eventually('the client keeps to it', patienceMs, async () => {
    const rate = await outgoingBitrate(peer);
    return rate > 0 && rate <= bitsPerSecond;
  });
}

/** What the client thinks that it may send, in bits per second; 0 before it is connected. */
export async function outgoingBitrate(peer: WrtcPeer): Promise<number> {
  const pairs = await peer.stats('candidate-pair');
  const rates = pairs.map(({ availableOutgoingBitrate: rate }) => (typeof rate === 'number' ? rate : 0));
  return Math.max(0, ...rates);
}

/** An event of this type came; resolves with its body. */
export async function told(caller: Caller, id: string, type: string): Promise<Fields> {
  const event = await eventually(`${type} of ${id}`, patienceMs, () =>
    caller.eventsOf(id).find((one) => one.type === type),
  );
  return event.body;
}

/** The session ended, for this reason. */
export async function ended(caller: Caller, id: string, code: number): Promise<void> {
  const body = await told(caller, id, 'destroyed');
  assert.equal(body['code'], code, JSON.stringify(body));
}
