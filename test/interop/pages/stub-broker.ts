import { fastify, type FastifyInstance } from 'fastify';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock } from '#services/kernel';
import { consolePages } from '#services/console';
import type { FarEnd } from './far-end.ts';

/** A command as a page sent it. */
export interface Received {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface StubSession {
  readonly id: string;
  readonly socket: WebSocket;
  seq: number;
}

/** The console's pages before a broker that only pretends: it keeps what pages say and answers as the real one. */
export class StubBroker implements AsyncDisposable {
  readonly received: Received[] = [];
  /** What pages answered to events, by tid. */
  readonly answeredEvents: unknown[] = [];
  /** When set, the next commands of that name fail with it. */
  readonly failures = new Map<string, object>();
  readonly #app: FastifyInstance = fastify({ forceCloseConnections: true });
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #farEnd: FarEnd;
  readonly #sessions = new Map<string, StubSession>();
  /** What is being done for pages; disposing waits for it. */
  readonly #tasks = new Set<Promise<void>>();
  #lastTid = 0;

  private constructor(farEnd: FarEnd) {
    this.#farEnd = farEnd;
    this.#app.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/commands') return void socket.destroy();
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket));
    });
  }

  static async start(farEnd: FarEnd): Promise<StubBroker> {
    const broker = new StubBroker(farEnd);
    const ports = (): object => ({ http: broker.port, commands: broker.port, media: 10000 });
    await broker.#app.register(
      consolePages(systemClock, {
        node: 'stub0001',
        version: '0.0.0',
        subjectPrefix: 'media',
        ports,
        nats: () => ({ url: 'nats://user:secret@127.0.0.1:4222', isEmbedded: true }),
        sessions: () => broker.#sessions.size,
      }),
    );
    await broker.#app.listen({ host: '127.0.0.1', port: 0 });
    return broker;
  }

  get port(): number {
    const address = this.#app.server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Command connections that are open. */
  get connections(): number {
    return this.#sockets.clients.size;
  }

  /** The data of every command of that name, oldest first. */
  dataOf(name: string): readonly Received['data'][] {
    return this.received.filter((command) => command.name === name).map(({ data }) => data);
  }

  /** Sends an event of the session, as the broker would. */
  emit(sessionId: string, type: string, body: object): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) throw new Error(`no session ${sessionId}`);
    session.seq += 1;
    this.#lastTid += 1;
    const data = { class: 'media', subclass: 'session', type, obj_id: sessionId, seq: session.seq };
    const stamped = { ...data, time: systemClock.wallTime(), node: 'stub0001', body };
    session.socket.send(JSON.stringify({ class: 'core', cmd: 'event', tid: this.#lastTid, data: stamped }));
  }

  /** Counts an event of the session and does not send it. */
  loseEvent(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) session.seq += 1;
  }

  /** Ends a session from the broker's side. */
  async end(sessionId: string, code: number, reason: string): Promise<void> {
    this.emit(sessionId, 'destroyed', { code, reason });
    this.#sessions.delete(sessionId);
    await this.#farEnd.close(sessionId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await this.#app.close();
    await Promise.all(this.#tasks);
  }

  #accept(socket: WebSocket): void {
    socket.on('message', (bytes: Buffer) => this.#track(this.#receive(socket, bytes.toString())));
  }

  #track(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  async #receive(socket: WebSocket, text: string): Promise<void> {
    const message = objectOf(JSON.parse(text));
    if ('result' in message) {
      this.answeredEvents.push(message['tid']);
      return;
    }
    const name = `${String(message['subclass'])}.${String(message['cmd'])}`;
    const data = objectOf(message['data']);
    this.received.push({ name, data });
    const failure = this.failures.get(name);
    const reply = failure
      ? { result: 'error', data: failure }
      : { result: 'ok', data: await this.#run(socket, name, data) };
    socket.send(JSON.stringify({ tid: message['tid'], ...reply }));
  }

  async #run(socket: WebSocket, name: string, data: Received['data']): Promise<object> {
    const id = String(data['session_id']);
    if (name === 'session.create') return this.#create(socket, String(objectOf(data['offer'])['sdp']));
    if (name === 'session.set_candidate') await this.#farEnd.addCandidate(id, data);
    if (name === 'session.destroy') await this.end(id, 100011, 'User stop');
    return {};
  }

  async #create(socket: WebSocket, offer: string): Promise<object> {
    const session = { id: `stub0001-${this.#sessions.size + 1}`, socket, seq: 0 };
    this.#sessions.set(session.id, session);
    socket.once('close', () => this.#track(this.#lose(session.id)));
    const answer = {
      sdp: await this.#farEnd.answer(session.id, offer),
      sdp_type: 'webrtc',
      trickle_ice: false,
    };
    this.emit(session.id, 'answer', { answer });
    this.emit(session.id, 'status', { class: 'webrtc', status: 'up' });
    return { session_id: session.id, answer };
  }

  /** Sessions end with their connection. */
  async #lose(sessionId: string): Promise<void> {
    if (this.#sessions.delete(sessionId)) await this.#farEnd.close(sessionId);
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
