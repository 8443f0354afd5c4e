import type { Page } from 'playwright-core';

/**
 * Gives a page a camera of 320 x 180 in one colour, which costs little to encode, and a silent microphone. `colour` is
 * one of CSS.
 */
export async function giveSmallCamera(page: Page, colour: string): Promise<void> {
  await page.evaluate(`(${smallCamera})(${JSON.stringify(colour)})`);
}

/** In the browser's words, because Node's compiler does not know a page. The square moves, so that frames differ. */
const smallCamera = `(colour) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
  const pen = canvas.getContext('2d', { alpha: false });
  let count = 0;
  setInterval(() => {
    count += 1;
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 320, 180);
    pen.fillStyle = 'white';
    pen.fillRect((count * 3) % 300, 20, 20, 20);
  }, 40);
  navigator.mediaDevices.getUserMedia = () => {
    const stream = canvas.captureStream(25);
    const microphone = new MediaStreamAudioDestinationNode(new AudioContext());
    for (const track of microphone.stream.getAudioTracks()) stream.addTrack(track);
    return Promise.resolve(stream);
  };
}`;
