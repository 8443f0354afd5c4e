import { CommandConnection, faultFrom, type ConnectionNews } from '../commands.ts';
import { Leg, type LegNews } from '../media/leg.ts';
import type { MediaUpdate } from '../media/update.ts';
import type { Fault, MediaEvent } from '../wire.ts';
import type { SessionState } from './hook.ts';

/** What an EchoSession tells its page. */
export type EchoNews =
  | { readonly type: 'state'; readonly state: SessionState }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'channel'; readonly isOpen: boolean }
  | { readonly type: 'message'; readonly text: string }
  | Exclude<LegNews, { readonly type: 'state' }>;

/** One echo session: the command connection that owns it, its leg, and a data channel in it. */
export class EchoSession {
  readonly #stream: MediaStream;
  readonly #say: (news: EchoNews) => void;
  #isOver = false;
  #connection: CommandConnection | undefined;
  #leg: Leg | undefined;
  #channel: RTCDataChannel | undefined;

  /** The tracks of `stream` stay the caller's. */
  constructor(stream: MediaStream, say: (news: EchoNews) => void) {
    this.#stream = stream;
    this.#say = say;
  }

  /** Logs in at `url` and creates the session. Every failure is told as the state `ended`. */
  async start(url: URL, settings: MediaUpdate): Promise<void> {
    try {
      this.#say({ type: 'state', state: { name: 'connecting' } });
      const connection = await CommandConnection.open(url, 'echo-demo', (news) => this.#hear(news));
      if (this.#isOver) {
        connection.close();
        return;
      }
      this.#connection = connection;
      this.#leg = new Leg(
        connection,
        (news) => this.#follow(news),
        this.#stream,
        (peer) => this.#openChannel(peer),
      );
      await this.#leg.offer({ type: 'echo', wait_reply: true, ...settings });
    } catch (cause) {
      this.#end(faultFrom(cause));
    }
  }

  /** Asks the broker to end the session; told as the state `ended` when it has. */
  stop(): void {
    if (this.#leg === undefined) this.#end();
    else this.#leg.stop();
  }

  /** Drops both connections at once: the page is being left, and the broker ends the session with its connection. */
  leave(): void {
    this.#end({ name: 'page_left', text: 'This page was left, and its session with it' });
  }

  /** Rejects with CommandFailed. */
  async update(changes: MediaUpdate): Promise<void> {
    await this.#leg?.update(changes);
  }

  /** False while the data channel is not open. */
  send(text: string): boolean {
    if (this.#channel?.readyState !== 'open') return false;
    this.#channel.send(text);
    return true;
  }

  /** The connection's statistics; none before there is one. */
  async stats(): Promise<Iterable<unknown>> {
    return (await this.#leg?.stats())?.values() ?? [];
  }

  #openChannel(peer: RTCPeerConnection): void {
    const channel = peer.createDataChannel('echo');
    channel.addEventListener('open', () => this.#say({ type: 'channel', isOpen: true }));
    channel.addEventListener('close', () => this.#say({ type: 'channel', isOpen: false }));
    channel.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#say({ type: 'message', text: data });
    });
    this.#channel = channel;
  }

  #hear(news: ConnectionNews): void {
    if (news.type === 'closed') return this.#end(news.fault);
    this.#say(news);
    this.#leg?.hear(news.event);
  }

  #follow(news: LegNews): void {
    if (news.type === 'state' && news.state.name === 'ended') this.#end(news.state.fault);
    else if (!this.#isOver) this.#say(news);
  }

  #end(fault?: Fault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leg?.drop();
    this.#connection?.close();
    this.#say({ type: 'state', state: { name: 'ended', ...(fault && { fault }) } });
  }
}
