import { FakePeer } from './fake-peer.ts';
import { member, TestHandle } from './janus-handle.ts';
import { JanusWorld, type Told } from './janus-world.ts';

type Kind = 'audio' | 'video' | 'data';

/** One user of the videocall: its handle and its browser. */
export interface CallUser {
  readonly handle: TestHandle;
  readonly browser: FakePeer;
}

/** Alice and Bob, registered with the videocall of one gateway. */
export class VideoCall implements AsyncDisposable {
  readonly world: JanusWorld;
  readonly alice: CallUser;
  readonly bob: CallUser;

  private constructor(world: JanusWorld, alice: CallUser, bob: CallUser) {
    this.world = world;
    this.alice = alice;
    this.bob = bob;
  }

  static async open(): Promise<VideoCall> {
    const world = new JanusWorld();
    return new VideoCall(world, await join(world, 'alice'), await join(world, 'bob'));
  }

  /** Alice's offer reaches Bob; gives it. */
  async ring(kinds: readonly Kind[] = ['audio', 'video', 'data'], offer?: string): Promise<string> {
    const sdp = offer ?? this.alice.browser.offer(kinds);
    await this.alice.handle.message({ request: 'call', username: 'bob' }, { type: 'offer', sdp });
    const incoming = this.bob.handle.client.told.find((told) => resultOf(told, 'event') === 'incomingcall');
    return String(member(incoming, 'jsep', 'sdp'));
  }

  /** Bob accepts with `answer`, or as his browser would; gives what Alice's browser is answered. */
  async accept(offer: string, answer = this.bob.browser.answer(offer)): Promise<string> {
    await this.bob.handle.message({ request: 'accept' }, { type: 'answer', sdp: answer });
    const accepted = this.alice.handle.client.told.find((told) => resultOf(told, 'event') === 'accepted');
    return String(member(accepted, 'jsep', 'sdp'));
  }

  /** Both are connected. */
  async connect(kinds?: readonly Kind[]): Promise<void> {
    const answer = await this.accept(await this.ring(kinds));
    this.alice.browser.accept(answer);
    await this.world.clock.run(0);
    this.forget();
  }

  /** Nobody was told anything. */
  forget(): void {
    this.alice.handle.client.take();
    this.bob.handle.client.take();
  }

  /** What reaches Bob, and what reaches Alice, of three packets on `mid` that the other one sends. */
  flow(mid: string): readonly [number, number] {
    return [passed(this.alice, this.bob, mid), passed(this.bob, this.alice, mid)];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.world[Symbol.asyncDispose]();
  }
}

/** A member of the result that an event of the videocall carries. */
export function resultOf(told: Told | undefined, name: string): unknown {
  return member(told, 'plugindata', 'data', 'result', name);
}

/** What a user was told since the last call: results as `event username reason`, the rest as `heard` has it. */
export function heardBy({ handle }: CallUser): string[] {
  return handle.client.take().map((told) => {
    const words = ['event', 'username', 'reason'].map((name) => resultOf(told, name)).filter(isText);
    const result = words.join(' ');
    return result === '' ? [told['janus'], told['reason'] ?? ''].join(' ').trim() : result;
  });
}

/** Attaches a user with a browser, and registers it. */
export async function join(world: JanusWorld, username: string): Promise<CallUser> {
  const handle = await TestHandle.attach(world, 'janus.plugin.videocall');
  await handle.message({ request: 'register', username });
  handle.client.take();
  return { handle, browser: new FakePeer(world.peers, username) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function passed(from: CallUser, to: CallUser, mid: string): number {
  const before = to.browser.received(mid).length;
  from.browser.sendRtp(mid, 3);
  return to.browser.received(mid).length - before;
}
