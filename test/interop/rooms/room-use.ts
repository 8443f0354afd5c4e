import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { fieldsOf, textOf, type Fields } from '../support/nats-caller.ts';
import { WrtcPeer } from '../support/wrtc-peer.ts';

/** Gives one command and resolves with its whole reply. */
export type Ask = (name: string, data: object) => Promise<Fields>;

/** Of each room: two publish, the others listen. */
export const sessionsPerRoom = 10;

const listenersPerRoom = sessionsPerRoom - 2;

/** The offer of a peer that is never there. */
export async function offerOfNobody(): Promise<string> {
  const file = new URL('../../../../deploy/examples/offer.json', import.meta.url);
  const envelope = fieldsOf(JSON.parse(await readFile(file, 'utf8')));
  return textOf(fieldsOf(fieldsOf(envelope['data'])['offer']), 'sdp');
}

/** What a listener answers to an offer of the server: the same, as another peer that only receives. */
function answerTo(offer: string): string {
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
  return offer
    .replaceAll(/^a=ice-lite\r\n/gm, '')
    .replaceAll(/^a=candidate:.*\r\n/gm, '')
    .replaceAll(/^a=ssrc(-group)?:.*\r\n/gm, '')
    .replaceAll(/^a=ice-ufrag:.*$/gm, 'a=ice-ufrag:peer')
    .replaceAll(/^a=ice-pwd:.*$/gm, 'a=ice-pwd:abcdefghijklmnopqrstuv')
    .replaceAll(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-256 ${fingerprint}`)
    .replaceAll(/^a=setup:.*$/gm, 'a=setup:active')
    .replaceAll(/^a=sendonly$/gm, 'a=recvonly');
}

/** One room from its creation to its end, in which every command of rooms and sessions is given. */
export class RoomUse {
  readonly #ask: Ask;
  readonly #offer: string;
  #roomId = '';

  constructor(ask: Ask, offer: string) {
    this.#ask = ask;
    this.#offer = offer;
  }

  /** Everything there is to do, in order; `withMedia`: one publisher and one listener are there, and see each other. */
  async run(withMedia: boolean): Promise<void> {
    this.#roomId = textOf(await this.#ok('room.create', { class: 'sfu', bitrate: 500_000 }), 'room_id');
    using sender = withMedia ? new WrtcPeer() : undefined;
    using viewer = withMedia ? new WrtcPeer() : undefined;
    const first = await this.#publish(sender);
    const second = await this.#publish();
    const watching = await this.#listen(first, viewer);
    const others = await Promise.all(Array.from({ length: listenersPerRoom - 1 }, () => this.#listen(first)));
    await this.#assertMembers([first, second], [watching, ...others]);
    if (viewer !== undefined) await this.#watch(viewer, watching);

    await this.#assertNegotiated(watching);
    await this.#update(first);
    await Promise.all(others.map((session_id) => this.#switch(session_id, second)));
    await this.#converse();
    await this.#assertStats(first);
    await this.#end(others, first, watching, second);
  }

  async #ok(name: string, data: object): Promise<Fields> {
    const reply = await this.#ask(name, data);
    assert.equal(reply['result'], 'ok', `${name}: ${JSON.stringify(reply)}`);
    return reply['data'] === undefined ? {} : fieldsOf(reply['data']);
  }

  async #refused(name: string, data: object): Promise<unknown> {
    const reply = await this.#ask(name, data);
    assert.equal(reply['result'], 'error', `${name}: ${JSON.stringify(reply)}`);
    return fieldsOf(reply['data'])['name'];
  }

  async #publish(peer?: WrtcPeer): Promise<string> {
    const sdp = (await peer?.wholeOffer()) ?? this.#offer;
    const create = { type: 'publish', room_id: this.#roomId, wait_reply: true, offer: { sdp } };
    const reply = await this.#ok('session.create', create);
    assert.equal(reply['room'], this.#roomId);
    await peer?.accept(textOf(fieldsOf(reply['answer']), 'sdp'));
    return textOf(reply, 'session_id');
  }

  async #listen(publisher_id: string, peer?: WrtcPeer): Promise<string> {
    const reply = await this.#ok('session.create', { type: 'listen', publisher_id, wait_reply: true });
    assert.equal(reply['room_id'], this.#roomId);
    const session_id = textOf(reply, 'session_id');
    const offer = textOf(fieldsOf(reply['offer']), 'sdp');
    if (peer === undefined) await this.#trickle(session_id);
    const sdp = (await peer?.answer(offer)) ?? answerTo(offer);
    await this.#ok('session.set_answer', { session_id, answer: { sdp, trickle_ice: peer === undefined } });
    await this.#ok('session.set_candidate_end', { session_id });
    return session_id;
  }

  /** Of what was said before nothing is lost, and nothing can be said twice. */
  async #assertNegotiated(session_id: string): Promise<void> {
    const offer = await this.#ok('session.get_offer', { session_id });
    const answer = await this.#ok('session.get_answer', { session_id });
    const again = { session_id, answer: { sdp: textOf(answer, 'sdp') } };
    assert.match(textOf(offer, 'sdp'), /^a=sendonly/m);
    assert.equal(await this.#refused('session.set_answer', again), 'answer_already_set');
  }

  /** A candidate before its description. */
  async #trickle(session_id: string): Promise<void> {
    const candidate = 'candidate:1 1 udp 2130706431 127.0.0.1 9 typ host';
    await this.#ok('session.set_candidate', { session_id, sdpMid: '0', sdpMLineIndex: 0, candidate });
  }

  async #assertMembers(publishers: readonly string[], listeners: readonly string[]): Promise<void> {
    const room_id = this.#roomId;
    const counts = { publishers: publishers.length, listeners: listeners.length };
    await eventually('everybody is in the room', 20_000, async () => {
      assert.deepEqual(await this.#ok('room.get_status', { room_id }), counts);
      return true;
    });
    const { members, bitrate } = await this.#ok('room.get_info', { room_id });
    const expected = [...publishers, ...listeners];
    assert.deepEqual(Object.keys(fieldsOf(members)).toSorted(), expected.toSorted());
    assert.equal(bitrate, 500_000);
  }

  async #watch(viewer: WrtcPeer, session_id: string): Promise<void> {
    await eventually('20 pictures', 30_000, () => viewer.frames > 20);
    const { streams } = await this.#ok('session.get_stats', { session_id });
    assert.ok(Array.isArray(streams) && streams.length >= 2, 'audio and video');
  }

  async #update(session_id: string): Promise<void> {
    await this.#ok('session.update_media', { session_id, mute_video: true, bitrate: 200_000 });
    const { mute_video, bitrate, type } = await this.#ok('session.get_info', { session_id });
    assert.deepEqual({ mute_video, bitrate, type }, { mute_video: true, bitrate: 200_000, type: 'publish' });
  }

  async #switch(session_id: string, publisher_id: string): Promise<void> {
    await this.#ok('session.set_type', { session_id, type: 'listen', publisher_id });
    const info = await this.#ok('session.get_info', { session_id });
    assert.equal(fieldsOf(info['type_ext'])['publisher_id'], publisher_id);
  }

  async #converse(): Promise<void> {
    const room_id = this.#roomId;
    assert.deepEqual(await this.#ok('room.msglog_send', { room_id, msg: { text: 'hello' } }), { msg_id: 1 });
    const reply = await this.#ask('room.msglog_get', { room_id });
    assert.ok(Array.isArray(reply['data']));
    assert.equal(fieldsOf(reply['data'][0])['text'], 'hello');
  }

  async #assertStats(session_id: string): Promise<void> {
    const stats = await this.#ok('session.get_stats', { session_id });
    assert.equal(stats['session_id'], session_id);
    assert.ok(Array.isArray(stats['streams']));
  }

  /** A listener of its own accord, the first publisher with who still follows it, the others with their room. */
  async #end(
    [leaving, ...switched]: readonly string[],
    first: string,
    watching: string,
    second: string,
  ): Promise<void> {
    const room_id = this.#roomId;
    await this.#ok('session.destroy', { session_id: leaving });
    await this.#ok('session.destroy', { session_id: first });
    assert.equal(await this.#refused('session.get_info', { session_id: watching }), 'session_not_found');
    const left = { publishers: 1, listeners: switched.length };
    assert.deepEqual(await this.#ok('room.get_status', { room_id }), left);
    await this.#ok('room.destroy', { room_id });
    assert.equal(await this.#refused('session.get_info', { session_id: second }), 'session_not_found');
    assert.equal(await this.#refused('room.get_info', { room_id }), 'room_not_found');
  }
}
