import { MediaError } from '#schemas';
import { Roster } from '#services/kernel';
import type { JanusConnection } from '#janus/client';

/** How an engine is: not yet asked who it is, ready for legs, or gone. */
export type EngineHealth = 'starting' | 'up' | 'down';

/** An engine as health checks, metrics and pages show it. */
export interface EngineStatus {
  readonly id: string;
  readonly health: EngineHealth;
  /** Legs and rooms on it, those being released included. */
  readonly load: number;
  /** As its `info` says; absent until it has. */
  readonly version?: string;
}

/** What one engine can do that not every Janus can: names that its `info` announces under `bifrons`. */
export type EngineExtensions = ReadonlySet<string>;

/** One leg's place on an engine. Disposing gives it back. */
export interface EngineSeat extends Disposable {
  readonly engineId: string;
  readonly connection: JanusConnection;
  readonly extensions: EngineExtensions;
}

interface Engine {
  readonly id: string;
  readonly connection: JanusConnection;
  readonly seats: Roster<() => void>;
  state: { readonly health: 'starting' | 'down' } | UpState;
}

interface UpState {
  readonly health: 'up';
  readonly version: string;
  readonly extensions: EngineExtensions;
}

/** The engines of a backend: which there are, how they are, and which one the next leg goes to. */
export class Engines implements AsyncDisposable {
  readonly #engines = new Map<string, Engine>();

  /**
   * Takes an engine in and owns its connection. Resolves once the engine has said who it is and takes legs; rejects
   * as `JanusConnection.request` does, and the engine is down. Replaces one of that id that is down; throws
   * RangeError if that one is not.
   */
  async add(id: string, connection: JanusConnection): Promise<void> {
    const before = this.#engines.get(id);
    if (before !== undefined && before.state.health !== 'down') throw new RangeError(`engine ${id} is there`);
    const engine: Engine = { id, connection, seats: new Roster(), state: { health: 'starting' } };
    this.#engines.set(id, engine);
    const fell = (): void => fall(engine);
    connection.lost.addEventListener('abort', fell, { once: true });
    try {
      const reply = await connection.request({ janus: 'info' }, connection.lost);
      engine.state = upState(reply.janus === 'server_info' && reply.data !== undefined ? reply.data : {});
    } catch (cause) {
      fall(engine);
      throw cause;
    }
  }

  /** Whether a leg would find a place. */
  get isAvailable(): boolean {
    return [...this.#engines.values()].some(({ state }) => state.health === 'up');
  }

  /** All engines, in the order in which they came. */
  list(): readonly EngineStatus[] {
    return [...this.#engines.values()].map(({ id, seats, state }) => ({
      id,
      health: state.health,
      load: seats.size,
      ...(state.health === 'up' && { version: state.version }),
    }));
  }

  /**
   * A place on the engine with the least load of those that are up; the earlier one of equals. `onDown` is called once
   * if that engine goes down. With an `engineId` no other one will do, and while it is down none is up. Throws MediaError
   * `no_mediaserver` if none is up.
   */
  enter(onDown: () => void, engineId?: string): EngineSeat {
    const [best] = [...this.#engines.values()]
      .filter(({ id }) => engineId === undefined || id === engineId)
      .flatMap((engine) => (engine.state.health === 'up' ? [{ engine, state: engine.state }] : []))
      .sort((one, other) => one.engine.seats.size - other.engine.seats.size);
    if (best === undefined) throw new MediaError('no_mediaserver');
    const { engine, state } = best;
    const seat = engine.seats.add(onDown);
    return {
      engineId: engine.id,
      connection: engine.connection,
      extensions: state.extensions,
      [Symbol.dispose]: () => seat[Symbol.dispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#engines.values()].map(({ connection }) => connection[Symbol.asyncDispose]()));
  }
}

function fall(engine: Engine): void {
  if (engine.state.health === 'down') return;
  engine.state = { health: 'down' };
  for (const onDown of [...engine.seats]) onDown();
}

function upState(info: object): UpState {
  const version = 'version_string' in info ? String(info.version_string) : '';
  return { health: 'up', version, extensions: new Set(extensionsOf(info)) };
}

function extensionsOf(info: object): readonly string[] {
  const bifrons = 'bifrons' in info ? info.bifrons : undefined;
  if (typeof bifrons !== 'object' || bifrons === null || !('extensions' in bifrons)) return [];
  const { extensions } = bifrons;
  return Array.isArray(extensions) ? extensions.filter((name) => typeof name === 'string') : [];
}
