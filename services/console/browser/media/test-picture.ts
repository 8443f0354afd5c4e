import { every, now, type Stop } from '../clock.ts';

/** Pixels of the test picture. */
export const pictureSize = { width: 640, height: 360 };

/** The bars of the picture: the colours of a colour bar test, muted for the eye. */
const bars = ['#e8e8e6', '#d8c93e', '#3fb9c4', '#4bb462', '#b95bb8', '#c94f4a', '#3f62c4'];

/** Draws colour bars, a running time and a moving ball on `canvas` until stopped. */
export function drawTestPicture(canvas: HTMLCanvasElement, framesPerSecond: number): Stop {
  const pen = canvas.getContext('2d', { alpha: false });
  if (pen === null) throw new Error('this browser cannot draw on a canvas');
  const startedAt = now();
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const draw = (): void => drawFrame(pen, now() - startedAt, isCalm);
  draw();
  return every(1000 / framesPerSecond, draw);
}

function drawFrame(pen: CanvasRenderingContext2D, elapsedMs: number, isCalm: boolean): void {
  const { width, height } = pictureSize;
  const barWidth = width / bars.length;
  bars.forEach((colour, index) => {
    pen.fillStyle = colour;
    pen.fillRect(Math.floor(index * barWidth), 0, Math.ceil(barWidth), height);
  });
  pen.fillStyle = '#14181c';
  pen.fillRect(0, height * 0.66, width, height * 0.34);
  drawTime(pen, elapsedMs);
  if (!isCalm) drawBall(pen, elapsedMs);
}

/** Comparing the time sent with the time that came back shows the delay. */
function drawTime(pen: CanvasRenderingContext2D, elapsedMs: number): void {
  pen.fillStyle = '#ffffff';
  pen.font = '600 56px ui-monospace, monospace';
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  pen.fillText(`${(elapsedMs / 1000).toFixed(2)} s`, pictureSize.width / 2, pictureSize.height * 0.83);
}

/** Crosses the picture and back in four seconds. */
function drawBall(pen: CanvasRenderingContext2D, elapsedMs: number): void {
  const radius = 34;
  const way = Math.abs(((elapsedMs / 2000) % 2) - 1);
  pen.fillStyle = '#14181c';
  pen.beginPath();
  pen.arc(radius + way * (pictureSize.width - 2 * radius), pictureSize.height * 0.33, radius, 0, 2 * Math.PI);
  pen.fill();
}
