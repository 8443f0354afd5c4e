import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually.ts';
import { Ffmpeg } from '../support/ffmpeg.ts';
import { fieldsOf } from '../support/nats-caller.ts';

const run = promisify(execFile);

/** Where ffmpeg is: at another address than ours it can have the very ports that our description names. */
export const ffmpegAddress = '127.0.0.2';

/** Four seconds of what a browser sends. */
const enoughPictures = 120;

/** What Debian's ffmpeg heard and saw. */
export interface Recording {
  /** 8000 a second, of one channel. */
  readonly samples: Int16Array;
  /** Of the picture, by ffprobe: `codec_name`, `width`, `height`, and `nb_read_frames`, which were decoded. */
  readonly video: Readonly<Record<string, unknown>>;
  /** The mean colour of each picture: red, green, blue. */
  readonly colours: readonly (readonly number[])[];
  readonly log: string;
}

/**
 * Has ffmpeg listen at the ports of its own address that a description of ours names, until it has seen 120 pictures:
 * the first comes with a keyframe, and some seconds later than the sound if ffmpeg was too late for one.
 */
export async function listen(folder: string, sdp: string): Promise<Recording> {
  const path = join(folder, 'call.sdp');
  const [heard, seen] = [join(folder, 'heard.raw'), join(folder, 'seen.mkv')];
  await writeFile(path, sdp);
  const input = ['-protocol_whitelist', 'file,udp,rtp', '-localaddr', ffmpegAddress, '-i', path];
  const sound = ['-map', '0:a', '-f', 's16le', '-ar', '8000', '-ac', '1', heard];
  await using ffmpeg = new Ffmpeg(...input, ...sound, '-map', '0:v', '-c:v', 'copy', seen);
  await eventually('ffmpeg has seen enough', 40_000, () => {
    assert.ok(ffmpeg.frames >= enoughPictures, ffmpeg.log);
    return true;
  });
  await ffmpeg.stop();
  const bytes = await readFile(heard);
  return {
    samples: new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1),
    video: await probe(seen),
    colours: await coloursOf(folder, seen),
    log: ffmpeg.log,
  };
}

async function probe(path: string): Promise<Readonly<Record<string, unknown>>> {
  const entries = 'stream=codec_name,width,height,nb_read_frames';
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', entries, '-of', 'json'],
    path,
  ]);
  const { streams } = fieldsOf(JSON.parse(stdout));
  return Array.isArray(streams) ? fieldsOf(streams[0]) : {};
}

async function coloursOf(folder: string, path: string): Promise<readonly (readonly number[])[]> {
  const small = join(folder, 'small.rgb');
  const output = ['-vf', 'scale=1:1:flags=area', '-pix_fmt', 'rgb24', '-f', 'rawvideo', small];
  await using ffmpeg = new Ffmpeg('-i', path, ...output);
  await ffmpeg.ended();
  const bytes = await readFile(small);
  return Array.from({ length: bytes.length / 3 }, (_, at) => [...bytes.subarray(3 * at, 3 * at + 3)]);
}
