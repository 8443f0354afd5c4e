import { ntpMiddle } from '../rtcp/ntp-time.ts';
import type { ReportBlock } from '../rtcp/rtcp-block.ts';

/** 1/65,536 s per millisecond. */
const unitsPerMs = 65.536;

/** A report that claims more is wrong: no session outlives such silence. */
const longestMs = 60_000;

/**
 * The round-trip time in milliseconds that a report block tells, when it arrives at `wallTimeMs` (RFC 3550 section
 * 6.4.1). Undefined if it answers no sender report of ours, or makes no sense.
 */
export function roundTripMs(report: ReportBlock, wallTimeMs: number): number | undefined {
  if (report.lastReport === 0) return undefined;
  const units = (ntpMiddle(wallTimeMs) - report.lastReport - report.delaySinceLastReport) | 0;
  const ms = units / unitsPerMs;
  if (ms > longestMs || ms < -longestMs) return undefined;
  // Rounding and clocks of different speed can make a short way a little shorter than nothing.
  return Math.max(0, ms);
}
