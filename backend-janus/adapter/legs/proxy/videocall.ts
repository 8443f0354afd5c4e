import type { Answer, Description, Offer } from '#schemas';
import type { JanusHandle } from '#janus/client';
import type { JanusEvent, Jsep } from '#janus/protocol';
import type { MediaUpdate } from '#services/session';
import { deferred, orAborted } from '../deferred.ts';
import { described, jsepAnswer, jsepOffer } from '../jsep.ts';
import type { Place, SagaGround } from '../leg-saga.ts';
import { mediaBody, type DataWord } from '../media-body.ts';
import type { End, GoBetween } from './go-between.ts';

const videocall = 'janus.plugin.videocall';

/** Two WebRTC peers: one calls the other by Janus' videocall, and both are ours. */
export async function videocallBetween(
  { session, extensions }: Place,
  { random, request, signal }: SagaGround,
): Promise<GoBetween> {
  const names = { caller: random.uuid(), callee: random.uuid() };
  const word = extensions.has('videocall.data') ? 'bifrons' : 'none';
  // Refused before anybody is called.
  mediaBody(request.media, word);
  const caller = await session.attach(videocall, request.sessionId, signal);
  const callee = await session.attach(videocall, request.sessionId, signal);
  await caller.message({ request: 'register', username: names.caller }, undefined, signal);
  await callee.message({ request: 'register', username: names.callee }, undefined, signal);
  return new VideocallBetween({ caller, callee }, names.callee, word, signal);
}

class VideocallBetween implements GoBetween {
  readonly proxyType = 'videocall';
  readonly handles: { readonly caller: JanusHandle; readonly callee: JanusHandle };
  readonly #calleeName: string;
  readonly #word: DataWord;
  readonly #signal: AbortSignal;
  readonly #incoming = deferred<Jsep>();
  readonly #accepted = deferred<Jsep>();

  constructor(
    handles: { readonly caller: JanusHandle; readonly callee: JanusHandle },
    calleeName: string,
    word: DataWord,
    signal: AbortSignal,
  ) {
    this.handles = handles;
    this.#calleeName = calleeName;
    this.#word = word;
    this.#signal = signal;
  }

  async begin(offer: Offer): Promise<Offer> {
    const call = { request: 'call', username: this.#calleeName };
    await this.handles.caller.message(call, jsepOffer(offer), this.#signal);
    return described({ jsep: await orAborted(this.#incoming.promise, this.#signal) });
  }

  async accept(answer: Answer, media: MediaUpdate): Promise<Description> {
    const jsep = jsepAnswer(answer);
    await this.update('callee', media);
    await this.handles.callee.message({ request: 'accept' }, jsep, this.#signal);
    return described({ jsep: await orAborted(this.#accepted.promise, this.#signal) });
  }

  async update(end: End, media: MediaUpdate): Promise<void> {
    const body = mediaBody(media, this.#word);
    if (Object.keys(body).length > 0)
      await this.handles[end].message({ request: 'set', ...body }, undefined, this.#signal);
  }

  start(media: MediaUpdate): Promise<void> {
    return this.update('caller', media);
  }

  hear(event: JanusEvent): void {
    if (event.janus !== 'event' || event.jsep === undefined) return;
    const said = resultOf(event.plugindata.data);
    const { caller, callee } = this.handles;
    if (event.sender === callee.id && said === 'incomingcall') this.#incoming.settle(event.jsep);
    if (event.sender === caller.id && said === 'accepted') this.#accepted.settle(event.jsep);
  }

  async hangUp(signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, this.#signal]);
    await this.handles.callee.message({ request: 'hangup' }, undefined, limit);
  }
}

/** What videocall says has happened. */
function resultOf(data: object): unknown {
  const result = 'result' in data ? data.result : undefined;
  return typeof result === 'object' && result !== null && 'event' in result ? result.event : undefined;
}
