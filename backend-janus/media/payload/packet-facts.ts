import { ExtensionElements } from '../extension-elements.ts';
import type { RtpPacket } from '../rtp-packet.ts';
import type { PayloadFormat, ReceiveParameters } from '../rtp-sink.ts';
import { copiedExtensions } from '../header-extensions.ts';
import { beginsKeyframe, videoCodecOf, type VideoCodec } from './keyframe.ts';
import { absent, PictureDescriptor } from './picture-descriptor.ts';
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
  readonly #formats: readonly (KnownFormat | undefined)[];
  /** Index into `copiedExtensions`, by the publisher's extension id; 255 for those we drop. */
  readonly #places = new Uint8Array(256).fill(255);
  readonly #starts = new Int32Array(copiedExtensions.length);
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

  /** Where in the packet the value of `copiedExtensions[index]` begins; below 0 if it is absent. */
  extensionStart(index: number): number {
    return this.#starts[index] ?? absent;
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
    this.#starts.fill(absent);
    elements.open(packet.bytes, packet.payloadStart);
    while (elements.next()) {
      const place = this.#places[elements.id] ?? 255;
      if (copiedExtensions[place]?.bytes === elements.end - elements.start)
        this.#starts[place] = elements.start;
    }
  }
}
