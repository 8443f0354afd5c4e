import { textOf, type Fields } from '../../support/nats-caller.ts';
import type { WrtcPeer } from '../../support/wrtc-peer.ts';
import type { Caller } from './caller.ts';
import { sdpIn } from './media.ts';

/** A publisher, and the room that it is in. */
export interface Published {
  readonly session: string;
  readonly room: string;
  readonly reply: Fields;
}

/** Publishes all of the peer's media, and takes the answer. */
export async function publish(caller: Caller, peer: WrtcPeer, more: object = {}): Promise<Published> {
  const offer = { sdp: await peer.wholeOffer() };
  const reply = await caller.command('session.create', { type: 'publish', wait_reply: true, offer, ...more });
  await peer.accept(sdpIn(reply, 'answer'));
  return { session: textOf(reply, 'session_id'), room: textOf(reply, 'room_id'), reply };
}

/** Begins to listen; the offer is in the reply. */
export async function listen(caller: Caller, publisher_id: string): Promise<Fields> {
  return await caller.command('session.create', { type: 'listen', publisher_id, wait_reply: true });
}

/** Listens to a publisher; resolves with the session's id. */
export async function watch(caller: Caller, peer: WrtcPeer, publisher_id: string): Promise<string> {
  const reply = await listen(caller, publisher_id);
  const session_id = textOf(reply, 'session_id');
  const answer = { sdp: await peer.answer(sdpIn(reply, 'offer')) };
  await caller.command('session.set_answer', { session_id, answer });
  return session_id;
}
