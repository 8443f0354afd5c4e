import { byId } from '../dom.ts';
import { drawTestPicture, pictureSize } from './test-picture.ts';

/** What a page can send. */
export type SourceKind = 'devices' | 'test';

/** A stream to send, and what becomes of it when it is no longer sent. */
export interface Source {
  readonly kind: SourceKind;
  readonly stream: MediaStream;
  /** Why the test picture stands in for the devices that were asked for. */
  readonly excuse?: string;
  /** Ends the tracks: camera and microphone go off. */
  readonly stop: () => void;
}

const framesPerSecond = 25;

/** What the radio buttons of the page choose. */
export function chosenSource(): SourceKind {
  return byId('source-test', HTMLInputElement).checked ? 'test' : 'devices';
}

/** Camera and microphone, or the test picture with the reason where they cannot be had. */
export async function openSource(kind: SourceKind): Promise<Source> {
  if (kind === 'test') return testSource();
  try {
    return await deviceSource();
  } catch (cause) {
    return { ...testSource(), excuse: excuseFor(cause) };
  }
}

async function deviceSource(): Promise<Source> {
  // Not there on a page without HTTPS that does not come from this machine, whatever the types say.
  if (!('mediaDevices' in navigator)) throw new DOMException('insecure', 'SecurityError');
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true },
    video: { width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  return { kind: 'devices', stream, stop: () => endTracks(stream) };
}

function excuseFor(cause: unknown): string {
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'SecurityError')
    return 'Browsers give camera and microphone only to pages over HTTPS or from this machine.';
  if (name === 'NotAllowedError') return 'Camera and microphone were not allowed.';
  if (name === 'NotFoundError') return 'This machine lacks a camera or a microphone.';
  return 'Camera and microphone could not be opened.';
}

/** A moving picture and a soft, beating tone, made here: no device, no permission. */
function testSource(): Source {
  const canvas = document.createElement('canvas');
  canvas.width = pictureSize.width;
  canvas.height = pictureSize.height;
  const stopPicture = drawTestPicture(canvas, framesPerSecond);
  const { track, stop: stopTone } = testTone();
  const stream = canvas.captureStream(framesPerSecond);
  stream.addTrack(track);
  return {
    kind: 'test',
    stream,
    stop: () => {
      stopPicture();
      stopTone();
      endTracks(stream);
    },
  };
}

/** A quiet 440 Hz tone that swells once a second. */
function testTone(): { readonly track: MediaStreamTrack; readonly stop: () => void } {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 440 });
  const beat = new OscillatorNode(context, { frequency: 1 });
  const depth = new GainNode(context, { gain: 0.05 });
  const volume = new GainNode(context, { gain: 0.06 });
  const out = new MediaStreamAudioDestinationNode(context);
  beat.connect(depth).connect(volume.gain);
  tone.connect(volume).connect(out);
  tone.start();
  beat.start();
  const [track] = out.stream.getAudioTracks();
  if (track === undefined) throw new Error('no audio track from the tone generator');
  return { track, stop: () => void context.close() };
}

function endTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
