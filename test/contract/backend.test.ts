import { backendContract } from './backend/contract.ts';
import { embeddedBench } from './backend/embedded-bench.ts';
import { fakeBench } from './backend/fake-bench.ts';
import { scriptedBench } from './backend/scripted-bench.ts';

backendContract({
  name: 'FakeBackend',
  parts: ['moments', 'calls', 'rooms', 'statistics'],
  start: fakeBench,
});
backendContract({ name: 'JanusBackend on a scripted Janus', parts: ['moments'], start: scriptedBench });
backendContract({
  name: 'JanusBackend on an engine in this process',
  parts: ['moments', 'late_switch', 'calls', 'rooms', 'media', 'plain_rtp', 'statistics'],
  start: embeddedBench,
});
