import { createCipheriv } from 'node:crypto';

const blockBytes = 16;
const wordsPerBlock = 4;

/** Room for a datagram of 64 KiB; a longer one has no keystream (RFC 3711 section 4.1.1: 16 bits count the blocks). */
const mostBlocks = 4096;

/** Shared by all contexts, which run one after the other and keep nothing in it. */
const counterBytes = Buffer.alloc(mostBlocks * blockBytes);
const counterWords = new Int32Array(counterBytes.buffer, counterBytes.byteOffset, mostBlocks * wordsPerBlock);

/** The last word of the counter block with that number, before IV and salt: zero in the upper 16 bits. */
const blockNumbers = numberBlocks();

/**
 * AES in counter mode as SRTP uses it (RFC 3711 section 4.1.1).
 *
 * Encrypts counter blocks with one long-lived ECB cipher, because in node:crypto a new cipher object per packet
 * costs several times what the cipher does.
 */
export class AesCounterMode {
  readonly #cipher;
  readonly #salt: Buffer;
  /** Two views of the counter block with number zero. */
  readonly #firstWords = new Int32Array(wordsPerBlock);
  readonly #firstBlock = Buffer.from(this.#firstWords.buffer);

  /** `key` has 16 bytes, `salt` 14. */
  constructor(key: Buffer, salt: Buffer) {
    this.#cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    this.#salt = salt;
    salt.copy(this.#firstBlock);
  }

  /** Encrypts or decrypts `bytes` from `from` to `end` in place. Throws RangeError if that is more than 64 KiB. */
  apply(bytes: Buffer, from: number, end: number, ssrc: number, index: number): void {
    const blocks = Math.ceil((end - from) / blockBytes);
    if (blocks === 0) return;
    if (blocks > mostBlocks) throw new RangeError('a packet has at most 64 KiB');
    this.#setFirstBlock(ssrc, index);
    const keystream = this.#keystream(blocks);
    for (let at = from, taken = 0; at < end; at += 1, taken += 1) {
      bytes[at] = (bytes[at] ?? 0) ^ (keystream[taken] ?? 0);
    }
  }

  #setFirstBlock(ssrc: number, index: number): void {
    const high = Math.floor(index / 0x10000);
    this.#firstBlock.writeUInt32BE((this.#salt.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    this.#firstBlock.writeUInt32BE((this.#salt.readUInt32BE(8) ^ high) >>> 0, 8);
    this.#firstBlock.writeUInt16BE(this.#salt.readUInt16BE(12) ^ (index & 0xffff), 12);
  }

  #keystream(blocks: number): Buffer {
    const [first = 0, second = 0, third = 0, last = 0] = this.#firstWords;
    for (let block = 0, at = 0; block < blocks; block += 1, at += wordsPerBlock) {
      counterWords[at] = first;
      counterWords[at + 1] = second;
      counterWords[at + 2] = third;
      counterWords[at + 3] = last | (blockNumbers[block] ?? 0);
    }
    return this.#cipher.update(counterBytes.subarray(0, blocks * blockBytes));
  }
}

/** In the machine's byte order, so that words and bytes of a block mean the same. */
function numberBlocks(): Int32Array {
  const words = new Int32Array(mostBlocks);
  const bytes = new DataView(words.buffer);
  for (let block = 0; block < mostBlocks; block += 1) bytes.setUint16(block * wordsPerBlock + 2, block);
  return words;
}
