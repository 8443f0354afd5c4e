/**
 * What a page of `ChromiumPeer` runs, in the browser's words, because Node's compiler does not know a page. Sound and
 * picture are made by the page, so that no permission is needed and what comes back can be recognised.
 */
export const pageScript = `(() => {
  const sound = new AudioContext();

  function picture(width = 640, height = 360) {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    let count = 0;
    setInterval(() => {
      count += 1;
      pen.fillStyle = 'hsl(' + ((count * 3) % 360) + ' 90% 45%)';
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = 'white';
      pen.fillRect((count * 9) % width, 20, 60, 60);
    }, 33);
    return canvas.captureStream(30).getVideoTracks()[0];
  }

  function tone() {
    const oscillator = new OscillatorNode(sound, { frequency: 440 });
    const out = new MediaStreamAudioDestinationNode(sound);
    oscillator.connect(out);
    oscillator.start();
    return out.stream.getAudioTracks()[0];
  }

  const canvas = Object.assign(document.createElement('canvas'), { width: 8, height: 8 });
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const screen = Object.assign(document.createElement('video'), { muted: true, autoplay: true });
  document.body.append(screen);
  const analyser = new AnalyserNode(sound, { fftSize: 8192 });
  const channels = new Map();
  const opened = [];
  let pc;
  let lastPicture = performance.now();
  let longest = 0;

  function onPicture(now) {
    longest = Math.max(longest, now - lastPicture);
    lastPicture = now;
    screen.requestVideoFrameCallback(onPicture);
  }
  screen.requestVideoFrameCallback(onPicture);

  function show({ track }) {
    const stream = new MediaStream([track]);
    if (track.kind === 'video') {
      screen.srcObject = stream;
      screen.play().catch(() => undefined);
      return;
    }
    // Sound from a peer is decoded only where something plays it.
    Object.assign(new Audio(), { srcObject: stream, muted: true, autoplay: true });
    new MediaStreamAudioSourceNode(sound, { mediaStream: stream }).connect(analyser);
  }

  function strongestTone() {
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let best = 0;
    for (let at = 1; at < bins.length; at += 1) if (bins[at] > bins[best]) best = at;
    return bins[best] > -60 ? (best * sound.sampleRate) / analyser.fftSize : 0;
  }

  const tones = [];
  let listening;

  // The strongest tone, 20 times a second, of two minutes at most.
  function heardTones() {
    listening ??= setInterval(() => tones.length < 2400 && tones.push(strongestTone()), 50);
    return tones.splice(0);
  }

  function middlePixel() {
    if (screen.videoWidth === 0) return [0, 0, 0];
    pen.drawImage(screen, 0, 0, 8, 8);
    return [...pen.getImageData(4, 6, 1, 1).data].slice(0, 3);
  }

  async function described(description) {
    await pc.setLocalDescription(description);
    while (pc.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 10));
    return pc.localDescription.sdp;
  }

  function addSimulcast(rids) {
    const sendEncodings = rids.map((rid, index) => ({
      rid,
      scaleResolutionDownBy: 2 ** index,
      maxBitrate: 900_000 / 3 ** index,
    }));
    // Of a smaller picture a browser sends fewer layers.
    pc.addTransceiver(picture(1280, 720), { direction: 'sendrecv', sendEncodings });
  }

  window.peer = {
    open({ audio, video, rids, channels: wishes = [] }) {
      pc = new RTCPeerConnection();
      pc.ontrack = show;
      pc.ondatachannel = ({ channel }) => {
        channel.binaryType = 'arraybuffer';
        channel.onmessage = ({ data }) => channel.send(data);
        opened.push(channel);
      };
      if (audio) pc.addTrack(tone());
      if (rids) addSimulcast(rids);
      else if (video) pc.addTrack(picture());
      for (const { label, ...options } of wishes) {
        const channel = pc.createDataChannel(label, options);
        channel.binaryType = 'arraybuffer';
        channels.set(label, channel);
      }
    },
    async offer(options) {
      return described(await pc.createOffer(options));
    },
    async answer(sdp) {
      await pc.setRemoteDescription({ type: 'offer', sdp });
      return described(await pc.createAnswer());
    },
    accept: (sdp) => pc.setRemoteDescription({ type: 'answer', sdp }),
    addVideo() {
      pc.addTrack(picture());
    },
    stop(mid) {
      for (const transceiver of pc.getTransceivers()) if (transceiver.mid === mid) transceiver.stop();
    },
    async look() {
      const reports = [...(await pc.getStats()).values()];
      const inbound = (kind) => reports.find((one) => one.type === 'inbound-rtp' && one.kind === kind) ?? {};
      const video = inbound('video');
      const audio = inbound('audio');
      const codec = reports.find(({ id }) => id === video.codecId) ?? {};
      return {
        state: pc.connectionState,
        frames: video.framesDecoded ?? 0,
        width: screen.videoWidth,
        height: screen.videoHeight,
        videoCodec: (codec.mimeType ?? '').toLowerCase(),
        toneHz: strongestTone(),
        samples: audio.totalSamplesReceived ?? 0,
        concealed: audio.concealedSamples ?? 0,
        packets: { audio: audio.packetsReceived ?? 0, video: video.packetsReceived ?? 0 },
        packetsLost: (video.packetsLost ?? 0) + (audio.packetsLost ?? 0),
        pixel: middlePixel(),
      };
    },
    heardTones,
    async way() {
      const reports = [...(await pc.getStats()).values()];
      return reports.find(({ type }) => type === 'transport').selectedCandidatePairId;
    },
    opened: () => opened.map(({ label, ordered, maxRetransmits }) => ({ label, ordered, maxRetransmits })),
    async echoes({ label, size }) {
      const channel = channels.get(label);
      const sent = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536) crypto.getRandomValues(sent.subarray(at, at + 65536));
      const back = new Promise((resolve) => (channel.onmessage = ({ data }) => resolve(new Uint8Array(data))));
      if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve));
      channel.send(sent);
      const heard = await back;
      return heard.length === size && heard.every((byte, at) => byte === sent[at]);
    },
    longestFreeze() {
      const freeze = Math.max(longest, performance.now() - lastPicture);
      longest = 0;
      lastPicture = performance.now();
      return freeze;
    },
    close() {
      pc.close();
    },
  };
})()`;
