import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '#janus/media';
import { member, TestHandle } from '../../support/janus-handle.ts';
import { JanusWorld } from '../../support/janus-world.ts';
import { rtpBytes, vp8Layer } from '../../support/rtp-stream.ts';
import { simulcastOffer, ssrcSimulcastOffer } from '../../support/simulcast-sdp.ts';

/** A camera with three layers of 25 pictures a second, each with three temporal layers, and its echo. */
class Camera {
  readonly world = new JanusWorld();
  readonly names: readonly string[];
  answer = '';
  #handle: TestHandle | undefined;
  #picture = 0;

  private constructor(names: readonly string[]) {
    this.names = names;
  }

  static async call(offer = simulcastOffer, names = ['l', 'm', 'h'], body: object = {}): Promise<Camera> {
    const camera = new Camera(names);
    const { world } = camera;
    camera.#handle = await TestHandle.attach(world, 'janus.plugin.echotest');
    const [, event] = await camera.handle.message(body, { type: 'offer', sdp: offer });
    camera.answer = String(member(event, 'jsep', 'sdp'));
    world.peer.connect({ openChannels: new Set(), takeData: nothing, closed: nothing });
    await world.clock.run(0);
    camera.handle.client.take();
    return camera;
  }

  get handle(): TestHandle {
    assert.ok(this.#handle);
    return this.#handle;
  }

  /** Sends pictures of the layers that `sends` has; a layer that was asked for a keyframe makes one. */
  async film(pictures: number, sends: readonly number[] = [0, 1, 2]): Promise<void> {
    for (let left = pictures; left > 0; left -= 1) {
      const wanted = this.world.peer.keyframeRequests.splice(0);
      for (const layer of sends)
        this.#send(layer, this.#picture === 0 || wanted.includes(this.#asked(layer)));
      this.#picture += 1;
      await this.world.clock.run(40);
    }
  }

  /** What came back since the last call: the layer in a hundred, the temporal layer in one. */
  returned(): readonly number[] {
    const packets = this.world.peer.sentOn('0')?.take() ?? [];
    return packets.map(({ payload }) => 100 * payload.readUInt8(7) + (payload.readUInt8(5) >> 6));
  }

  events(): readonly unknown[] {
    const events = this.handle.client
      .take()
      .flatMap((message) => member(message, 'plugindata', 'data') ?? []);
    return events.filter((event) => member(event, 'result') === undefined);
  }

  #asked(layer: number): string {
    return `0/${this.names[layer] ?? ''}`;
  }

  #send(layer: number, isKeyframe: boolean): void {
    const rid = this.names[layer] ?? '';
    const bytes = rtpBytes({
      ssrc: 11 + layer,
      sequenceNumber: 1000 * layer + this.#picture,
      timestamp: 500_000 * layer + 3600 * this.#picture,
      ...(rid === String(layer) ? {} : { extensions: { 10: [...Buffer.from(rid)] } }),
      payload: vp8Layer(this.#picture, isKeyframe, layer),
    });
    this.world.peer.arrive('0', bytes);
  }
}

function nothing(): void {
  // What the far end gets is looked at in the sender.
}

function isWithin(returned: readonly number[], layer: number, temporal: number): boolean {
  const fits = (one: number): boolean => Math.floor(one / 100) === layer && one % 100 <= temporal;
  return returned.length > 0 && returned.every(fits);
}

test('three rids are accepted, and the highest layer comes back', async () => {
  const camera = await Camera.call();
  await camera.film(10);

  const [media] = parseSdp(camera.answer).media;
  assert.deepEqual(
    media?.simulcast?.recv.map(({ rid }) => rid),
    ['h', 'm', 'l'],
  );
  camera.returned();
  await camera.film(10);
  assert.ok(isWithin(camera.returned(), 2, 2));
});

test('a layer that is asked for comes back from its keyframe on, and is told then', async () => {
  const camera = await Camera.call();
  await camera.film(5);
  camera.events();

  await camera.handle.answer({ substream: 0 });
  assert.deepEqual(camera.events(), []);
  await camera.film(2);
  camera.returned();
  await camera.film(8);

  assert.ok(isWithin(camera.returned(), 0, 2));
  assert.deepEqual(camera.events(), [{ echotest: 'event', videocodec: 'vp8', substream: 0 }]);
});

test('temporal layers leave at once and return where the pictures allow it', async () => {
  const camera = await Camera.call();
  await camera.film(8);
  camera.events();

  await camera.handle.answer({ temporal: 0 });
  camera.returned();
  await camera.film(8);
  const lowest = camera.returned();
  await camera.handle.answer({ temporal: 2 });
  await camera.film(12);
  camera.returned();
  await camera.film(4);

  assert.ok(isWithin(lowest, 2, 0));
  assert.equal(camera.returned().length, 4);
  const told = [0, 1, 2].map((temporal) => ({ echotest: 'event', videocodec: 'vp8', temporal }));
  assert.deepEqual(
    camera.events().filter((event) => member(event, 'temporal') !== undefined),
    told,
  );
});

test('a layer that falls silent gives way after the fallback and comes back with its stream', async () => {
  const camera = await Camera.call();
  await camera.film(5);
  await camera.handle.answer({ fallback: 500_000 });
  camera.events();

  await camera.film(12, [0, 1]);
  const early = camera.events();
  await camera.film(4, [0, 1]);
  await camera.film(4);

  assert.deepEqual(early, []);
  assert.deepEqual(
    camera.events().map((event) => member(event, 'substream')),
    [1, 2],
  );
});

test('what is asked for with the offer holds from the keyframe of its layer on', async () => {
  const camera = await Camera.call(simulcastOffer, ['l', 'm', 'h'], { substream: 1, temporal: 1 });
  await camera.film(1);
  const [first, ...others] = camera.returned();
  await camera.film(6);

  assert.deepEqual([first, others], [0, [100]]);
  assert.ok(isWithin(camera.returned(), 1, 1));
});

test('simulcast by SSRC is the same', async () => {
  const camera = await Camera.call(ssrcSimulcastOffer, ['0', '1', '2'], { substream: 1 });
  await camera.film(1);
  camera.returned();
  await camera.film(6);

  assert.ok(isWithin(camera.returned(), 1, 2));
});

test('what is known of the layers is shown', async () => {
  const camera = await Camera.call();
  await camera.film(4);
  await camera.handle.answer({ substream: 0, temporal: 1 });
  const { gateway, reported } = camera.world;

  const facts = gateway.session(camera.handle.session_id)?.handle(camera.handle.handle_id)?.query();

  const names = [
    'simulcast',
    'substream',
    'substream-target',
    'temporal-layer',
    'temporal-layer-target',
    'fallback',
  ];
  assert.deepEqual(
    names.map((name) => member(facts, name)),
    [true, 2, 0, 2, 1, 250_000],
  );
  const simulcast = { substream: 2, 'temporal-layer': 2 };
  const [last] = reported.filter(({ type }) => type === 64).slice(-1);
  assert.deepEqual(member(last?.event, 'data', 'simulcast'), simulcast);
});

test('a hangup ends all layers and forgets what was asked for', async () => {
  const camera = await Camera.call(simulcastOffer, ['l', 'm', 'h'], { substream: 0 });
  await camera.film(3);
  await camera.handle.ask('hangup');
  await camera.world.clock.run(0);

  assert.equal(camera.world.router.size, 0);
  const facts = camera.world.gateway
    .session(camera.handle.session_id)
    ?.handle(camera.handle.handle_id)
    ?.query();
  assert.equal(member(facts, 'simulcast'), undefined);
});

test('a picture that is taken away and added again has its layers told again', async () => {
  const sound = simulcastOffer
    .slice(simulcastOffer.indexOf('m=video'))
    .replace(/m=video.*/, 'm=audio 9 UDP/TLS/RTP/SAVPF 0')
    .replace('mid:0', 'mid:1');
  const audio = sound.slice(0, sound.indexOf('a=rtpmap'));
  const both = `${simulcastOffer}${audio}`.replace('BUNDLE 0', 'BUNDLE 0 1');
  const camera = await Camera.call(both);
  await camera.film(10);

  const without = both.replace('m=video 9', 'm=video 0').replace('BUNDLE 0 1', 'BUNDLE 1');
  await camera.handle.message({}, { type: 'offer', sdp: without });
  await camera.handle.message({}, { type: 'offer', sdp: both });
  camera.events();
  await camera.film(20, [2]);

  const told = camera.events().map((event) => member(event, 'substream'));
  assert.deepEqual(
    told.filter((substream) => substream !== undefined),
    [2],
  );
});
