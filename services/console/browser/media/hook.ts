/** Makes `window.bifrons` of functions that read what the page knows, for tests; it cannot be written to. */
export function expose<Hook extends object>(read: { readonly [Name in keyof Hook]: () => Hook[Name] }): void {
  const hook = {};
  for (const [name, get] of Object.entries<() => unknown>(read))
    Object.defineProperty(hook, name, { get, enumerable: true });
  Object.defineProperty(window, 'bifrons', { value: Object.freeze(hook) });
}
