import { ExtensionElements } from '../extension-elements.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { PayloadFormat, ReceiveParameters } from '../rtp-sink.ts';
import { copiedExtensions } from '../header-extensions.ts';
import { beginsKeyframe, videoCodecOf, type VideoCodec } from './keyframe.ts';
import { PictureDescriptor } from './picture-descriptor.ts';
import { readVp8Descriptor } from './vp8-descriptor.ts';
import { readVp9Descriptor } from './vp9-descriptor.ts';

/** A payload type's meaning, with what is derived from it. */
interface KnownFormat extends PayloadFormat {
  readonly codec: VideoCodec | undefined;
}

/**
 * What a source finds in a packet once, for all of its subscribers; one object, filled anew for each packet.
 *
 * Header extensions count only if they have the size that their specification gives them.
 */
export class PacketFacts {
  /** Undefined if the packet's payload type was not negotiated; nothing else is valid then. */
  format: PayloadFormat | undefined;
  /** A decoder can begin at keyframes alone, or anywhere. The same for all packets of a source. */
  readonly needsKeyframe: boolean;
  isKeyframe = false;
  /** VP8 and VP9: `picture` is that of this packet. */
  hasPicture = false;
  readonly picture = new PictureDescriptor();
  /** How many of the arrays that follow are filled: one place for each extension that is copied. */
  copiedCount = 0;
  /** Into `copiedExtensions`. */
  readonly copiedIndexes = new Uint8Array(copiedExtensions.length);
  /** Where in the packet the value begins, and its size in bytes. */
  readonly copiedStarts = new Uint16Array(copiedExtensions.length);
  readonly copiedSizes = new Uint8Array(copiedExtensions.length);
  readonly #formats: readonly (KnownFormat | undefined)[];
  /** Index into `copiedExtensions`, by the publisher's extension id; 255 for those we drop. */
  readonly #places = new Uint8Array(256).fill(255);
  readonly #elements = new ExtensionElements();

  constructor(parameters: ReceiveParameters) {
    this.#formats = Array.from({ length: 128 }, (_, payloadType) => {
      const format = parameters.payloadTypes.get(payloadType);
      return format && { ...format, codec: videoCodecOf(format.encodingName) };
    });
    this.needsKeyframe = this.#formats.some((format) => format?.codec !== undefined);
    for (const [index, { uri }] of copiedExtensions.entries()) {
      const id = parameters.extensions.get(uri);
      if (id !== undefined) this.#places[id] = index;
    }
  }

  /** Looks at one packet; false if its payload type is unknown. */
  read(packet: RtpPacket): boolean {
    const format = this.#formats[packet.payloadType];
    this.format = format;
    if (format === undefined) return false;
    this.#readPayload(packet, format.codec);
    this.#readExtensions(packet);
    return true;
  }

  #readPayload(packet: RtpPacket, codec: VideoCodec | undefined): void {
    this.hasPicture = false;
    this.isKeyframe = false;
    if (codec === undefined) return;
    const { picture } = this;
    const { bytes, payloadStart, payloadEnd } = packet;
    if (codec === 'vp8') this.hasPicture = readVp8Descriptor(picture, bytes, payloadStart, payloadEnd);
    else if (codec === 'vp9') this.hasPicture = readVp9Descriptor(picture, bytes, payloadStart, payloadEnd);
    if (!this.hasPicture && (codec === 'vp8' || codec === 'vp9')) return;
    this.isKeyframe = beginsKeyframe(codec, bytes, payloadStart, payloadEnd, picture);
  }

  #readExtensions(packet: RtpPacket): void {
    const elements = this.#elements;
    this.copiedCount = 0;
    elements.open(packet.bytes, packet.payloadStart);
    while (elements.next()) {
      const place = this.#places[elements.id] ?? 255;
      if (place !== 255) this.#take(place, elements.start, elements.end - elements.start);
    }
  }

  /** The first of several elements with one id counts. */
  #take(place: number, start: number, size: number): void {
    const count = this.copiedCount;
    if (copiedExtensions[place]?.sizes.includes(size) !== true) return;
    for (let at = 0; at < count; at += 1) if (this.copiedIndexes[at] === place) return;
    this.copiedIndexes[count] = place;
    this.copiedStarts[count] = start;
    this.copiedSizes[count] = size;
    this.copiedCount = count + 1;
  }
}
