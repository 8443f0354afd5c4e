import { extensionUri, type RtpPacket } from '#janus/media';
import type { MediaSection } from './media-section.ts';

/**
 * The m-line that a packet with a new SSRC belongs to (RFC 8843 section 9.2): the one it names, else the one that
 * announced its SSRC, else the only one with its payload type; undefined if there is none.
 */
export function sectionOf(
  packet: RtpPacket,
  sections: ReadonlyMap<string, MediaSection>,
): MediaSection | undefined {
  for (const section of sections.values()) {
    const id = section.receive?.extensions.get(extensionUri.mid);
    const mid = id === undefined ? undefined : packet.extension(id)?.toString('latin1');
    if (mid !== undefined) return sections.get(mid);
  }
  const possible = [...sections.values()].filter(({ receive }) =>
    receive?.ssrcs.some(({ ssrc, rtxSsrc }) => ssrc === packet.ssrc || rtxSsrc === packet.ssrc),
  );
  if (possible[0] !== undefined) return possible[0];
  const fitting = [...sections.values()].filter((section) => section.codec(packet.payloadType));
  return fitting.length === 1 ? fitting[0] : undefined;
}
