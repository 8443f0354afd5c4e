import { EngineHandles } from './engine-handles.ts';

/** An engine in this process on a real UDP socket, with one echotest handle. */
export interface EngineCall extends AsyncDisposable {
  /** The engine's answer to a peer's offer. */
  answer(offer: string): Promise<string>;
  /** Changes what the echotest handle does: `{ substream: 1 }`. */
  configure(body: object): Promise<void>;
}

/** Opens one; disposing releases all. */
export async function callEngine(): Promise<EngineCall> {
  const engine = await EngineHandles.open();
  const ask = await engine.attach('janus.plugin.echotest');
  return {
    answer: async (offer) => (await ask({}, { type: 'offer', sdp: offer })).sdp,
    async configure(body) {
      await ask(body);
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
