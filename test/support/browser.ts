import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import type { Environment } from '../../services/config.ts';

/** Debian's. Another place may be named by CHROMIUM. */
const usualPath = '/usr/bin/chromium';

/** Fake devices without questions, peer connections over loopback, nothing that talks to the world. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** What starting takes on a busy machine. */
const startTimeoutMs = 60_000;

/** Where Chromium is; undefined if it is not installed. */
export function chromiumPath(environment: Environment): string | undefined {
  const path = environment['CHROMIUM'] ?? usualPath;
  return existsSync(path) ? path : undefined;
}

/**
 * As the `skip` of node:test: the reason why tests with a browser cannot run here, or false. Also false where CI
 * says that they must: starting the browser then fails the run.
 */
export function whyNoBrowser(environment: Environment): string | false {
  if (chromiumPath(environment) !== undefined || environment['CI'] === 'true') return false;
  return 'Chromium is not installed (Debian: apt-get install chromium)';
}

/** Starts headless Chromium with a new profile; the caller closes it. Rejects if it is not installed. */
export function startBrowser(environment: Environment): Promise<Browser> {
  const executablePath = chromiumPath(environment);
  if (executablePath === undefined) return Promise.reject(new Error('Chromium is not installed'));
  return chromium.launch({ executablePath, args, timeout: startTimeoutMs });
}
