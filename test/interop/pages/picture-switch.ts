import type { Page } from 'playwright-core';

/** How one change of the picture went, in ms. */
export interface PictureSwitch {
  /** From sending `set_type` to the first picture of another colour. */
  readonly tookMs: number;
  /** The longest time between two pictures meanwhile, and until ten more had come. */
  readonly longestGapMs: number;
}

/** Presses the button in the room page that watches that publisher. Rejects if the picture is the same after 10 s. */
export async function switchPicture(page: Page, name: string): Promise<PictureSwitch> {
  return page.evaluate<PictureSwitch>(`(${switchTo})(${JSON.stringify(name)})`);
}

/** In the browser's words, because Node's compiler does not know a page. Every picture is looked at as it is shown. */
const switchTo = `(name) => new Promise((resolve, reject) => {
  const screen = document.getElementById('remote');
  const canvas = Object.assign(document.createElement('canvas'), { width: 16, height: 9 });
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const colour = () => {
    pen.drawImage(screen, 0, 0, 16, 9);
    const { data } = pen.getImageData(0, 0, 16, 9);
    const sums = [0, 0, 0];
    for (let at = 0; at < data.length; at += 1) if (at % 4 < 3) sums[at % 4] += data[at] / (16 * 9);
    return sums;
  };
  const before = colour();
  const isOther = () => colour().some((value, index) => Math.abs(value - before[index]) > 30);
  let sentAt, tookMs, lastAt = performance.now(), longestGapMs = 0, left = 10;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (text) {
    if (text.includes('"set_type"')) sentAt = performance.now();
    return send.call(this, text);
  };
  const end = (settle, value) => {
    clearTimeout(timer);
    WebSocket.prototype.send = send;
    settle(value);
  };
  const timer = setTimeout(() => end(reject, new Error('still the same picture')), 10000);
  const look = () => {
    const at = performance.now();
    longestGapMs = Math.max(longestGapMs, at - lastAt);
    lastAt = at;
    if (tookMs === undefined && isOther()) tookMs = at - sentAt;
    if (tookMs !== undefined) left -= 1;
    if (left === 0) end(resolve, { tookMs, longestGapMs });
    else screen.requestVideoFrameCallback(look);
  };
  screen.requestVideoFrameCallback(look);
  document.querySelector('button[aria-label="Watch ' + name + '"]').click();
})`;
