import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionId } from '#schemas';
import { sessionDefaults } from '../../support/new-session.ts';
import {
  answer,
  candidate,
  complete,
  done,
  failed,
  offer,
  start,
  trickled,
} from '../../support/session-run.ts';

test('what the leg tells reaches the client in the words of the wire', () => {
  const { driver, outputs } = start({ offer });
  outputs.length = 0;

  driver.post({ type: 'leg', event: { type: 'media_up' } });
  driver.post({ type: 'leg', event: { type: 'media', kind: 'video', isFlowing: false } });
  driver.post({ type: 'leg', event: { type: 'slow_link', isUplink: true, lostPackets: 7 } });
  driver.post({ type: 'leg', event: { type: 'media_timeout' } });
  driver.post({ type: 'leg', event: { type: 'dtmf', digit: '5' } });
  driver.post({ type: 'leg', event: { type: 'recorder', state: 'started', uri: 'a.webm' } });

  assert.deepEqual(
    outputs.map((output) => (output.type === 'event' ? output.event : output)),
    [
      { type: 'status', body: { class: 'webrtc', status: 'up', webrtc_ready: true } },
      {
        type: 'status',
        body: { class: 'media', media: 'video', status: 'down', video_status: 'stopped' },
      },
      { type: 'status', body: { class: 'slow_link', uplink: true, nacks: 7 } },
      { type: 'media_timeout', body: {} },
      { type: 'info', body: { info: 'dtmf', digit: '5' } },
      { type: 'recorder', body: { action: 'started', uri: 'a.webm' } },
    ],
  );
});

test('what flows changes when the backend has changed it, and shows in status and info', () => {
  const { driver, session, outputs, said } = start({ offer });
  driver.post(done(1, answer));
  said();

  driver.post({ type: 'update_media', request: 1, media: { muteAudio: true, bitsPerSecond: 300_000 } });
  assert.deepEqual(said(), ['backend 2 update']);
  assert.equal(session.info.mute_audio, false);
  driver.post(done(2));

  assert.deepEqual(outputs, [
    { type: 'reply', request: 1, result: undefined },
    {
      type: 'event',
      event: { type: 'status', body: { class: 'update', mute_audio: true, bitrate: 300_000 } },
    },
  ]);
  assert.deepEqual([session.info.mute_audio, session.info.bitrate], [true, 300_000]);
});

test('a change that the backend refuses changes nothing; no change asks for none', () => {
  const { driver, session, said } = start({ offer });
  driver.post(done(1, answer));
  said();

  driver.post({ type: 'update_media', request: 1, media: {} });
  driver.post({ type: 'update_media', request: 2, media: { muteVideo: true } });
  driver.post(failed(2, 'janus_error'));

  assert.deepEqual(said(), ['reply 1 ok', 'backend 2 update', 'reply 2 janus_error']);
  assert.equal(session.info.mute_video, false);
});

test('a change before there is a leg goes along when it is opened', () => {
  const { driver, outputs } = start({ offer: trickled, gathersOffer: true });
  driver.post({ type: 'update_media', request: 1, media: { muteVideo: true } });
  driver.post({ type: 'client_candidate', candidate });
  outputs.length = 0;

  driver.post({ type: 'client_candidate', candidate: undefined });

  const media = { ...sessionDefaults.media, muteVideo: true };
  assert.deepEqual(outputs[0], {
    type: 'backend',
    operation: 1,
    request: { type: 'open', role: 'offeree', offer: complete, media },
  });
});

test('a session that only relays has no media to change', () => {
  const { driver, said } = start({ type: 'p2p', offer });

  driver.post({ type: 'update_media', request: 1, media: { muteAudio: true } });

  assert.deepEqual(said(), ['reply 1 not_implemented']);
});

test('info holds what is known: descriptions, links, status by class and flat', () => {
  const { driver, session } = start({ offer, backend: 'nkmedia_janus', masterId: sessionId('m') });
  driver.post(done(1, answer));
  driver.post({ type: 'leg', event: { type: 'media_up' } });
  driver.post({ type: 'leg', event: { type: 'media', kind: 'audio', isFlowing: true } });
  driver.post({ type: 'linked', peer: sessionId('slave') });

  assert.deepEqual(session.info, {
    session_id: 's',
    type: 'echo',
    type_ext: {},
    status: {
      webrtc: { status: 'up' },
      webrtc_ready: true,
      media: { media: 'audio', status: 'up' },
      audio_status: 'started',
    },
    backend: 'nkmedia_janus',
    backend_role: 'offeree',
    offer,
    answer: { ...answer, sdp_type: 'webrtc', trickle_ice: false, backend: 'nkmedia_janus' },
    no_offer_trickle_ice: false,
    no_answer_trickle_ice: false,
    trickle_ice_timeout: 5000,
    sdp_type: 'webrtc',
    master_id: 'm',
    slave_id: 'slave',
    slave_ids: ['slave'],
    set_master_answer: false,
    stop_after_peer: true,
    wait_timeout: 60,
    ready_timeout: 86_400,
    start_time: 0,
    mute_audio: false,
    mute_video: false,
    mute_data: false,
    bitrate: 0,
  });
});

test('a session that outlives its master forgets it', () => {
  const { driver, session } = start({ offer, masterId: sessionId('m'), stopAfterPeer: false });

  driver.post({ type: 'peer', from: sessionId('m'), event: { type: 'ended' } });

  assert.equal(session.info.master_id, undefined);
});
