/** The largest sample of our tones, of 32,767. */
const amplitude = 12_000;

/** Added to a magnitude before its logarithm is taken (ITU-T G.711, µ-law). */
const bias = 0x84;
const largest = 32_635;

/** `count` samples of a sine, 16 bits, from sample `start` on. */
export function sineSamples(hz: number, sampleRateHz: number, start: number, count: number): Int16Array {
  return Int16Array.from(
    { length: count },
    (_, at) => amplitude * Math.sin((2 * Math.PI * hz * (start + at)) / sampleRateHz),
  );
}

/** One sample as a byte of µ-law. */
export function toMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), largest) + bias;
  const segment = Math.floor(Math.log2(biased)) - 7;
  return ~(sign | (segment << 4) | ((biased >> (segment + 3)) & 0x0f)) & 0xff;
}

/** The sample that a byte of µ-law stands for. */
export function fromMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + bias) << ((bits >> 4) & 7)) - bias;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** From 0 to 1: how much of the energy of `samples` is one tone of `hz`. 0 for silence. */
export function toneShare(samples: ArrayLike<number>, sampleRateHz: number, hz: number): number {
  let [inPhase, quadrature, energy] = [0, 0, 0];
  for (let at = 0; at < samples.length; at += 1) {
    const sample = samples[at] ?? 0;
    const angle = (2 * Math.PI * hz * at) / sampleRateHz;
    inPhase += sample * Math.cos(angle);
    quadrature += sample * Math.sin(angle);
    energy += sample * sample;
  }
  // A clock that drifts a little, or one lost packet, costs some of it: look at windows, not at minutes.
  return energy < samples.length * 10_000
    ? 0
    : (2 * (inPhase ** 2 + quadrature ** 2)) / (samples.length * energy);
}

/** The share of windows of 200 ms in which a tone has at least 0.8 of the energy. */
export function toneWindows(samples: Int16Array, sampleRateHz: number, hz: number): number {
  const size = Math.floor(sampleRateHz / 5);
  let [whole, matching] = [0, 0];
  for (let at = 0; at + size <= samples.length; at += size, whole += 1)
    if (toneShare(samples.subarray(at, at + size), sampleRateHz, hz) > 0.8) matching += 1;
  return whole === 0 ? 0 : matching / whole;
}
