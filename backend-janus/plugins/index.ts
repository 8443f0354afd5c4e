export { EchoTest } from './echotest/echotest.ts';
export type { NoSipParts } from './nosip/bridge.ts';
export { NoSip } from './nosip/nosip.ts';
