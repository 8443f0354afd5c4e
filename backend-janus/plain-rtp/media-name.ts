/** The encoding name of what can be heard or seen among those that were agreed: DTMF (RFC 4733) only goes beside it. */
export function mediaName(names: readonly string[]): string {
  return names.find((name) => name !== 'telephone-event') ?? names[0] ?? '';
}
