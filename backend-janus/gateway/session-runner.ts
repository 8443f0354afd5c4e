import {
  ack,
  attached,
  eventType,
  JanusRefusal,
  read,
  readJsep,
  readTrickle,
  element,
  success,
  timedOut,
  type Asked,
  type Envelope,
  type GatewayEvent,
  type Jsep,
} from '#janus/protocol';
import { Driver, type Clock, type Log, type Random } from '#services/kernel';
import { freeId } from './free-id.ts';
import { HandleRunner } from './handle/index.ts';
import type { HandleIdentity, HandleInput, HandleReport, HandleRequest, PeerTable } from './handle/index.ts';
import {
  JanusSession,
  type JanusSessionEnd,
  type JanusSessionInput,
  type JanusSessionOutput,
} from './janus-session.ts';
import { PluginError, type Plugin } from './plugin.ts';
import type { GatewaySettings } from './settings.ts';
import type { ClientDependant, TransportClient } from './transport-client.ts';

/** What surrounds one session. */
export interface SessionSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly peers: PeerTable;
  readonly plugins: ReadonlyMap<string, Plugin>;
  readonly settings: GatewaySettings;
  report(event: Omit<GatewayEvent, 'timestamp'>): void;
  /** Told once: the session is gone, and its handles with it. */
  ended(): void;
}

type SessionVerb = (envelope: Envelope, from: TransportClient) => void;

/** Runs one Janus session: answers what is asked of it and its handles, and ends them with it. */
export class SessionRunner implements ClientDependant {
  readonly id: number;
  readonly #surroundings: SessionSurroundings;
  readonly #handles = new Map<number, HandleRunner>();
  readonly #driver: Driver<JanusSessionInput, JanusSessionOutput>;
  #client: TransportClient;
  #dependence: Disposable;
  #isEnded = false;
  readonly #sessionVerbs: ReadonlyMap<string, SessionVerb> = new Map<string, SessionVerb>([
    ['keepalive', (envelope, from) => from.send(ack(this.#asked(envelope)))],
    ['claim', (envelope, from) => this.#claim(envelope, from)],
    ['attach', (envelope, from) => this.#attach(envelope, from)],
    ['destroy', (envelope, from) => this.#destroy(envelope, from)],
  ]);

  constructor(id: number, client: TransportClient, surroundings: SessionSurroundings) {
    this.id = id;
    this.#surroundings = surroundings;
    const session = new JanusSession(surroundings.settings, surroundings.clock.now());
    this.#driver = new Driver(session, surroundings.clock, {
      perform: ({ reason }) => this.#end(reason),
      fault: (cause) => {
        surroundings.log.error({ err: cause }, 'a session failed');
        this.#end('destroyed');
      },
    });
    this.#client = client;
    this.#dependence = client.adopt(this);
    this.#report({ type: eventType.session, event: { name: 'created', transport: client.description } });
  }

  get handleCount(): number {
    return this.#handles.size;
  }

  /** A handle, for the Admin API. */
  handle(id: number): HandleRunner | undefined {
    return this.#handles.get(id);
  }

  /** Answers one request that names this session. Throws JanusRefusal. */
  request(envelope: Envelope, from: TransportClient): void {
    this.#driver.post({ type: 'touched' });
    const { handleId, verb, spelling } = envelope;
    const handle = typeof handleId === 'number' ? this.#handleOf(handleId) : undefined;
    const onSession = this.#sessionVerbs.get(verb);
    const onHandle = handleInput(envelope, { ...this.#asked(envelope), from });
    if (handle !== undefined && onHandle !== undefined) {
      if (!handle.post(onHandle())) throw new JanusRefusal('unknown', 'The handle is busy');
      return;
    }
    if (onSession !== undefined && (handle === undefined || verb === 'keepalive'))
      return onSession(envelope, from);
    if (onSession === undefined && onHandle === undefined)
      throw new JanusRefusal('unknown_request', `Unknown request '${spelling}'`);
    throw new JanusRefusal('invalid_request_path', `Unhandled request '${spelling}' at this path`);
  }

  clientGone(): void {
    this.#driver.post({ type: 'client_gone' });
  }

  /** Ends the session without a word to its client. */
  end(): void {
    this.#driver.post({ type: 'destroy' });
  }

  #handleOf(id: number): HandleRunner {
    const handle = this.#handles.get(id);
    if (handle === undefined)
      throw new JanusRefusal('handle_not_found', `No such handle ${id} in session ${this.id}`);
    return handle;
  }

  #asked({ transaction }: Envelope): Asked {
    return { transaction, sessionId: this.id };
  }

  #claim(envelope: Envelope, from: TransportClient): void {
    this.#driver.post({ type: 'claimed' });
    if (from !== this.#client) {
      this.#dependence[Symbol.dispose]();
      this.#client = from;
      this.#dependence = from.adopt(this);
    }
    from.send(success(this.#asked(envelope)));
  }

  #destroy(envelope: Envelope, from: TransportClient): void {
    this.end();
    from.send(success(this.#asked(envelope)));
  }

  #attach(envelope: Envelope, from: TransportClient): void {
    const { plugin: name, opaque_id: opaqueId } = read('attach', envelope.message);
    const plugin = this.#surroundings.plugins.get(name);
    if (plugin === undefined) throw new JanusRefusal('plugin_not_found', `No such plugin '${name}'`);
    if (this.#handles.size >= this.#surroundings.settings.mostHandles)
      throw new JanusRefusal('plugin_attach', 'Too many handles in this session');
    const handleId = freeId(this.#surroundings.random, (id) => this.#handles.has(id));
    const identity = {
      sessionId: this.id,
      handleId,
      package: name,
      ...(opaqueId !== undefined && { opaqueId }),
    };
    this.#handles.set(handleId, this.#createHandle(identity, plugin));
    const event = { name: 'attached', plugin: name, ...(opaqueId !== undefined && { opaque_id: opaqueId }) };
    this.#reportOf(identity, { type: eventType.handle, event });
    from.send(attached(this.#asked(envelope), handleId));
  }

  #createHandle(identity: HandleIdentity, plugin: Plugin): HandleRunner {
    const { clock, log, peers, settings } = this.#surroundings;
    try {
      return new HandleRunner(identity, plugin, {
        clock,
        log: log.child({ handle_id: identity.handleId }),
        peers,
        candidatesTimeoutMs: settings.candidatesTimeoutMs,
        tell: (message) => this.#tell(message),
        report: (report) => this.#reportOf(identity, report),
        ended: () => void this.#handles.delete(identity.handleId),
      });
    } catch (cause) {
      if (!(cause instanceof PluginError)) throw cause;
      throw new JanusRefusal('plugin_attach', `Couldn't attach to plugin: error '${cause.number}'`, {
        cause,
      });
    }
  }

  /** Says nothing more once the session is over: handles die silently with it. */
  #tell(message: object): void {
    if (!this.#isEnded) this.#client.send(message);
  }

  #end(reason: JanusSessionEnd): void {
    if (this.#isEnded) return;
    if (reason === 'timeout') this.#tell(timedOut(this.id));
    this.#isEnded = true;
    for (const handle of [...this.#handles.values()]) handle.abandon();
    this.#dependence[Symbol.dispose]();
    this.#driver[Symbol.dispose]();
    const name = reason === 'timeout' ? 'timeout' : 'destroyed';
    this.#report({ type: eventType.session, event: { name } });
    this.#surroundings.ended();
  }

  #reportOf({ handleId, opaqueId }: HandleIdentity, report: HandleReport): void {
    this.#report({ ...report, handle_id: handleId, ...(opaqueId !== undefined && { opaque_id: opaqueId }) });
  }

  #report(report: HandleReport & Pick<GatewayEvent, 'handle_id' | 'opaque_id'>): void {
    this.#surroundings.report({ ...report, session_id: this.id });
  }
}

/** What a verb means to a handle, to be read when there is one; undefined for other verbs. The result throws JanusRefusal. */
function handleInput({ verb, message }: Envelope, request: HandleRequest): (() => HandleInput) | undefined {
  switch (verb) {
    case 'message':
      return () => ({ type: 'message', request: { ...request, ...readMessage(message) } });
    case 'trickle':
      return () => ({ type: 'trickle', request, trickle: readTrickle(message) });
    case 'hangup':
      return () => ({ type: 'hangup', request });
    case 'detach':
      return () => ({ type: 'detach', request });
    default:
      return undefined;
  }
}

function readMessage(message: object): { readonly body: object; readonly jsep?: Jsep } {
  const { body } = read('message', message);
  const jsep = readJsep(element(message, 'jsep'));
  return { body, ...(jsep && { jsep }) };
}
