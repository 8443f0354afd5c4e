export { EchoTest } from './echotest/echotest.ts';
export type { NoSipParts } from './nosip/bridge.ts';
export { NoSip } from './nosip/nosip.ts';
export { Videocall } from './videocall/videocall.ts';
export { VideoRoom } from './videoroom/video-room.ts';
