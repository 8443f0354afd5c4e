import type { HandlePort } from '#janus/gateway';
import type { Jsep } from '#janus/protocol';
import { initialSettings } from './call-settings.ts';

/** What Janus tells a peer whose limit is lifted, in bit/s. */
const unlimited = 10_000_000;

/** One client: who it is, and what it set. */
export class Party {
  readonly handle: HandlePort;
  /** As registered; undefined before. */
  username: string | undefined;
  settings = initialSettings;
  /** Its peer connection is up. */
  isUp = false;

  constructor(handle: HandlePort) {
    this.handle = handle;
  }

  tell(result: object, jsep?: Jsep): void {
    this.handle.pushEvent({ data: { videocall: 'event', result }, ...(jsep && { jsep }) });
  }

  limitBitrate(): void {
    const { bitrate } = this.settings;
    if (bitrate !== undefined) this.handle.limitBitrate(bitrate === 0 ? unlimited : bitrate);
  }

  /** It is as it was before its first call. */
  reset(): void {
    this.settings = initialSettings;
    this.isUp = false;
  }
}

/** The result that ends a call, for those who take part in it: `username` is who ended it, or could not take it. */
export function hungUp(username: string | undefined, reason: string): object {
  return { event: 'hangup', ...(username !== undefined && { username }), reason };
}
