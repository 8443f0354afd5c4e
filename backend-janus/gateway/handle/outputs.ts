import type { IceCandidate, PeerConnectionEvent } from '#janus/media';
import {
  errorReply,
  eventType,
  iceFailed,
  JanusRefusal,
  mediaEvent,
  pluginEvent,
  slowLink,
  success,
  trickled,
  type GatewayEvent,
  type HandleAddress,
  type Jsep,
} from '#janus/protocol';
import type { PluginEvent } from '../plugin.ts';
import type {
  HandleIdentity,
  HandleInput,
  HandleOutput,
  HandleRequest,
  HandleStream,
  PluginHook,
} from './messages.ts';

/** Error number that the plugins of Janus have in common: something else went wrong. */
const unknownError = 499;

/** The member by which a plugin's data is known: `videoroom` of `janus.plugin.videoroom`. */
function pluginKey(packageName: string): string {
  return packageName.split('.').at(-1) ?? packageName;
}

/** What a plugin's client gets for a request that the plugin refuses. */
export function pluginError(packageName: string, number: number, text: string): object {
  return { [pluginKey(packageName)]: 'event', error_code: number, error: text };
}

/** What stands for an event that a plugin promised and failed to make. */
export function missingEvent({ package: name }: HandleIdentity, text: string): PluginEvent {
  return { data: pluginError(name, unknownError, text) };
}

/** An event of the plugin on its way to the client and, if it describes something, to event handlers. */
export function eventOutputs(
  identity: HandleIdentity,
  { data, jsep }: PluginEvent,
  transaction?: string,
): HandleOutput[] {
  const message = pluginEvent(identity, { plugin: identity.package, data }, { jsep, transaction });
  return [...(jsep === undefined ? [] : [jsepReport('local', jsep)]), { type: 'tell', message }];
}

export function hook(what: PluginHook): HandleOutput {
  return { type: 'plugin_hook', hook: what };
}

export function succeeded(request: HandleRequest): HandleOutput {
  return { type: 'reply', to: request.from, message: success(request) };
}

export function refused(request: HandleRequest, refusal: JanusRefusal): HandleOutput {
  return { type: 'reply', to: request.from, message: errorReply(refusal, request) };
}

/** What a handle that is gone still does: it refuses who waits for a reply. */
export function refuse(input: HandleInput, { handleId, sessionId }: HandleAddress): HandleOutput[] {
  if (!('request' in input)) return [];
  const reason = `No such handle ${handleId} in session ${sessionId}`;
  return [refused(input.request, new JanusRefusal('handle_not_found', reason))];
}

export function report(type: GatewayEvent['type'], subtype: number | undefined, event: object): HandleOutput {
  return { type: 'report', report: { type, ...(subtype !== undefined && { subtype }), event } };
}

/** A description as event handlers see it; `owner` is who made it. */
export function jsepReport(owner: 'local' | 'remote', { type, sdp }: Jsep): HandleOutput {
  return report(eventType.jsep, undefined, { owner, jsep: { type, sdp } });
}

export function candidateReport(candidate: string): HandleOutput {
  const text = candidate.replace(/^candidate:/, '');
  return report(eventType.webrtc, 3, { 'remote-candidate': text, stream_id: 1, component_id: 1 });
}

export function connectionReport(event: object): HandleOutput {
  return report(eventType.webrtc, 6, event);
}

/** A candidate of ours that is not in the description, or the end of them. */
export function candidateOutputs(
  identity: HandleIdentity,
  candidate: IceCandidate | undefined,
): HandleOutput[] {
  const tell: HandleOutput = {
    type: 'tell',
    message: trickled(identity, candidate ?? { completed: true }),
  };
  if (candidate === undefined) return [tell];
  const text = candidate.candidate.replace(/^candidate:/, '');
  const body = { 'local-candidate': text, stream_id: 1, component_id: 1 };
  return [tell, report(eventType.webrtc, 2, body)];
}

/** The peer shows no sign of life: a `hangup` follows unless it comes back. */
export function silentOutputs(identity: HandleIdentity): HandleOutput[] {
  return [
    { type: 'tell', message: iceFailed(identity) },
    report(eventType.webrtc, 1, { ice: 'failed', stream_id: 1, component_id: 1 }),
  ];
}

/** Packets of one medium arrive or no longer do; nothing if the stream is not known yet. */
export function mediaOutputs(
  identity: HandleIdentity,
  type: HandleStream['kind'] | undefined,
  { mid, isFlowing: receiving }: { readonly mid: string; readonly isFlowing: boolean },
): HandleOutput[] {
  if (type === undefined) return [];
  return [
    { type: 'tell', message: mediaEvent(identity, { mid, type, receiving }) },
    report(eventType.media, 1, { media: type, mid, receiving }),
  ];
}

/** What a plugin is told of the data channels of its peer. */
export function dataHook(
  event: Extract<PeerConnectionEvent, { readonly type: 'data' | 'channel' | 'channel_closed' }>,
): PluginHook {
  const { label } = event;
  if (event.type === 'data') return { type: 'incoming_data', label, payload: event.payload };
  if (event.type === 'channel') return { type: 'data_ready', label, reliability: event.reliability };
  return { type: 'data_ended', label };
}

/** Janus looks from the client's side: its uplink is what the client gets from us. The plugin hears of it first. */
export function slowLinkOutputs(
  identity: HandleIdentity,
  media: HandleStream['kind'] | undefined,
  event: { readonly mid: string; readonly isUplink: boolean; readonly lostPackets: number },
): HandleOutput[] {
  if (media === undefined) return [];
  const { mid, isUplink, lostPackets } = event;
  const slow_link = isUplink ? 'downlink' : 'uplink';
  return [
    hook({ type: 'slow_link', mid, isUplink, lostPackets }),
    { type: 'tell', message: slowLink(identity, { mid, media, uplink: !isUplink, lost: lostPackets }) },
    report(eventType.media, 2, { mid, media, slow_link, lost_lastsec: lostPackets }),
  ];
}
