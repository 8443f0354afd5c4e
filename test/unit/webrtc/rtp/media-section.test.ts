import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiateAnswer, parseSdp, TransportNumbers, type NegotiatedMedia } from '#janus/media';
import { MediaSection } from '../../../../backend-janus/webrtc/rtp/media-section.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeTransport } from '../../../support/fake-transport.ts';
import { rtpPacket } from '../../../support/rtp-stream.ts';
import { ssrcSimulcastOffer, simulcastOffer } from '../../../support/simulcast-sdp.ts';

/** Of both offers. */
const ids = { mid: 4, rid: 10, repairedRid: 11 } as const;
const plan = {
  mid: '0',
  kind: 'video',
  direction: 'sendrecv',
  codecs: ['VP8'],
  rids: ['l', 'm', 'h'],
} as const;

function negotiated(offer: string): NegotiatedMedia {
  const [media] = negotiateAnswer(parseSdp(offer), [plan], fakeTransport('server')).media;
  assert.ok(media);
  return media;
}

function section(offer: string): MediaSection {
  const made = new MediaSection(new FakeClock(), '0', 'video');
  made.negotiated(negotiated(offer), {
    numbers: new TransportNumbers(),
    send: () => true,
    protect: () => 0,
    repeat: () => true,
  });
  return made;
}

function named(ssrc: number, rid: string): ReturnType<typeof rtpPacket> {
  return rtpPacket({ ssrc, extensions: { [ids.rid]: [...Buffer.from(rid)] } });
}

function repairing(ssrc: number, rid: string): ReturnType<typeof rtpPacket> {
  return rtpPacket({ ssrc, payloadType: 97, extensions: { [ids.repairedRid]: [...Buffer.from(rid)] } });
}

test('each rid is an encoding with its place among the layers', () => {
  const video = section(simulcastOffer);

  const places = ['h', 'l', 'm'].map((rid, index) => video.admit(named(100 + index, rid))?.encoding);

  assert.deepEqual(
    places.map((encoding) => [encoding?.ssrc, encoding?.rid, encoding?.layer]),
    [
      [100, 'h', 2],
      [101, 'l', 0],
      [102, 'm', 1],
    ],
  );
});

test('with simulcast a packet of no known layer belongs to nothing', () => {
  const video = section(simulcastOffer);

  assert.equal(video.admit(rtpPacket({ ssrc: 5 })), undefined);
  assert.equal(video.admit(named(6, 'x')), undefined);
  assert.equal(section(ssrcSimulcastOffer).admit(rtpPacket({ ssrc: 5 })), undefined);
});

test('simulcast by SSRC has the places of its group', () => {
  const video = section(ssrcSimulcastOffer);

  const places = [12, 11, 13].map((ssrc) => video.admit(rtpPacket({ ssrc }))?.encoding);

  assert.deepEqual(
    places.map((encoding) => [encoding?.rid, encoding?.layer]),
    [
      ['1', 1],
      ['0', 0],
      ['2', 2],
    ],
  );
});

test('a retransmission finds its layer by the repaired rid, and without one once it has told', () => {
  const video = section(simulcastOffer);
  video.admit(named(100, 'h'));
  video.admit(named(101, 'l'));

  const found = [repairing(900, 'l'), repairing(901, 'h'), rtpPacket({ ssrc: 900, payloadType: 97 })];

  assert.deepEqual(
    found.map((packet) => video.repairedBy(packet)),
    [101, 100, 101],
  );
  assert.equal(video.repairedBy(repairing(902, 'm')), undefined);
  assert.equal(video.repairedBy(rtpPacket({ ssrc: 903, payloadType: 97 })), undefined);
});

test('a layer that begins anew under another SSRC is the one that is repaired', () => {
  const video = section(simulcastOffer);
  video.admit(named(100, 'h'));
  video.repairedBy(repairing(900, 'h'));
  video.forget(100);
  video.admit(named(200, 'h'));

  assert.equal(video.repairedBy(repairing(900, 'h')), 200);
});

test('a keyframe is asked of the layer that is meant, or of all, and not twice within half a second', () => {
  const video = section(simulcastOffer);
  for (const [index, rid] of ['h', 'm', 'l'].entries()) video.admit(named(100 + index, rid));
  const asked: (readonly number[])[] = [];
  const ask = (rid: string | undefined, now: number): void => {
    video.wantKeyframe(rid);
    asked.push(video.keyframesDue(now));
  };

  ask('m', 0);
  ask('h', 100);
  ask('m', 200);
  asked.push(video.keyframesDue(600));
  ask(undefined, 2000);

  assert.deepEqual(asked, [[101], [100], [], [101], [101, 100, 102]]);
});
