import { PluginError } from '#janus/gateway';
import type { HandlePort, PluginMessage, PluginResult, PluginSession, PromisedEvent } from '#janus/gateway';
import type { ChannelReliability, Encoding, ForwardedLayers, RtpSink } from '#janus/media';
import type { Jsep } from '#janus/protocol';
import type { Call } from './call.ts';
import { changedSettings } from './call-settings.ts';
import { hungUp, Party } from './party.ts';
import type { Switchboard } from './switchboard.ts';
import { readVideocallRequest, videocallErrors, type VideocallRequest } from './videocall-request.ts';

/** What a request comes to: its result, and what follows once the client has it. */
interface Outcome {
  readonly result: object;
  afterwards?(): void;
}

/**
 * One client that calls, or is called.
 *
 * Known limits: recording is accepted and nothing is recorded.
 */
export class VideocallSession implements PluginSession {
  readonly #party: Party;
  readonly #switchboard: Switchboard;
  #slowLinks = 0;

  constructor(handle: HandlePort, switchboard: Switchboard) {
    this.#party = new Party(handle);
    this.#switchboard = switchboard;
  }

  handleMessage(message: PluginMessage): PluginResult {
    return { type: 'ack', event: this.#respond(message) };
  }

  setupMedia(): void {
    this.#party.isUp = true;
  }

  dataReady(label: string, reliability: ChannelReliability): void {
    this.#ongoing?.flowFrom(this.#party).dataReady(label, reliability);
  }

  dataEnded(label: string): void {
    this.#ongoing?.flowFrom(this.#party).dataEnded(label);
  }

  incomingRtp(mid: string, encoding: Encoding): RtpSink | undefined {
    return this.#ongoing?.open(this.#party, mid, encoding);
  }

  incomingData(label: string, payload: string | Buffer): void {
    this.#ongoing?.flowFrom(this.#party).incomingData(label, payload);
  }

  /** Janus tells of what it loses, not of what the client loses. */
  slowLink(mid: string, isUplink: boolean): void {
    this.#slowLinks += 1;
    const media = this.#ongoing?.flowFrom(this.#party).kindOf(mid);
    if (!isUplink || media === undefined) return;
    const limit = media === 'video' ? { 'current-bitrate': this.#party.settings.bitrate ?? 0 } : {};
    this.#party.tell({ event: 'slow_link', media, ...limit });
  }

  hangupMedia(): void {
    this.#slowLinks = 0;
    this.#ongoing?.end();
    this.#party.reset();
  }

  layersOf(mid: string): ForwardedLayers | undefined {
    const call = this.#ongoing;
    return call?.flowFrom(call.otherOf(this.#party)).layersOf(mid);
  }

  query(): object {
    const { username, settings, isUp } = this.#party;
    const call = this.#ongoing;
    const { audio, video, bitrate = 0 } = settings;
    return {
      state: call === undefined ? 'idle' : call.isAccepted ? 'incall' : 'ringing',
      ...(username !== undefined && { username }),
      ...(call && { peer: call.otherOf(this.#party).username, ...call.flowFrom(this.#party).query() }),
      audio_active: audio,
      video_active: video,
      bitrate,
      started: isUp,
      slowlink_count: this.#slowLinks,
      hangingup: 0,
      destroyed: 0,
    };
  }

  destroy(): void {
    this.#ongoing?.end();
    this.#switchboard.remove(this.#party);
  }

  /** The call that this client is in. */
  get #ongoing(): Call | undefined {
    return this.#switchboard.callOf(this.#party);
  }

  async #respond(message: PluginMessage): Promise<PromisedEvent> {
    try {
      const request = readVideocallRequest(message.body);
      const { result, ...rest } = await this.#perform(request, message.jsep);
      return { data: { videocall: 'event', result }, ...rest };
    } catch (cause) {
      // Janus lets go of the connection that an offer in vain would have had.
      if (message.jsep?.type === 'offer' && this.#ongoing === undefined)
        this.#party.handle.closePeerConnection('Close PC');
      throw cause;
    }
  }

  #perform(request: VideocallRequest, jsep: Jsep | undefined): Promise<Outcome> | Outcome {
    switch (request.request) {
      case 'list':
        return { result: { list: this.#switchboard.usernames } };
      case 'register':
        return this.#register(request);
      case 'call':
        return this.#call(request, jsep);
      case 'accept':
        return this.#accept(jsep);
      case 'set':
        return this.#set(request, jsep);
      case 'hangup':
        return this.#hangUp(request);
      default:
        throw refusal('invalidRequest', `Unknown request (${request.request})`);
    }
  }

  #register({ username }: VideocallRequest): Outcome {
    if (this.#party.username !== undefined)
      throw refusal('alreadyRegistered', `Already registered (${this.#party.username})`);
    if (username === undefined) throw missingUsername();
    this.#switchboard.register(this.#party, username);
    return this.#told({ event: 'registered', username });
  }

  async #call({ username }: VideocallRequest, offer: Jsep | undefined): Promise<Outcome> {
    const caller = this.#party;
    if (caller.username === undefined) throw refusal('registerFirst', 'Register a username first');
    if (this.#ongoing !== undefined) throw refusal('alreadyInCall', 'Already in a call');
    if (username === undefined) throw missingUsername();
    if (username === caller.username)
      throw refusal('useEchoTest', "You can't call yourself... use the EchoTest for that");
    const callee = this.#switchboard.find(username);
    if (callee === undefined) throw refusal('noSuchUsername', `Username '${username}' doesn't exist`);
    if (offer === undefined) throw refusal('missingSdp', 'Missing SDP');
    if (this.#switchboard.callOf(callee) !== undefined) return this.#busy();
    const call = this.#switchboard.connect(caller, callee);
    try {
      const jsep = await call.pass(caller, offer);
      callee.tell({ event: 'incomingcall', username: caller.username }, jsep);
    } catch (cause) {
      call.abandon();
      throw cause;
    }
    return this.#told({ event: 'calling' });
  }

  #busy(): Outcome {
    const { handle, username } = this.#party;
    const reason = 'User busy';
    handle.notifyEvent({ event: 'hangup', reason });
    return { result: hungUp(username, reason), afterwards: () => handle.closePeerConnection('Close PC') };
  }

  async #accept(answer: Jsep | undefined): Promise<Outcome> {
    const { username } = this.#party;
    const call = this.#ongoing;
    if (call?.isFor(this.#party) !== true) throw refusal('noCall', 'No incoming call to accept');
    if (answer === undefined) throw refusal('missingSdp', 'Missing SDP');
    const jsep = await call.settle(this.#party, answer);
    call.otherOf(this.#party).tell({ event: 'accepted', username }, jsep);
    return this.#told({ event: 'accepted' });
  }

  async #set(request: VideocallRequest, jsep: Jsep | undefined): Promise<Outcome> {
    const party = this.#party;
    party.settings = changedSettings(party.settings, request);
    party.limitBitrate();
    this.#ongoing?.apply();
    if (jsep !== undefined) await this.#update(jsep, request.restart === true);
    const { audio, video, bitrate = 0 } = party.settings;
    party.handle.notifyEvent({ event: 'configured', audio_active: audio, video_active: video, bitrate });
    return { result: { event: 'set' } };
  }

  /** Passes a new description on to the other side of a call that goes on. */
  async #update(jsep: Jsep, restartsIce: boolean): Promise<void> {
    const call = this.#ongoing;
    if (call?.isAccepted !== true) throw refusal('noCall', 'No call to update');
    const other = call.otherOf(this.#party);
    const passed =
      jsep.type === 'offer'
        ? await call.pass(this.#party, jsep, { restartsIce })
        : await call.settle(this.#party, jsep);
    other.tell({ event: 'update' }, passed);
  }

  /** Harmless without a call, as in Janus. */
  #hangUp({ reason }: VideocallRequest): Outcome {
    const { handle, username } = this.#party;
    const call = this.#ongoing;
    const other = call?.otherOf(this.#party);
    const explicit = 'Explicit hangup';
    handle.notifyEvent({ event: 'hangup', reason: explicit });
    other?.tell(hungUp(username, reason ?? 'We did the hangup'));
    other?.handle.notifyEvent({ event: 'hangup', reason: 'Remote hangup' });
    const afterwards = (): void => {
      call?.end();
      if (call === undefined) handle.closePeerConnection('Close PC');
    };
    return { result: hungUp(username, explicit), afterwards };
  }

  /** A result that event handlers get too. */
  #told(result: object): Outcome {
    this.#party.handle.notifyEvent(result);
    return { result };
  }
}

function refusal(name: keyof typeof videocallErrors, text: string): PluginError {
  return new PluginError(videocallErrors[name], text);
}

function missingUsername(): PluginError {
  return refusal('missingElement', 'Missing mandatory element (username)');
}
