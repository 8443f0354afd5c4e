// Numbers as people read them. No DOM here: it also runs in Node's tests.

/** Stands for what is not known. */
export const nothing = '–';

/** `1.25 Mbit/s` of bits per second. */
export function bitrateText(bitsPerSecond: number | undefined): string {
  if (bitsPerSecond === undefined) return nothing;
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s`;
  if (bitsPerSecond >= 1000) return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
  return `${Math.round(bitsPerSecond)} bit/s`;
}

/** `1.3 MB` of bytes; a kB is 1000. */
export function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return nothing;
  if (bytes >= 999_950) return `${(bytes / 1e6).toFixed(1)} MB`;
  if (bytes >= 1000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${bytes} B`;
}

/** `12,345` */
export function countText(count: number | undefined): string {
  return count === undefined ? nothing : Math.round(count).toLocaleString('en');
}

/** `3.4 ms`; one digit after the point below ten. */
export function millisecondsText(ms: number | undefined): string {
  if (ms === undefined) return nothing;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** `2 h 5 min`, `5 min 3 s`, `3 s` of seconds. */
export function durationText(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
