import { textOf } from '../../support/nats-caller.ts';
import type { WrtcPeer } from '../../support/wrtc-peer.ts';
import type { Caller } from './caller.ts';
import { sdpIn } from './media.ts';

/** Two sessions that were made for each other. */
export interface Legs {
  /** The caller's. */
  readonly proxy: string;
  /** The callee's. */
  readonly bridge: string;
}

/** What the creates of both legs say besides what they must. */
export interface LegFields {
  readonly proxy?: object;
  readonly bridge?: object;
}

/** The caller's leg, with all of its candidates; resolves with its id. */
export async function openProxy(caller: Caller, offer: object, more: object = {}): Promise<string> {
  return textOf(await caller.command('session.create', { type: 'proxy', offer, ...more }), 'session_id');
}

/** The callee's leg, with the offer for it. */
export async function openBridge(
  caller: Caller,
  proxy: string,
  more: object = {},
): Promise<{ readonly bridge: string; readonly offer: string }> {
  const what = { type: 'bridge', peer_id: proxy, wait_reply: true, ...more };
  const reply = await caller.command('session.create', what);
  return { bridge: textOf(reply, 'session_id'), offer: sdpIn(reply, 'offer') };
}

/** Connects two WebRTC peers through both legs. */
export async function connectPeers(
  caller: Caller,
  [from, to]: readonly [WrtcPeer, WrtcPeer],
  fields: LegFields = {},
): Promise<Legs> {
  const proxy = await openProxy(caller, { sdp: await from.wholeOffer() }, fields.proxy);
  const { bridge, offer } = await openBridge(caller, proxy, fields.bridge);
  const answer = { sdp: await to.answer(offer) };
  await caller.command('session.set_answer', { session_id: bridge, answer });
  await from.accept(sdpIn(await caller.command('session.get_answer', { session_id: proxy }), 'answer'));
  return { proxy, bridge };
}
