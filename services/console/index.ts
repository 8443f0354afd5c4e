export { commandFacts, type CommandFacts, type FieldFacts } from './command-facts.ts';
export { consolePages } from './console-pages.ts';
export type { ConsoleSources, ConsoleState, NatsPlace, Ports } from './state.ts';
