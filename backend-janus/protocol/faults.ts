import { checkJanus, type JanusFault, type JanusMessages, type JanusName } from '#schemas';
import { unreachable } from '#services/kernel';
import { JanusRefusal } from './errors.ts';

/** What is wrong with an element, as Janus and all its plugins word it. */
export function faultText(fault: JanusFault): string {
  switch (fault.name) {
    case 'missing':
      return `Missing mandatory element (${fault.element})`;
    case 'invalid':
      return `Invalid element type (${fault.element} should be ${fault.shouldBe})`;
    case 'out_of_range':
      return `Invalid value (${fault.element} should be ${fault.most} at most)`;
    case 'too_long':
      return `Invalid value (${fault.element} should be no longer than ${fault.most})`;
    default:
      return unreachable(fault);
  }
}

/**
 * Reads a message by its schema. Throws JanusRefusal 456 or 467; `subject` stands before its text, as in
 * `JSEP error: missing mandatory element (sdp)`.
 */
export function read<Name extends JanusName>(
  name: Name,
  message: unknown,
  subject?: string,
): JanusMessages[Name] {
  const checked = checkJanus(name, message);
  if (checked.ok) return checked.value;
  const text = faultText(checked.fault);
  const code = checked.fault.name === 'missing' ? 'missing_mandatory_element' : 'invalid_element_type';
  throw new JanusRefusal(code, subject === undefined ? text : `${subject}: ${lowerFirst(text)}`);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
