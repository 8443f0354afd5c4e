import { VideoRoom } from '#janus/plugins';
import { MediaRouter } from '#janus/media';
import { FakeClock } from './fake-clock.ts';
import { FakePeer } from './fake-peer.ts';
import type { FakePeerConnection } from './fake-peer-connection.ts';
import { member, TestHandle } from './janus-handle.ts';
import { JanusWorld, type Told } from './janus-world.ts';
import { SeededRandom } from './seeded-random.ts';

type Kind = 'audio' | 'video' | 'data';

/** What the plugin told a client without being asked, and the descriptions beside it. */
export interface Event {
  readonly data: Readonly<Record<string, unknown>>;
  readonly sdp: string | undefined;
}

/** One client of the video room, with a browser. */
export class Guest {
  readonly handle: TestHandle;
  readonly browser: FakePeer;
  readonly #scene: RoomScene;
  #connection: FakePeerConnection | undefined;

  constructor(scene: RoomScene, handle: TestHandle) {
    this.#scene = scene;
    this.handle = handle;
    this.browser = new FakePeer(scene.world.peers);
  }

  /** The connection of this client. Throws RangeError before there is one. */
  get connection(): FakePeerConnection {
    if (this.#connection === undefined) throw new RangeError('no peer connection was made');
    return this.#connection;
  }

  /** What the plugin answers. */
  async ask(request: string, body: object = {}, jsep?: object): Promise<unknown> {
    return await this.handle.answer({ request, ...body }, jsep);
  }

  /** Everything the plugin told this client since the last call. */
  events(): readonly Event[] {
    return this.handle.client.take().flatMap(eventOf);
  }

  /** Publishes what `kinds` say, and connects. */
  async publish(kinds: readonly Kind[], body: object = {}, request = 'configure'): Promise<unknown> {
    const sdp = this.browser.offer(kinds);
    const told = await this.handle.message({ request, ...body }, { type: 'offer', sdp });
    const answer = told.flatMap(eventOf).find((event) => event.sdp !== undefined);
    if (answer?.sdp === undefined) return told.flatMap(eventOf).at(-1)?.data;
    this.#connection = this.#scene.world.peer;
    this.browser.accept(answer.sdp);
    await this.#scene.settle();
    return answer.data;
  }

  /** Subscribes, and answers the offer. */
  async subscribe(body: object): Promise<unknown> {
    return await this.follow('join', { room: this.#scene.room, ptype: 'subscriber', ...body });
  }

  /** Asks for something that brings an offer, and answers it. */
  async follow(request: string, body: object = {}): Promise<unknown> {
    const told = await this.handle.message({ request, ...body });
    const event = told.flatMap(eventOf).at(-1);
    if (event?.sdp !== undefined) await this.start(event.sdp);
    return event?.data;
  }

  /** Answers an offer of the plugin. */
  async start(offer: string): Promise<unknown> {
    this.#connection ??= this.#scene.world.peer;
    const sdp = this.browser.answer(offer);
    const data = await this.ask('start', {}, { type: 'answer', sdp });
    await this.#scene.settle();
    return data;
  }
}

/** A gateway with the video room and one room in it. */
export class RoomScene implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly router = new MediaRouter(this.clock);
  readonly world: JanusWorld;
  readonly room = 7;

  private constructor() {
    const { clock, router } = this;
    const plugin = new VideoRoom({ clock, router, random: new SeededRandom(2) });
    this.world = new JanusWorld({}, [plugin], clock);
  }

  /** Makes the room with `options`. */
  static async open(options: object = {}): Promise<RoomScene> {
    const scene = new RoomScene();
    const manager = await scene.guest();
    await manager.ask('create', { room: scene.room, ...options });
    return scene;
  }

  async guest(): Promise<Guest> {
    return new Guest(this, await TestHandle.attach(this.world, 'janus.plugin.videoroom'));
  }

  /** A participant that publishes nothing yet. */
  async participant(id: number, body: object = {}): Promise<Guest> {
    const guest = await this.guest();
    await guest.ask('join', { room: this.room, ptype: 'publisher', id, ...body });
    return guest;
  }

  /** A participant whose streams can be subscribed to. */
  async publisher(id: number, kinds: readonly Kind[] = ['audio', 'video']): Promise<Guest> {
    const guest = await this.participant(id);
    await guest.publish(kinds);
    return guest;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.clock.run(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}

function eventOf(message: Told): Event[] {
  const data = member(message, 'plugindata', 'data');
  if (typeof data !== 'object' || data === null) return [];
  const sdp = member(message, 'jsep', 'sdp');
  return [{ data: { ...data }, sdp: typeof sdp === 'string' ? sdp : undefined }];
}
