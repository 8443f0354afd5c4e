export { EchoTest } from './echotest/echotest.ts';
