import type { LocalTransport } from '#janus/media';

/** What a fake end of a connection says of itself; `id` makes its credentials, and its certificate is all one byte. */
export function fakeTransport(id: string, fingerprintByte = 'AB'): LocalTransport {
  const ssrcs = new Map<string, number>();
  const name = id.replaceAll(/[^A-Za-z0-9]/g, '').slice(-200);
  return {
    iceUfrag: `ufrag${name}`,
    icePwd: 'fakefakefakefakefakefake',
    isIceLite: true,
    fingerprints: [
      { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => fingerprintByte).join(':') },
    ],
    candidates: ['candidate:1 1 udp 2130706431 127.0.0.1 10000 typ host'],
    hasAllCandidates: true,
    origin: { sessionId: '1', version: 1 },
    cname: 'fake',
    hasTransportCc: false,
    allocateSsrc(mid, use) {
      const key = `${mid}/${use}`;
      const ssrc = ssrcs.get(key) ?? 1000 + ssrcs.size;
      ssrcs.set(key, ssrc);
      return ssrc;
    },
  };
}
