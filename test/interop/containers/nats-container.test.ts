import assert from 'node:assert/strict';
import { test } from 'node:test';
import { natsServerProgram } from '../../support/nats-server.ts';
import { startEngine, whyNoEngine, type Engine } from './engine.ts';

const program = natsServerProgram();
const reason = program === undefined ? 'nats-server is not installed' : await whyNoEngine();

// Not even with CI=true is an engine demanded: many machines that run tests are containers themselves.
test('a broker serves commands over NATS in a container', { skip: reason ?? false }, async (context) => {
  const engine = await startEngine().catch((cause: unknown) => String(cause));
  if (typeof engine === 'string') context.skip(`no container engine: ${engine}`);
  else await serveOver(engine);
});

async function serveOver(engine: Engine): Promise<void> {
  try {
    await engine.image(program ?? '', 'nats:local', [4222, 6222, 8222]);

    const said = await engine.runModule(new URL('./nats-in-container.js', import.meta.url), ['nats:local']);

    assert.match(said, /answered \{"result":"ok","tid":1,"data":\{"echo":"from a container"\}\}/);
    assert.match(said, /heard 1 event/);
  } finally {
    await engine[Symbol.asyncDispose]();
  }
}
