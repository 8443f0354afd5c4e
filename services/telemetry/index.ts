export { health, type Readiness } from './health.ts';
export { processLoad } from './process-load.ts';
