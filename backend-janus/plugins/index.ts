export { EchoTest } from './echotest/echotest.ts';
export { VideoRoom } from './videoroom/video-room.ts';
