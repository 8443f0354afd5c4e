/** What the state of a peer connection means to the reader (W3C WebRTC 4.3.3). */
export function mediaSentence(media: string, connected = 'Running'): string {
  if (media === 'connected') return connected;
  return media === 'disconnected' ? 'Nothing arrives from the broker right now…' : 'Waiting for media…';
}
