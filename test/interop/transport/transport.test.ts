import { createLog, Scope, systemClock, systemRandom } from '#services/kernel';
import { DevBus, HttpTransport, NatsTransport, Turns, WebSocketTransport } from '#services/transport';
import { transportContract, type TransportBed } from '../../contract/transport.ts';
import { startNatsServer, withNatsServer } from '../../support/nats-server.ts';
import { httpClient } from './http-client.ts';
import { natsClient } from './nats-client.ts';
import { resources, until } from './surroundings.ts';
import { webSocketClient } from './web-socket-client.ts';

const turns = new Turns(systemClock);
const parts = { clock: systemClock, random: systemRandom, log: createLog('error', {}), turns };
const anyPort = { address: '127.0.0.1', port: 0 };
const surroundings = { until, resources };

function openHttp(): Promise<TransportBed> {
  const transport = new HttpTransport(parts, anyPort);
  return Promise.resolve({
    transport,
    connect: () => Promise.resolve(httpClient(transport.port ?? 0)),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  });
}

function openWebSocket(): Promise<TransportBed> {
  const transport = new WebSocketTransport(parts, anyPort);
  return Promise.resolve({
    transport,
    connect: () => webSocketClient(`ws://127.0.0.1:${transport.port ?? 0}/any/path`),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  });
}

async function openWebSocketOnHttp(): Promise<TransportBed> {
  const scope = new Scope();
  const http = scope.own(new HttpTransport(parts, anyPort));
  const transport = scope.own(new WebSocketTransport(parts, anyPort));
  transport.attachTo(http, '/commands');
  await http.listen(() => Promise.reject(new Error('not by way of HTTP')));
  return {
    transport,
    connect: () => webSocketClient(`ws://127.0.0.1:${http.port ?? 0}/commands`),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

async function openNatsOverDevBus(): Promise<TransportBed> {
  const bus = new DevBus(parts, anyPort);
  await bus.listen();
  return openNats(bus.url, bus);
}

async function openNatsOverServer(): Promise<TransportBed> {
  const server = await startNatsServer();
  return openNats(server.url, server);
}

function openNats(url: string, server: AsyncDisposable): TransportBed {
  const scope = new Scope();
  scope.own(server);
  const readNode = (): { sessions: number; load: number; draining: boolean } => ({
    sessions: 0,
    load: 0,
    draining: false,
  });
  const onClosed = (): never => {
    throw new Error('closed for good');
  };
  const options = { url, node: 'abcd1234', version: '0.1.0' };
  const transport = scope.own(new NatsTransport({ ...parts, readNode, onClosed }, options));
  return {
    transport,
    publish: (event) => transport.publishEvent(event),
    connect: () => natsClient(url),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

transportContract(
  {
    name: 'http',
    oversized: 'answered',
    hasHeaders: true,
    absence: 'of_requests',
    events: 'nowhere',
    skip: false,
  },
  { ...surroundings, open: openHttp },
);

const overWebSocket = {
  oversized: 'refused',
  hasHeaders: false,
  absence: 'of_callers',
  events: 'at_callers',
  skip: false,
} as const;
transportContract({ ...overWebSocket, name: 'websocket' }, { ...surroundings, open: openWebSocket });
transportContract(
  { ...overWebSocket, name: 'websocket on the HTTP port' },
  { ...surroundings, open: openWebSocketOnHttp },
);

const overNats = {
  oversized: 'refused',
  hasHeaders: true,
  absence: 'unknown',
  events: 'at_subscribers',
} as const;
transportContract(
  { ...overNats, name: 'nats over the dev bus', skip: false },
  { ...surroundings, open: openNatsOverDevBus },
);
transportContract(
  { ...overNats, name: 'nats over nats-server', skip: withNatsServer().skip },
  { ...surroundings, open: openNatsOverServer },
);
