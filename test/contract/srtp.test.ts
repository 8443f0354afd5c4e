import { srtpContexts } from '#janus/srtp';
import { srtpContract } from './srtp.ts';

srtpContract('SRTP on node:crypto', srtpContexts);
