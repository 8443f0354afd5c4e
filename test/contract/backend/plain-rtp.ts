import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ringing } from './calls.ts';
import { Party } from './party.ts';
import type { BackendSubject } from './subject.ts';

/** A telephone's description, of audio alone. */
function phone(payload: string, codec: string): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const media = [`m=audio 40000 RTP/AVP ${payload}`, `a=rtpmap:${payload} ${codec}/8000`, 'a=sendrecv', ''];
  return [...lines, ...media].join('\r\n');
}

/** Bridges with plain RTP on one side. */
export function plainRtp(subject: BackendSubject): void {
  toPlain(subject);
  fromPlain(subject);
}

function toPlain({ name, start }: BackendSubject): void {
  test(`${name} carries a WebRTC caller to plain RTP`, async () => {
    await using bench = await start();
    const caller = await Party.offering(bench, 'a', { type: 'proxy', sdpType: 'rtp' });
    const callee = new Party(bench, 'b', ringing);
    await callee.says('type bridge a slave to_sip');

    const outcomes = [];
    for (const sdp of [phone('18', 'G729'), 'garbage', phone('0', 'PCMU')])
      outcomes.push(await callee.ask({ type: 'accept', answer: { sdp, sdp_type: 'rtp' } }));
    outcomes.push(await callee.ask({ type: 'update', media: { muteAudio: true } }));
    await caller.accept();
    await caller.isUp();

    assert.match(callee.sdp, /^m=audio \d+ RTP\/AVP/m);
    assert.deepEqual(outcomes, ['codec_mismatch', 'invalid_sdp', 'done', 'invalid_operation']);
    assert.deepEqual(caller.said, ['type proxy to_sip', 'done 1', 'type bridge b master to_sip']);
    await caller[Symbol.asyncDispose]();
    await callee.says('peer_left');
    await callee[Symbol.asyncDispose]();
    assert.equal(bench.remains(), 0);
  });
}

function fromPlain({ name, start, parts }: BackendSubject): void {
  test(`${name} carries plain RTP to a WebRTC callee`, async () => {
    await using bench = await start();
    const offer = { sdp: phone('0', 'PCMU'), sdp_type: 'rtp' } as const;
    const caller = new Party(bench, 'a', { type: 'proxy', offer });
    const callee = new Party(bench, 'b', ringing);
    await callee.says('type bridge a slave from_sip');

    const outcome = await callee.answer();
    await caller.says('type bridge b master from_sip');
    await callee.isUp();
    const counted = [await caller.stats(), await callee.stats()].map((stats) => JSON.stringify(stats));
    callee.client.hangUp();
    await callee.says('gone normal_termination');
    await caller.says('peer_left');

    assert.equal(outcome, 'done');
    for (const counters of counted)
      if (parts.includes('statistics')) assert.match(counters, /"direction":"out",.*"codec":"PCMU"/);
      else assert.equal(counters, undefined);
    assert.match(caller.sdp, /^m=audio \d+ RTP\/AVP 0/m);
    await callee[Symbol.asyncDispose]();
    await caller[Symbol.asyncDispose]();
    assert.equal(bench.remains(), 0);
  });

  test(`${name} refuses plain RTP that cannot be passed on, and WebRTC in its place`, async () => {
    await using bench = await start();
    const offers = [phone('18', 'G729'), phone('0', 'PCMU').replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')];

    for (const [index, sdp] of offers.entries()) {
      await using caller = new Party(bench, `a${index}`, { type: 'proxy', offer: { sdp, sdp_type: 'rtp' } });
      await caller.says(`failed 1 ${index === 0 ? 'codec_mismatch' : 'invalid_sdp'}`);
    }
  });

  test(`${name} refuses a proxy with plain RTP on both sides`, async () => {
    await using bench = await start();
    const offer = { sdp: phone('0', 'PCMU'), sdp_type: 'rtp' } as const;

    await using caller = new Party(bench, 'a', { type: 'proxy', sdpType: 'rtp', offer });

    await caller.says('failed 1 invalid_parameters');
  });
}
