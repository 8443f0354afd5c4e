import type { CommandHandler } from '../../command-table.ts';

/** Does nothing but answer. */
export const ping: CommandHandler<'core.core.ping'> = () => ({});
