export { HandleRunner } from './handle-runner.ts';
export { Handle } from './handle.ts';
export type { HandleIdentity, HandleInput, HandleOutput, HandleReport, HandleRequest } from './messages.ts';
export { PeerTable } from './peer-table.ts';
