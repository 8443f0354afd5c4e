export type { PlainRtpParts } from './plain-leg.ts';
export { PlainRtpLegs, type PlainRtpLegsOptions } from './plain-rtp-legs.ts';
