import type { HandlePort, Plugin, PluginMessage, PluginResult, PluginSession } from '#janus/gateway';

/** A plugin whose one session does what a test says, and remembers what it was told. */
export class ScriptedPlugin implements Plugin {
  readonly package = 'janus.plugin.scripted';
  readonly name = 'Scripted';
  readonly version = 1;
  readonly description = 'For tests.';
  readonly heard: string[] = [];
  handle: HandlePort | undefined;
  /** Answers a message; the rest of the script is up to the test. */
  answer: (message: PluginMessage, handle: HandlePort) => PluginResult = () => ({ type: 'ok', data: {} });
  onHangup: (handle: HandlePort) => void = () => undefined;

  createSession(handle: HandlePort): PluginSession {
    this.handle = handle;
    const { heard } = this;
    return {
      handleMessage: (message) => {
        heard.push(`message ${JSON.stringify(message.body)}${message.isUpdate ? ' update' : ''}`);
        return this.answer(message, handle);
      },
      setupMedia: () => void heard.push('setup'),
      incomingData: (label, payload) => void heard.push(`data ${label} ${payload.toString()}`),
      slowLink: (mid, isUplink, lost) => void heard.push(`slow ${mid} ${isUplink} ${lost}`),
      hangupMedia: (reason) => {
        heard.push(`hangup ${reason}`);
        this.onHangup(handle);
      },
      query: () => ({}),
      destroy: () => void heard.push('destroy'),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.heard.push('disposed');
    return Promise.resolve();
  }
}
