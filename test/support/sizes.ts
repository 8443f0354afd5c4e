/** How much the tests of hostile input and of endurance do. */
export interface Sizes {
  /** SOAK-01: sessions created and destroyed. */
  readonly sessions: number;
  /** SOAK-02: connections negotiated and aborted; every tenth has media. */
  readonly negotiations: number;
  /** SOAK-03: clients that vanish. */
  readonly vanishing: number;
  /** BAD-02: mutated descriptions. */
  readonly descriptions: number;
  /** BAD-03: malformed datagrams of each kind and from each side. */
  readonly datagrams: number;
}

const ci: Sizes = {
  sessions: 10_000,
  negotiations: 300,
  vanishing: 50,
  descriptions: 2_000,
  datagrams: 20_000,
};

const full: Sizes = {
  sessions: 100_000,
  negotiations: 5_000,
  vanishing: 1_000,
  descriptions: 20_000,
  datagrams: 200_000,
};

/** Those of `npm run soak` where `TEST_SIZES` is `full`, else those of every test run. */
export function sizesOf(environment: Readonly<Record<string, string | undefined>>): Sizes {
  return environment['TEST_SIZES'] === 'full' ? full : ci;
}
