import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WrtcRemote } from '../support/wrtc-remote.ts';
import { callFromWrtc, openWebRtc, OurEnd } from './call.ts';

test('a call over IPv6', async () => {
  await using webrtc = await openWebRtc({ local: { address: '::1', port: 0 } });
  await using ours = new OurEnd(webrtc);
  await using peer = new WrtcRemote();

  await callFromWrtc(ours, peer);

  assert.equal(webrtc.local.address, '::1');
  assert.ok(webrtc.counts.addresses > 0);
});

for (const [kept, left] of [
  ['127.0.0.1', '::1'],
  ['::1', '127.0.0.1'],
]) {
  test(`both families at once: a peer that knows only ${kept} reaches us there`, async () => {
    await using webrtc = await openWebRtc({ secondAddress: '::1' });
    await using ours = new OurEnd(webrtc);
    await using peer = new WrtcRemote();

    await callFromWrtc(ours, peer, (answer) => {
      assert.ok(answer.includes(` ${kept} `) && answer.includes(` ${left} `));
      return answer.replace(new RegExp(`a=candidate:.* ${left} .*\\r\\n`, 'g'), '');
    });
  });
}
