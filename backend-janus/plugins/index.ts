export { EchoTest } from './echotest/echotest.ts';
export { Videocall } from './videocall/videocall.ts';
export { VideoRoom } from './videoroom/video-room.ts';
