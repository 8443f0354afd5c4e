import { make } from './dom.ts';
import type { Fault } from './wire.ts';

/** Shows `fault` in `box` (an element of role `alert`): sentence, hint, then code and name. Hides it without one. */
export function showFault(box: HTMLElement, fault: Fault | undefined): void {
  box.replaceChildren();
  box.hidden = fault === undefined;
  if (fault === undefined) return;
  const { code, name, text, hint } = fault;
  const what = make('p', '', 'fault-code');
  if (code !== undefined) what.append(make('span', String(code), 'fault-number'), ' ');
  what.append(make('code', name));
  box.append(
    make('p', text, 'fault-text'),
    ...(hint === undefined ? [] : [make('p', hint, 'fault-hint')]),
    what,
  );
}
