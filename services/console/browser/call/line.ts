import { CommandConnection, CommandFailed, faultFrom, type ConnectionNews } from '../commands.ts';
import { textIn } from '../json.ts';
import { Leg, type LegNews } from '../media/leg.ts';
import type { LegState } from '../media/leg-state.ts';
import type { MediaUpdate } from '../media/update.ts';
import type { Fault, MediaEvent } from '../wire.ts';
import type { CallState } from './hook.ts';
import { callMeta, IncomingCalls } from './incoming-calls.ts';
import { outcomeOf, type EndedCall } from './outcome.ts';

/** What a Line tells its page. */
export type LineNews =
  | { readonly type: 'state'; readonly state: CallState }
  | { readonly type: 'event'; readonly event: MediaEvent }
  | { readonly type: 'remote'; readonly stream: MediaStream }
  /** A call is over; what was sent can be closed. */
  | { readonly type: 'over'; readonly outcome: string | undefined; readonly fault: Fault | undefined }
  | { readonly type: 'warning'; readonly fault: Fault };

/** What a call sends; opened when it is needed, by whoever shows it. */
export interface Sent {
  readonly open: () => Promise<MediaStream>;
  /** Mutes and bitrate to begin with. */
  readonly settings: () => MediaUpdate;
}

/** Seconds a call rings before the broker ends it. */
const ringSeconds = 45;

/** Sessions looked at for calls that came before we waited. */
const mostLookedAt = 100;

interface Call extends Omit<EndedCall, 'wasAnswered'> {
  readonly leg: Leg;
  wasAnswered: boolean;
}

/** One person's line: waits under a name, calls others, and is in one call at a time. */
export class Line {
  readonly #url: URL;
  readonly #sent: Sent;
  readonly #say: (news: LineNews) => void;
  #state: CallState = { name: 'idle' };
  #connection: CommandConnection | undefined;
  /** While others can call. */
  #listed: { readonly as: string; readonly calls: IncomingCalls } | undefined;
  #call: Call | undefined;

  constructor(url: URL, sent: Sent, say: (news: LineNews) => void) {
    this.#url = url;
    this.#sent = sent;
    this.#say = say;
  }

  /** Waits under `name` until told otherwise; calls that ring there already are found. */
  async wait(name: string): Promise<void> {
    const calls = new IncomingCalls(name);
    await this.#attempt(async () => {
      const connection = await this.#connect(name);
      if (connection === undefined) return;
      const wanted = { class: 'media', subclass: 'session', type: ['created', 'answer', 'destroyed'] };
      await connection.request('core', 'event', 'subscribe', wanted);
      this.#listed = { as: name, calls };
      await findEarlier(connection, calls);
      if (this.#connection === connection) this.#settle();
    });
  }

  /** No call in progress is ended by it. */
  stopWaiting(): void {
    this.#listed = undefined;
    if (this.#call === undefined) this.#disconnect();
  }

  /** Calls whoever waits under `to`. */
  async call(to: string, from: string): Promise<void> {
    await this.#attempt(async () => {
      const connection = this.#connection ?? (await this.#connect(from));
      if (connection === undefined) return;
      this.#enter({ name: 'calling', to });
      const stream = await this.#sent.open();
      // Given up while the camera was opened.
      if (this.#state.name !== 'calling') {
        this.#over('Call given up');
        return;
      }
      const leg = this.#begin(connection, stream, { partner: to, wasIncoming: false });
      await leg.offer({
        type: 'proxy',
        session_meta: callMeta(to, from),
        wait_timeout: ringSeconds,
        ...this.#sent.settings(),
      });
    });
  }

  /** Answers the call that rings. */
  async accept(): Promise<void> {
    const { name } = this.#state;
    const incoming = this.#listed?.calls.first;
    const connection = this.#connection;
    if (name !== 'ringing' || incoming === undefined || connection === undefined) return;
    const { sessionId, from } = incoming;
    await this.#attempt(async () => {
      this.#enter({ name: 'answering', from });
      const stream = await this.#sent.open();
      if (this.#state.name !== 'answering') {
        this.#over('Call given up');
        return;
      }
      this.#listed?.calls.forget(sessionId);
      const leg = this.#begin(connection, stream, { partner: from, wasIncoming: true });
      const links = { peer_id: sessionId, master_id: sessionId };
      await leg.answer({ type: 'bridge', ...links, ...this.#sent.settings() });
    });
  }

  /** Ends the call that rings for everybody who waits under the name. */
  decline(): void {
    const incoming = this.#listed?.calls.first;
    if (this.#state.name !== 'ringing' || incoming === undefined) return;
    const gone = { session_id: incoming.sessionId };
    this.#connection
      ?.request('media', 'session', 'destroy', gone)
      .catch((cause: unknown) => this.#say({ type: 'warning', fault: faultFrom(cause) }));
    this.#listed?.calls.forget(incoming.sessionId);
    this.#settle();
  }

  /** Ends the call, in whatever state it is. */
  hangUp(): void {
    if (this.#call !== undefined) {
      this.#enter({ name: 'hanging_up' });
      this.#call.leg.stop();
    } else if (this.#state.name === 'connecting') this.#disconnect();
    else this.#settle();
  }

  /** Rejects with CommandFailed. */
  async update(changes: MediaUpdate): Promise<void> {
    await this.#call?.leg.update(changes);
  }

  /** Of the call; none without one. */
  async stats(): Promise<Iterable<unknown>> {
    return (await this.#call?.leg.stats())?.values() ?? [];
  }

  /** The page is being left: the broker ends what belongs to the connection. */
  leave(): void {
    this.#listed = undefined;
    this.#disconnect();
  }

  /** Undefined if that was given up meanwhile. */
  async #connect(name: string): Promise<CommandConnection | undefined> {
    const connecting: CallState = { name: 'connecting' };
    this.#enter(connecting);
    const connection = await CommandConnection.open(this.#url, name, (news) => this.#hear(news));
    if (this.#state === connecting) this.#connection = connection;
    else connection.close();
    return this.#state === connecting ? connection : undefined;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (this.#call === undefined) this.#over(undefined, faultFrom(cause));
      if (this.#listed === undefined || this.#connection === undefined) this.#disconnect();
    }
  }

  #begin(connection: CommandConnection, stream: MediaStream, who: Omit<EndedCall, 'wasAnswered'>): Leg {
    const leg = new Leg(connection, (news) => leg === this.#call?.leg && this.#follow(news), stream);
    this.#call = { ...who, leg, wasAnswered: false };
    return leg;
  }

  #hear(news: ConnectionNews): void {
    if (news.type === 'closed') return this.#lose(news.fault);
    const { event } = news;
    this.#say({ type: 'event', event });
    this.#call?.leg.hear(event);
    this.#listed?.calls.hear(event);
    if (this.#state.name === 'available' || this.#state.name === 'ringing') this.#settle();
  }

  #lose(fault: Fault): void {
    this.#listed = undefined;
    this.#connection = undefined;
    if (this.#call !== undefined) return this.#call.leg.drop(fault);
    this.#over(undefined, fault);
  }

  #follow(news: LegNews): void {
    if (news.type !== 'state') return this.#say(news);
    const { state } = news;
    if (state.name === 'ended') this.#endCall(state.fault);
    else this.#showCall(state);
  }

  #showCall(state: Exclude<LegState, { readonly name: 'ended' }>): void {
    const call = this.#call;
    if (call === undefined || this.#state.name === 'hanging_up') return;
    if (state.name === 'running') {
      call.wasAnswered = true;
      const { sessionId, media } = state;
      this.#enter({ name: 'talking', partner: call.partner, sessionId, media });
    } else if (state.name === 'waiting' && !call.wasIncoming)
      this.#enter({ name: 'calling', to: call.partner, sessionId: state.sessionId });
  }

  #endCall(fault: Fault | undefined): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#call = undefined;
    const outcome = outcomeOf(call, fault);
    this.#over(outcome, outcome === undefined ? fault : undefined);
  }

  /** Says how a call ended, or was not to be, and goes back to waiting. */
  #over(outcome: string | undefined, fault?: Fault): void {
    this.#settle();
    this.#say({ type: 'over', outcome, fault });
  }

  /** Where the line stands without a call of its own. */
  #settle(): void {
    if (this.#listed === undefined) return this.#disconnect();
    const { as, calls } = this.#listed;
    const ringing = calls.first;
    this.#enter(ringing === undefined ? { name: 'available', as } : { name: 'ringing', ...ringing });
  }

  #disconnect(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.leg.drop();
    this.#connection?.close();
    this.#connection = undefined;
    this.#listed = undefined;
    this.#enter({ name: 'idle' });
  }

  #enter(state: CallState): void {
    this.#state = state;
    this.#say({ type: 'state', state });
  }
}

/** Calls that were made before we subscribed; the events tell of later ones. */
async function findEarlier(connection: CommandConnection, calls: IncomingCalls): Promise<void> {
  const sessions = await connection.list('media', 'session', 'get_list', {});
  const infos = sessions.slice(-mostLookedAt).map(async (session) => {
    try {
      const session_id = textIn(session, 'session_id');
      calls.look(await connection.request('media', 'session', 'get_info', { session_id }));
    } catch (cause) {
      // A session that ended since it was listed rings no more.
      if (!(cause instanceof CommandFailed) || cause.fault.name === 'connection_lost') throw cause;
    }
  });
  await Promise.all(infos);
}
