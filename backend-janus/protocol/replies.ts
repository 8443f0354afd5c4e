import type { JanusRefusal } from './errors.ts';
import type { JanusTrickle, Jsep, PluginData } from './messages.ts';

/** The request that a reply answers. */
export interface Asked {
  readonly transaction: string;
  readonly sessionId: number;
}

/** What could be read of a request that is refused. */
export interface Named {
  readonly transaction?: string | undefined;
  readonly sessionId?: number | undefined;
}

/** The handle that a message is about. */
export interface HandleAddress {
  readonly sessionId: number;
  readonly handleId: number;
}

// Members stand in the order in which Janus writes them: people and golden tests read them so.

/** A refusal. Names what of the request could be read. */
export function errorReply(refusal: JanusRefusal, { transaction, sessionId }: Named): object {
  return {
    janus: 'error',
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(transaction !== undefined && { transaction }),
    error: { code: refusal.code, reason: refusal.message },
  };
}

/** The reply to `ping`. */
export function pong(transaction: string): object {
  return { janus: 'pong', transaction };
}

/** The reply to `create`. */
export function created(transaction: string, id: number): object {
  return { janus: 'success', transaction, data: { id } };
}

/** The reply to `attach`, with the id of the handle. */
export function attached(asked: Asked, id: number): object {
  return { ...success(asked), data: { id } };
}

/** The reply to a request that has nothing to tell. */
export function success({ transaction, sessionId }: Asked): object {
  return { janus: 'success', session_id: sessionId, transaction };
}

/** The reply to what is answered later, or needs no answer. */
export function ack({ transaction, sessionId }: Asked, hint?: string): object {
  return { janus: 'ack', session_id: sessionId, transaction, ...(hint !== undefined && { hint }) };
}

/** The reply of a plugin that answers at once. */
export function pluginReply(
  transaction: string,
  { sessionId, handleId }: HandleAddress,
  plugindata: PluginData,
): object {
  return { ...success({ transaction, sessionId }), sender: handleId, plugindata };
}

/** An event of a plugin; with `transaction` it is the late reply to a message. */
export function pluginEvent(
  { sessionId, handleId }: HandleAddress,
  plugindata: PluginData,
  { jsep, transaction }: { readonly jsep?: Jsep | undefined; readonly transaction?: string | undefined },
): object {
  return {
    janus: 'event',
    session_id: sessionId,
    ...(transaction !== undefined && { transaction }),
    sender: handleId,
    plugindata,
    ...(jsep !== undefined && { jsep }),
  };
}

/** The peer connection is up. */
export function webrtcUp(handle: HandleAddress): object {
  return fromHandle('webrtcup', handle);
}

/** Packets of one medium arrive, or have stopped to. */
export function mediaEvent(
  handle: HandleAddress,
  { mid, type, receiving }: { readonly mid: string; readonly type: string; readonly receiving: boolean },
): object {
  return { ...fromHandle('media', handle), mid, type, receiving };
}

/** Packets were lost in the last second. `uplink` is true for those the client lost. */
export function slowLink(
  handle: HandleAddress,
  about: { readonly mid: string; readonly media: string; readonly uplink: boolean; readonly lost: number },
): object {
  const { mid, media, uplink, lost } = about;
  return { ...fromHandle('slowlink', handle), mid, media, uplink, lost };
}

/** A candidate of ours that is not in the SDP. */
export function trickled(handle: HandleAddress, candidate: JanusTrickle): object {
  return { ...fromHandle('trickle', handle), candidate };
}

/** The peer that was connected shows no sign of life any more. Newer versions of Janus say so before `hangup`. */
export function iceFailed(handle: HandleAddress): object {
  return fromHandle('ice-failed', handle);
}

/** The peer connection is gone. */
export function hangup(handle: HandleAddress, reason: string): object {
  return { ...fromHandle('hangup', handle), reason };
}

/** The handle is gone, and its session lives. */
export function detached(handle: HandleAddress): object {
  return fromHandle('detached', handle);
}

/** The session was idle too long and is gone. */
export function timedOut(sessionId: number): object {
  return { janus: 'timeout', session_id: sessionId };
}

function fromHandle(janus: string, { sessionId, handleId }: HandleAddress): object {
  return { janus, session_id: sessionId, sender: handleId };
}
