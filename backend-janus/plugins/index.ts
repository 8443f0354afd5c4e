export { EchoTest } from './echotest/echotest.ts';
export { Videocall } from './videocall/videocall.ts';
