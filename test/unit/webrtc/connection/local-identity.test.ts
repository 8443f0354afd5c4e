import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NegotiatedMedia } from '#janus/media';
import { LocalIdentity } from '../../../../backend-janus/webrtc/connection/local-identity.ts';
import { makeCertificate } from '../../../../backend-janus/webrtc/dtls/certificate.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const certificate = makeCertificate(0);
const current = { dtlsRole: undefined, isIceLite: true, candidates: [] };
const credentials = { ufrag: 'ours', password: 'a+password+of/enough+length' };

function identity(): LocalIdentity {
  return new LocalIdentity({ random: new SeededRandom(), certificate, cname: 'one' });
}

function media(mid: string, isRejected = false): NegotiatedMedia {
  return { mid, index: 0, kind: 'audio', isRejected, direction: 'sendrecv' };
}

test('an m-line keeps its SSRCs from description to description, and no two have the same', () => {
  const ours = identity();
  const first = ours.describe(credentials, current);
  const ssrcs = ['0', '1'].flatMap((mid) => [
    first.allocateSsrc(mid, 'media'),
    first.allocateSsrc(mid, 'rtx'),
  ]);
  ours.agreed([media('0'), media('1')]);

  const second = ours.describe(credentials, current);

  assert.equal(new Set(ssrcs).size, 4);
  assert.equal(second.allocateSsrc('1', 'media'), ssrcs[2]);
  assert.equal(second.origin.version, first.origin.version + 1);
});

test('m-lines that are rejected or gone give up their SSRCs', () => {
  const ours = identity();
  for (let round = 0; round < 100; round += 1) {
    const local = ours.describe(credentials, current);
    local.allocateSsrc('0', 'media');
    local.allocateSsrc(`again ${round}`, 'media');
    ours.agreed([media('0'), media(`again ${round}`, round % 2 === 0)]);
  }

  assert.equal(ours.size, 2);
});

test('descriptions that come to nothing leave no SSRC', () => {
  const ours = identity();
  for (let round = 0; round < 100; round += 1)
    ours.describe(credentials, current).allocateSsrc(`${round}`, 'media');

  assert.equal(ours.size, 0);
});
