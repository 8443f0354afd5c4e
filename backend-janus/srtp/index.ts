export { ReplayWindow } from './replay-window.ts';
export { srtpContexts } from './srtp-contexts.ts';
