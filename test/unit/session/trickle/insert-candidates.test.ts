import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Candidate } from '#schemas';
import { insertCandidates } from '#services/session';

const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:audio',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:video',
  '',
].join('\r\n');

function candidate(number: number, sdpMLineIndex: number, sdpMid?: string): Candidate {
  const line = `candidate:${number} 1 udp 1 192.0.2.1 9 typ host`;
  return { sdpMLineIndex, candidate: line, ...(sdpMid !== undefined && { sdpMid }) };
}

function linesWith(candidates: readonly Candidate[]): string[] {
  return insertCandidates(sdp, candidates).split('\r\n');
}

test('a candidate goes to the end of the m-line of its mid, else of its index', () => {
  const lines = linesWith([candidate(1, 0, 'video'), candidate(2, 0), candidate(3, 1, 'unknown')]);

  assert.equal(lines[4], 'a=candidate:2 1 udp 1 192.0.2.1 9 typ host');
  assert.deepEqual(lines.slice(-4), [
    'a=mid:video',
    'a=candidate:1 1 udp 1 192.0.2.1 9 typ host',
    'a=candidate:3 1 udp 1 192.0.2.1 9 typ host',
    '',
  ]);
});

test('a candidate that fits no m-line is left out', () => {
  assert.equal(insertCandidates(sdp, [candidate(1, 7)]), sdp);
  assert.equal(insertCandidates('v=0\r\n', [candidate(1, 0)]), 'v=0\r\n');
});

test('line ends become those of RFC 8866', () => {
  assert.equal(insertCandidates(sdp.replaceAll('\r\n', '\n'), []), sdp);
});

test('any text is taken, and loses no line', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(3), (text, index) => {
      const lines = insertCandidates(text, [candidate(1, index)]).split('\r\n');
      const kept = lines.filter((line) => !line.startsWith('a=candidate:1 '));

      assert.deepEqual(
        kept.filter((line) => line !== ''),
        text.split(/\r\n|\n/).filter((line) => line !== ''),
      );
    }),
  );
});
