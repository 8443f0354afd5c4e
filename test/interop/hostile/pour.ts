/** How often some are sent: short enough that no buffer of the system fills up in between. */
const everyMs = 2;

/** Sends `count` datagrams at a steady rate; `send` is called with the number of each. Never many at once. */
export function pour(count: number, perSecond: number, send: (number: number) => void): Promise<void> {
  const most = Math.ceil((4 * perSecond * everyMs) / 1000);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let before = performance.now();
    let owed = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      owed = Math.min(most, owed + ((now - before) * perSecond) / 1000);
      before = now;
      try {
        for (; owed >= 1 && sent < count; owed -= 1) {
          send(sent);
          sent += 1;
        }
      } catch (cause) {
        clearInterval(timer);
        reject(cause instanceof Error ? cause : new Error(String(cause)));
      }
      if (sent < count) return;
      clearInterval(timer);
      resolve();
    }, everyMs);
  });
}
