/** What a receiver says of the packets of a whole connection (draft-holmer-rmcat-transport-wide-cc-extensions-01). */
export interface TransportFeedback {
  /** The transport-wide number, 16 bits, of the first packet; the others follow it one by one. */
  readonly firstNumber: number;
  /** Goes up by one with each feedback packet; 8 bits, wraps. */
  readonly count: number;
  /** When each packet arrived, in milliseconds on a scale of the receiver's; NaN for one that has not. */
  readonly arrivals: Float64Array;
}

/** Section 3.1: headers of RFC 4585, first number, count of statuses, reference time, count of packets. */
export const transportHeaderBytes = 20;

/** Section 3.1.5: deltas are given in units of 250 µs; the reference time in 64 ms. */
export const ticksPerMs = 4;
export const ticksPerReference = 256;

/** The reference time has 24 bits with sign. */
export const referenceTimes = 2 ** 24;

/** Section 3.1.1: what a status says of a packet; small deltas take one byte, large or negative ones two. */
export const packetStatus = { lost: 0, small: 1, large: 2 } as const;

/** Section 3.1.3: the count of a run has 13 bits. */
export const longestRun = 0x1fff;

/** Section 3.1.4: statuses in a vector of one bit each, or two. */
export const shortVector = 14;
export const longVector = 7;
