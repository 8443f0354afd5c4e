export { srtpContexts } from './srtp-contexts.ts';
