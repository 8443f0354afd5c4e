export { Engines, type EngineHealth, type EngineStatus } from './engines.ts';
export { JanusBackend, type JanusBackendParts } from './janus-backend.ts';
export { RemoteEngine, type RemoteEngineParts } from './remote-engine.ts';
