import { backendContract } from './backend/contract.ts';
import { embeddedBench } from './backend/embedded-bench.ts';
import { fakeBench } from './backend/fake-bench.ts';
import { scriptedBench } from './backend/scripted-bench.ts';

backendContract({ name: 'FakeBackend', parts: ['calls', 'rooms', 'statistics'], start: fakeBench });
backendContract({ name: 'JanusBackend on a scripted Janus', parts: [], start: scriptedBench });
backendContract({
  name: 'JanusBackend on an engine in this process',
  parts: ['calls', 'rooms', 'media', 'plain_rtp', 'statistics'],
  start: embeddedBench,
});
