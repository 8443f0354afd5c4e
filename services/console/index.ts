export { consolePages } from './console-pages.ts';
export type { ConsoleSources, ConsoleState, NatsPlace, Ports } from './state.ts';
